//! Colours, shapes and the few building blocks that all panels share.

use bevy_egui::egui::{self, Color32, CornerRadius, Frame, Margin, Response, RichText, Sense, Stroke, Ui, Vec2};

/// What is chosen, and what calls for attention.
pub const ACCENT: Color32 = Color32::from_rgb(122, 209, 232);
/// Warnings.
pub const WARM: Color32 = Color32::from_rgb(255, 190, 120);
/// Text of less weight.
pub const QUIET: Color32 = Color32::from_rgb(150, 162, 178);
const WINDOW: Color32 = Color32::from_rgb(16, 21, 31);
const PANEL: Color32 = Color32::from_rgba_premultiplied(13, 17, 26, 240);

/// Sets egui up once.
pub fn apply(ctx: &egui::Context) {
    let mut visuals = egui::Visuals::dark();
    // Text is read in windows, and the world behind them moves.
    visuals.window_fill = WINDOW;
    visuals.panel_fill = WINDOW;
    // A title bar of its own colour would look like a lid.
    visuals.widgets.open.weak_bg_fill = Color32::TRANSPARENT;
    visuals.window_stroke = Stroke::new(1.0, Color32::from_white_alpha(18));
    visuals.window_shadow = egui::Shadow { offset: [0, 6], blur: 22, spread: 0, color: Color32::from_black_alpha(110) };
    visuals.popup_shadow = visuals.window_shadow;
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
        widget.corner_radius = CornerRadius::same(5);
    }
    // A box that is not ticked and a plain button must be seen to be there.
    visuals.widgets.inactive.weak_bg_fill = Color32::from_white_alpha(20);
    visuals.widgets.inactive.bg_fill = Color32::from_white_alpha(36);
    visuals.widgets.inactive.bg_stroke = Stroke::new(1.0, Color32::from_white_alpha(64));
    visuals.text_edit_bg_color = Some(Color32::from_rgb(8, 11, 17));
    // A button that is held long is pressed all the same.
    ctx.options_mut(|options| {
        options.input_options.max_click_duration = f64::INFINITY;
        // The slider in the help window does it, and keeps it.
        options.zoom_with_keyboard = false;
    });
    ctx.set_theme(egui::Theme::Dark);
    ctx.set_visuals(visuals);
    ctx.all_styles_mut(|style| {
        style.spacing.item_spacing = egui::vec2(6.0, 6.0);
        style.spacing.window_margin = Margin::symmetric(14, 12);
        style.spacing.menu_margin = Margin::same(10);
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

/// Height of the word below a button's face.
const WORD_POINTS: f32 = 13.0;

/// A button whose face is painted, with its name below; `selected` marks it.
pub fn face_button(
    ui: &mut Ui,
    side: f32,
    selected: bool,
    label: &str,
    paint: impl FnOnce(&egui::Painter, egui::Rect, Color32),
) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::new(side, side + WORD_POINTS - 2.0), Sense::click());
    let face = egui::Rect::from_min_size(rect.min, Vec2::splat(side));
    #[cfg(target_arch = "wasm32")]
    super::buttons::drawn_at(label, (rect.center() * ui.ctx().zoom_factor()).into());
    let ink = face_of(ui, rect, &response, selected, label);
    paint(ui.painter(), face.shrink(side * 0.25).translate(Vec2::new(0.0, -side * 0.05)), ink);
    let at = egui::pos2(rect.center().x, rect.bottom() - 3.0);
    ui.painter().text(at, egui::Align2::CENTER_BOTTOM, label, egui::FontId::proportional(10.5), ink);
    response
}

/// A square button without a word, for where there is little room.
pub fn small_button(
    ui: &mut Ui,
    side: f32,
    selected: bool,
    label: &str,
    paint: impl FnOnce(&egui::Painter, egui::Rect, Color32),
) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::click());
    let ink = face_of(ui, rect, &response, selected, label);
    paint(ui.painter(), rect.shrink(side * 0.22), ink);
    response
}

fn face_of(ui: &Ui, rect: egui::Rect, response: &Response, selected: bool, label: &str) -> Color32 {
    response.widget_info(|| egui::WidgetInfo::selected(egui::WidgetType::Button, true, selected, label));
    let (fill, ink) = if response.is_pointer_button_down_on() {
        (Color32::from_rgb(38, 98, 120), Color32::WHITE)
    } else if selected {
        (Color32::from_rgb(30, 78, 96), ACCENT)
    } else if response.hovered() {
        (Color32::from_white_alpha(26), Color32::WHITE)
    } else {
        (Color32::from_white_alpha(8), Color32::from_rgb(198, 208, 220))
    };
    ui.painter().rect_filled(rect, CornerRadius::same(9), fill);
    if response.has_focus() {
        ui.painter().rect_stroke(rect, CornerRadius::same(9), Stroke::new(1.5, ACCENT), egui::StrokeKind::Inside);
    }
    ink
}

/// A button that is the usual answer.
pub fn main_button(text: &str) -> egui::Button<'_> {
    egui::Button::new(RichText::new(text).strong().color(Color32::WHITE)).fill(Color32::from_rgb(34, 100, 124))
}

/// The colour of the peer at this place among the people, as its strip is tinted.
pub fn peer_colour(place: usize) -> Color32 {
    egui::ecolor::Hsva::new(crate::view::hue_of(place), 0.6, 0.95, 1.0).into()
}
