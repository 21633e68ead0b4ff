//! Colours, shapes and the few building blocks that all panels share.

use bevy_egui::egui::{self, Color32, CornerRadius, Frame, Margin, Response, RichText, Sense, Stroke, Ui, Vec2};

/// What is chosen, and what calls for attention.
pub const ACCENT: Color32 = Color32::from_rgb(122, 209, 232);
/// Warnings.
pub const WARM: Color32 = Color32::from_rgb(255, 190, 120);
/// Text of less weight.
pub const QUIET: Color32 = Color32::from_rgb(150, 162, 178);
const PANEL: Color32 = Color32::from_rgba_premultiplied(13, 17, 26, 232);

/// Sets egui up once.
pub fn apply(ctx: &egui::Context) {
    let mut visuals = egui::Visuals::dark();
    visuals.window_fill = PANEL;
    visuals.panel_fill = PANEL;
    // A title bar of its own colour would look like a lid.
    visuals.widgets.open.weak_bg_fill = Color32::TRANSPARENT;
    visuals.window_stroke = Stroke::new(1.0, Color32::from_white_alpha(18));
    visuals.window_corner_radius = CornerRadius::same(14);
    visuals.menu_corner_radius = CornerRadius::same(10);
    visuals.selection.bg_fill = Color32::from_rgb(36, 92, 112);
    visuals.selection.stroke = Stroke::new(1.0, ACCENT);
    visuals.override_text_color = Some(Color32::from_rgb(224, 231, 240));
    visuals.slider_trailing_fill = true;
    for widget in [
        &mut visuals.widgets.inactive,
        &mut visuals.widgets.hovered,
        &mut visuals.widgets.active,
        &mut visuals.widgets.open,
    ] {
        widget.corner_radius = CornerRadius::same(8);
    }
    visuals.widgets.inactive.weak_bg_fill = Color32::from_white_alpha(10);
    visuals.widgets.inactive.bg_fill = Color32::from_white_alpha(22);
    ctx.set_theme(egui::Theme::Dark);
    ctx.set_visuals(visuals);
    ctx.all_styles_mut(|style| {
        style.spacing.item_spacing = egui::vec2(6.0, 6.0);
        style.spacing.button_padding = egui::vec2(10.0, 6.0);
        style.spacing.interact_size.y = 26.0;
        style.interaction.selectable_labels = false;
        style.text_styles.insert(egui::TextStyle::Small, egui::FontId::proportional(11.5));
        style.text_styles.insert(egui::TextStyle::Body, egui::FontId::proportional(14.0));
    });
}

/// The frame of panels that float over the world.
pub fn panel() -> Frame {
    Frame::new()
        .fill(PANEL)
        .stroke(Stroke::new(1.0, Color32::from_white_alpha(18)))
        .corner_radius(CornerRadius::same(14))
        .inner_margin(Margin::symmetric(10, 8))
}

/// Quiet text.
pub fn quiet(text: impl Into<String>) -> RichText {
    RichText::new(text).color(QUIET).small()
}

/// A square button whose face is painted; `selected` marks it.
pub fn face_button(
    ui: &mut Ui,
    side: f32,
    selected: bool,
    label: &str,
    paint: impl FnOnce(&egui::Painter, egui::Rect, Color32),
) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::click());
    response.widget_info(|| egui::WidgetInfo::selected(egui::WidgetType::Button, true, selected, label));
    let (fill, ink) = if selected {
        (Color32::from_rgb(30, 78, 96), ACCENT)
    } else if response.hovered() {
        (Color32::from_white_alpha(26), Color32::WHITE)
    } else {
        (Color32::from_white_alpha(8), Color32::from_rgb(198, 208, 220))
    };
    ui.painter().rect_filled(rect, CornerRadius::same(9), fill);
    paint(ui.painter(), rect.shrink(side * 0.22), ink);
    response
}

/// A peer's colour, as its strip is tinted.
pub fn peer_colour(id: u128) -> Color32 {
    egui::ecolor::Hsva::new(crate::view::hue_of(id), 0.6, 0.95, 1.0).into()
}
