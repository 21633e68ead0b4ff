//! The material that draws the room: its textures and uniforms. The shader is `assets/shaders/water.wgsl`.

use bevy::asset::{load_internal_asset, uuid_handle};
use bevy::prelude::*;
use bevy::render::render_resource::{AsBindGroup, ShaderType};
use bevy::shader::ShaderRef;
use bevy::sprite_render::{Material2d, Material2dPlugin};

const SHADER: Handle<Shader> = uuid_handle!("5d0e1f7e-3c52-4a53-9d0b-7c2b6d1f90aa");
/// The most strips whose borders are drawn; the shader has the same number.
pub const STRIPS_MAX: usize = 16;

/// What the shader is told; see the comments there.
#[derive(Clone, Copy, Debug, Default, ShaderType)]
pub struct SceneUniform {
    /// World width and height in cells, the shader's clock (see `Field::shader_seconds`), pixels a cell.
    pub world: Vec4,
    /// Where they end, opacity, seconds.
    pub strips_shown: Vec4,
    /// Direction of gravity.
    pub down: Vec4,
    /// Left, right, hue, mine.
    pub strips: [Vec4; STRIPS_MAX],
}

/// The room as a material.
#[derive(Asset, TypePath, AsBindGroup, Clone, Debug)]
pub struct WaterMaterial {
    /// See [`SceneUniform`].
    #[uniform(0)]
    pub scene: SceneUniform,
    /// What is in each cell.
    #[texture(1)]
    #[sampler(2)]
    pub field: Handle<Image>,
    /// The colour of what is in each cell, where it is not water.
    #[texture(4)]
    pub tints: Handle<Image>,
    /// How brightly each cell glows.
    #[texture(5)]
    pub glows: Handle<Image>,
    /// Arrival times, a texel a tile.
    #[texture(3, filterable = false)]
    pub arrivals: Handle<Image>,
}

impl Material2d for WaterMaterial {
    fn fragment_shader() -> ShaderRef {
        SHADER.into()
    }
}

pub(super) fn plugin(app: &mut App) {
    load_internal_asset!(app, SHADER, "../../../assets/shaders/water.wgsl", Shader::from_wgsl);
    app.add_plugins(Material2dPlugin::<WaterMaterial>::default());
}
