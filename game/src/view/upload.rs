//! Writes changed rectangles into textures that stay: re-making a 16 MB texture for a few changed tiles, as
//! changing an `Image` would, is not an option at 60 Hz.

use super::field::{FIELD_BYTES, Field, Layer, Patch, TINT_BYTES};
use crate::frames::Frames;
use bevy::asset::RenderAssetUsages;
use bevy::image::ImageSampler;
use bevy::prelude::*;
use bevy::render::render_asset::RenderAssets;
use bevy::render::render_resource::{
    Extent3d, Origin3d, TexelCopyBufferLayout, TexelCopyTextureInfo, TextureAspect, TextureDimension, TextureFormat,
};
use bevy::render::renderer::RenderQueue;
use bevy::render::texture::GpuImage;
use bevy::render::{ExtractSchedule, MainWorld, Render, RenderApp, RenderSystems};

/// The field that is drawn and the textures that show it.
#[derive(Resource)]
pub struct Canvas {
    /// The CPU's side.
    pub field: Field,
    /// What is in each cell.
    pub cells: Handle<Image>,
    /// Its colour, where it is not water.
    pub tints: Handle<Image>,
    /// How brightly it glows.
    pub glows: Handle<Image>,
    /// Arrivals.
    pub arrivals: Handle<Image>,
}

impl Canvas {
    /// Empty textures of the field's size; everything is uploaded at the next frame.
    pub fn new(mut field: Field, images: &mut Assets<Image>) -> Self {
        let size = field.size();
        let mut image = |width: i32, height: i32, format, bytes: usize, sampler| {
            let extent = Extent3d { width: width as u32, height: height as u32, depth_or_array_layers: 1 };
            let data = vec![0; width as usize * height as usize * bytes];
            let mut image = Image::new(extent, TextureDimension::D2, data, format, RenderAssetUsages::RENDER_WORLD);
            image.sampler = sampler;
            images.add(image)
        };
        let cells = image(size.width, size.height, TextureFormat::Rgba8Unorm, FIELD_BYTES, ImageSampler::linear());
        let arrivals = image(size.tiles_x(), size.tiles_y(), TextureFormat::Rg32Float, 8, ImageSampler::nearest());
        let tints = image(size.width, size.height, TextureFormat::Rgba8Unorm, TINT_BYTES, ImageSampler::linear());
        let glows = image(size.width, size.height, TextureFormat::R8Unorm, 1, ImageSampler::linear());
        field.mark_all();
        Self { field, cells, tints, glows, arrivals }
    }

    fn image(&self, layer: Layer) -> AssetId<Image> {
        match layer {
            Layer::Cells => self.cells.id(),
            Layer::Tints => self.tints.id(),
            Layer::Glows => self.glows.id(),
            Layer::Arrivals => self.arrivals.id(),
        }
    }
}

/// Patches on their way to the GPU; those whose texture is not made yet wait for it.
#[derive(Resource, Default)]
struct Uploads(Vec<(AssetId<Image>, Patch)>);

pub(super) fn plugin(app: &mut App) {
    // Absent in tests without a renderer.
    let Some(render) = app.get_sub_app_mut(RenderApp) else { return };
    render
        .init_resource::<Uploads>()
        .add_systems(ExtractSchedule, extract)
        .add_systems(Render, upload.in_set(RenderSystems::PrepareResources));
}

fn extract(mut main: ResMut<MainWorld>, mut uploads: ResMut<Uploads>) {
    let Some(mut canvas) = main.get_resource_mut::<Canvas>() else { return };
    // Asked first, so that a quiet frame does not mark the resource as changed.
    let canvas = canvas.bypass_change_detection();
    let patches = canvas.field.take_patches();
    let known = [Layer::Cells, Layer::Tints, Layer::Glows, Layer::Arrivals].map(|layer| canvas.image(layer));
    uploads.0.retain(|(image, _)| known.contains(image));
    let bytes = patches.iter().map(|patch| patch.bytes.len() as u64).sum();
    uploads.0.extend(patches.into_iter().map(|patch| (canvas.image(patch.layer), patch)));
    if let Some(mut frames) = main.get_resource_mut::<Frames>() {
        frames.uploaded(bytes);
    }
}

fn upload(mut uploads: ResMut<Uploads>, images: Res<RenderAssets<GpuImage>>, queue: Res<RenderQueue>) {
    uploads.0.retain(|(image, patch)| {
        let Some(image) = images.get(*image) else { return true };
        let bytes_per_row = patch.bytes.len() as u32 / patch.size[1];
        queue.write_texture(
            TexelCopyTextureInfo {
                texture: &image.texture,
                mip_level: 0,
                origin: Origin3d { x: patch.origin[0], y: patch.origin[1], z: 0 },
                aspect: TextureAspect::All,
            },
            &patch.bytes,
            TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(bytes_per_row), rows_per_image: None },
            Extent3d { width: patch.size[0], height: patch.size[1], depth_or_array_layers: 1 },
        );
        false
    });
}
