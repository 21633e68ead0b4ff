//! Small pictures from PNG files, each made a texture once.

use crate::png_file::Pixels;
use bevy_egui::egui::{self, Color32, CornerRadius, Rect, TextureHandle, TextureOptions, Vec2, pos2};
use std::collections::HashMap;

/// The most that are kept.
const KEPT_MAX: usize = 160;

/// The textures by name.
#[derive(Default)]
pub(super) struct Thumbnails(HashMap<String, Option<TextureHandle>>);

impl Thumbnails {
    /// The texture of a picture; none where it is none that can be shown.
    pub(super) fn get(&mut self, ctx: &egui::Context, name: &str, file: Option<&[u8]>) -> Option<TextureHandle> {
        if let Some(known) = self.0.get(name) {
            return known.clone();
        }
        if self.0.len() >= KEPT_MAX {
            self.0.clear();
        }
        let made = file.and_then(Pixels::decode).map(|pixels| {
            let size = [pixels.width as usize, pixels.height as usize];
            let image = egui::ColorImage::from_rgba_unmultiplied(size, &pixels.rgba);
            ctx.load_texture(name, image, TextureOptions::LINEAR)
        });
        self.0.insert(name.to_owned(), made.clone());
        made
    }
}

/// Draws all of a picture within a place.
pub(super) fn paint_whole(painter: &egui::Painter, rect: Rect, picture: Option<&TextureHandle>) {
    let size = picture.map_or(rect.size(), TextureHandle::size_vec2);
    let scale = (rect.width() / size.x).min(rect.height() / size.y);
    paint(painter, Rect::from_center_size(rect.center(), Vec2::max(size * scale, Vec2::splat(2.0))), picture);
}

/// Draws a picture so that it fills a place, cut where it has other proportions; without one a dusk.
pub(super) fn paint(painter: &egui::Painter, rect: Rect, picture: Option<&TextureHandle>) {
    let rounding = CornerRadius::same(6);
    let Some(texture) = picture else {
        painter.rect_filled(rect, rounding, Color32::from_rgb(52, 48, 84));
        return;
    };
    let size = texture.size_vec2();
    let scale = (rect.width() / size.x).max(rect.height() / size.y);
    let [u, v] = [rect.width() / (size.x * scale), rect.height() / (size.y * scale)];
    // Worlds have their floor below: more is cut above.
    let top = (1.0 - v) * 0.8;
    let part = Rect::from_min_max(pos2((1.0 - u) / 2.0, top), pos2((1.0 + u) / 2.0, top + v));
    let mut shape = egui::epaint::RectShape::filled(rect, rounding, Color32::WHITE);
    shape = shape.with_texture(texture.id(), part);
    painter.add(shape);
}
