//! Hands what is to be drawn to the renderer's side, where the painter runs before the window's own picture is put
//! together, of which this one is the ground. Only what changed crosses: a world at rest costs nothing.

use super::Canvas;
use super::target::Small;
use crate::frames::Frames;
use bevy::core_pipeline::core_2d::main_opaque_pass_2d;
use bevy::core_pipeline::{Core2d, Core2dSystems};
use bevy::prelude::*;
use bevy::render::render_asset::RenderAssets;
use bevy::render::render_resource::{TextureFormat, TextureViewId};
use bevy::render::renderer::{RenderContext, RenderDevice, RenderQueue, ViewQuery, WgpuWrapper};
use bevy::render::texture::GpuImage;
use bevy::render::view::ViewTarget;
use bevy::render::{ExtractSchedule, MainWorld, Render, RenderApp, RenderSystems};
use picture::field::News;
use picture::painter::Painter;
use picture::shot::Shot;
use picture::stretch::Stretcher;
use sim_kernels::geom::WorldSize;

/// What is to be drawn next, and into which image.
#[derive(Resource, Clone)]
pub(super) struct Wanted {
    /// See [`Shot`].
    pub shot: Shot,
    /// The picture.
    pub target: Handle<Image>,
}

/// The renderer's side.
#[derive(Resource, Default)]
struct Studio {
    painter: Option<WgpuWrapper<Painter>>,
    wanted: Option<Wanted>,
    /// The field whose news these are: a number that counts up with each new one, and its size.
    field: Option<(u64, WorldSize)>,
    news: Vec<News>,
    /// The world that the painter has textures of.
    shown: Option<u64>,
    target: Option<TextureViewId>,
    /// A small picture is wanted of this frame, in this image.
    small: Option<Handle<Image>>,
    shrinker: Option<WgpuWrapper<Stretcher>>,
    /// For the window, and of what format that is.
    stretcher: Option<(TextureFormat, WgpuWrapper<Stretcher>)>,
}

pub(super) fn plugin(app: &mut App) {
    // Absent in tests without a renderer.
    let Some(render) = app.get_sub_app_mut(RenderApp) else { return };
    render
        .init_resource::<Studio>()
        .add_systems(ExtractSchedule, extract)
        .add_systems(Render, paint.in_set(RenderSystems::PrepareResources))
        .add_systems(Core2d, show.in_set(Core2dSystems::MainPass).before(main_opaque_pass_2d));
}

fn extract(mut main: ResMut<MainWorld>, mut studio: ResMut<Studio>) {
    let wanted = main.get_resource::<Wanted>().cloned();
    let now = main.get_resource::<Time>().map_or(0.0, Time::elapsed_secs_f64);
    let Some(mut canvas) = main.get_resource_mut::<Canvas>() else { return };
    // Asked first, so that a quiet frame does not mark the resource as changed.
    let canvas = canvas.bypass_change_detection();
    let field = (canvas.serial, canvas.field.size());
    if studio.field != Some(field) {
        studio.field = Some(field);
        studio.news.clear();
    }
    let news = canvas.field.take_news(now);
    let bytes = news.patches.iter().map(|patch| patch.bytes.len() as u64).sum();
    studio.news.push(news);
    studio.wanted = wanted;
    if let Some(mut small) = main.get_resource_mut::<Small>()
        && small.wanted
    {
        small.bypass_change_detection().wanted = false;
        studio.small = Some(small.image.clone());
    }
    if let Some(mut frames) = main.get_resource_mut::<Frames>() {
        frames.uploaded(bytes);
    }
}

fn paint(
    mut studio: ResMut<Studio>,
    images: Res<RenderAssets<GpuImage>>,
    device: Res<RenderDevice>,
    queue: Res<RenderQueue>,
) {
    let studio = &mut *studio;
    let (Some(wanted), Some((serial, size))) = (&studio.wanted, studio.field) else { return };
    let Some(target) = images.get(&wanted.target) else { return };
    let format = target.texture_descriptor.format;
    let painter =
        studio.painter.get_or_insert_with(|| WgpuWrapper::new(Painter::new(device.wgpu_device(), &queue, format)));
    if studio.shown != Some(serial) {
        studio.shown = Some(serial);
        painter.set_world(size);
    }
    if studio.target != Some(target.texture_view.id()) {
        studio.target = Some(target.texture_view.id());
        painter.forget();
    }
    for news in studio.news.drain(..) {
        painter.take(&news);
    }
    let extent = target.texture_descriptor.size;
    let shot = Shot { size: UVec2::new(extent.width, extent.height), ..wanted.shot.clone() };
    painter.paint(&target.texture_view, &shot);
    if let Some(small) = studio.small.take().and_then(|small| images.get(&small)) {
        let format = small.texture_descriptor.format;
        let shrinker =
            studio.shrinker.get_or_insert_with(|| WgpuWrapper::new(Stretcher::new(device.wgpu_device(), format)));
        shrinker.stretch_now(&queue, &target.texture_view, &small.texture_view);
    }
}

/// Stretches the picture over the window, below the interface.
fn show(
    window: ViewQuery<&ViewTarget>,
    mut studio: ResMut<Studio>,
    images: Res<RenderAssets<GpuImage>>,
    mut context: RenderContext,
) {
    let window = window.into_inner();
    let studio = &mut *studio;
    let Some(picture) = studio.wanted.as_ref().and_then(|wanted| images.get(&wanted.target)) else { return };
    let format = window.main_texture_format();
    if studio.stretcher.as_ref().is_none_or(|(of, _)| *of != format) {
        let stretcher = Stretcher::new(context.render_device().wgpu_device(), format);
        studio.stretcher = Some((format, WgpuWrapper::new(stretcher)));
    }
    let Some((_, stretcher)) = &studio.stretcher else { return };
    // Whoever asks first for it clears it: else one of the passes after this would.
    let into = window.get_unsampled_color_attachment().view;
    stretcher.stretch(context.command_encoder(), &picture.texture_view, into);
}
