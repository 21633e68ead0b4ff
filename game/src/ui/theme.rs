//! Colours, shapes and the few building blocks that all panels share.

use bevy_egui::egui::accesskit::{HasPopup, Role};
use bevy_egui::egui::{self, Color32, CornerRadius, Frame, Margin, Response, RichText, Sense, Stroke, Ui, Vec2};
use std::sync::Arc;

/// What is chosen, and what calls for attention.
pub const ACCENT: Color32 = Color32::from_rgb(122, 209, 232);
/// Warnings.
pub const WARM: Color32 = Color32::from_rgb(255, 190, 120);
/// Text of less weight.
pub const QUIET: Color32 = Color32::from_rgb(150, 162, 178);
/// Height of what is pressed with a mouse, in points.
const INTERACT_POINTS: f32 = 26.0;
const WINDOW: Color32 = Color32::from_rgb(16, 21, 31);
/// What bars and cards lie on.
pub const PANEL: Color32 = Color32::from_rgba_premultiplied(13, 17, 26, 240);

/// Font of all letters, and the one that has arrows.
pub const FONTS: [&str; 2] = ["Ubuntu-Light", "Hack"];

/// What the interface writes with. The page brings no more than it needs: signs and emoji are the browser's there.
pub fn fonts() -> egui::FontDefinitions {
    #[cfg(not(target_arch = "wasm32"))]
    let mut fonts = egui::FontDefinitions::default();
    #[cfg(target_arch = "wasm32")]
    let mut fonts = {
        let mut fonts = egui::FontDefinitions::empty();
        for (name, bytes) in
            FONTS.into_iter().zip([epaint_default_fonts::UBUNTU_LIGHT, epaint_default_fonts::HACK_REGULAR])
        {
            fonts.font_data.insert(name.into(), Arc::new(egui::FontData::from_static(bytes)));
        }
        let [letters, arrows] = FONTS.map(String::from);
        fonts.families.insert(egui::FontFamily::Proportional, vec![letters.clone()]);
        fonts.families.insert(egui::FontFamily::Monospace, vec![arrows, letters]);
        fonts
    };
    // It has the box for what no font shows, too. A font with that box is held by egui to show nothing else, so it must
    // not be the first.
    fonts.families.entry(egui::FontFamily::Proportional).or_default().push(FONTS[1].into());
    fonts
}

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
        style.spacing.interact_size.y = INTERACT_POINTS;
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

/// The least side of what a finger hits, in points.
pub const FINGER_POINTS: f32 = 34.0;

/// The interface is worked with fingers, or with a mouse and keys: what is pressed is as high as it must be then.
pub fn fit_to_fingers(ctx: &egui::Context, fingers: bool) {
    if has_fingers(ctx) == fingers {
        return;
    }
    ctx.data_mut(|data| data.insert_temp(fingers_id(), fingers));
    ctx.all_styles_mut(|style| {
        style.spacing.interact_size.y = if fingers { FINGER_POINTS } else { INTERACT_POINTS };
        style.spacing.icon_width = if fingers { 20.0 } else { egui::Spacing::default().icon_width };
    });
}

/// Whether the interface is worked with fingers.
pub fn has_fingers(ctx: &egui::Context) -> bool {
    ctx.data(|data| data.get_temp(fingers_id())).unwrap_or(false)
}

fn fingers_id() -> egui::Id {
    egui::Id::new("fingers")
}

/// A field for text, as high as all else that is pressed.
pub fn field(ui: &mut Ui, field: egui::TextEdit<'_>) -> Response {
    let letters = ui.text_style_height(&egui::TextStyle::Body);
    let above = ((ui.spacing().interact_size.y - letters) / 2.0).ceil().max(2.0);
    ui.add(field.margin(Margin::symmetric(6, above as i8)))
}

/// A slider with a box for its number, which holds once all of it is typed. Escape leaves the number as it was.
pub fn numbered(slider: egui::Slider<'_>) -> impl egui::Widget {
    move |ui: &mut Ui| {
        let response = ui.add(slider.update_while_editing(false));
        // It is the box's while that is in use. egui keeps what was typed, and a frame after Escape it would hold.
        if response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Escape)) {
            ui.data_mut(|data| data.remove::<String>(response.id));
        }
        response
    }
}

/// Whether what has this name was not there in the frame before.
pub fn is_new(ui: &Ui, id: egui::Id) -> bool {
    let (id, now) = (id.with("seen"), ui.ctx().cumulative_pass_nr());
    let before = ui.data(|data| data.get_temp::<u64>(id));
    ui.data_mut(|data| data.insert_temp(id, now));
    before.is_none_or(|before| before + 1 < now)
}

/// Gives the keys to this, and has the page lead them there (`access`).
pub fn lead_to(ui: &Ui, id: egui::Id) {
    ui.memory_mut(|memory| memory.request_focus(id));
    ui.data_mut(|data| data.insert_temp(led_id(), id));
}

/// Gives the keys to a field that opens to be typed in, and says whether it has them by now. Asked until then: where frames are
/// slow, the press that opens a window falls into the field's first one, and a press beside a field takes its keys away.
pub fn opens_typing(field: &Response) -> bool {
    let has_keys = field.has_focus();
    if !has_keys {
        field.request_focus();
    }
    has_keys
}

/// Where the keys were led last; asked once.
#[cfg(target_arch = "wasm32")]
pub fn take_led(ctx: &egui::Context) -> Option<egui::Id> {
    ctx.data_mut(|data| {
        let led = data.get_temp(led_id());
        data.remove::<egui::Id>(led_id());
        led
    })
}

fn led_id() -> egui::Id {
    egui::Id::new("led")
}

/// What a thing does, for a mouse that rests on it and for a finger that stays.
pub fn hint(response: Response, words: impl Into<String>) -> Response {
    let words = words.into();
    if has_fingers(&response.ctx) && is_held_long(&response) {
        response.show_tooltip_text(&words);
    }
    response.on_hover_text(words)
}

/// A finger has stayed on it long enough to want to know what it is, and not to press it.
fn is_held_long(response: &Response) -> bool {
    let since = response.ctx.input(|input| input.pointer.press_start_time().map(|start| input.time - start));
    response.is_pointer_button_down_on() && since.is_some_and(|since| since > HINT_AFTER_S)
}

/// After this time a finger that stays is told what it is on, in seconds.
const HINT_AFTER_S: f64 = 0.5;

/// What a button is for those who do not see how it is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It does something.
    Acts,
    /// It is one of several, and in hand or not.
    Chosen(bool),
    /// It opens something that is open or not.
    Opens(bool),
}

impl From<bool> for Mark {
    fn from(chosen: bool) -> Self {
        Self::Chosen(chosen)
    }
}

impl Mark {
    const fn is_on(self) -> bool {
        matches!(self, Self::Chosen(true) | Self::Opens(true))
    }
}

/// What a button opens, beside it, and whether that is open. The page puts its elements behind the button's then.
pub fn menu(button: &Response, name: &str, close: egui::PopupCloseBehavior, contents: impl FnOnce(&mut Ui)) {
    let popup = egui::Popup::menu(button).align(egui::RectAlign::TOP).close_behavior(close);
    let shown = popup.show(|ui| {
        let id = ui.unique_id();
        #[cfg(not(target_arch = "wasm32"))]
        super::entering::is_window(ui);
        ui.ctx().accesskit_node_builder(id, |node| {
            node.set_role(Role::Window);
            node.set_label(name);
        });
        contents(ui);
        id
    });
    let ctx = &button.ctx;
    ctx.accesskit_node_builder(button.id, |node| {
        node.set_has_popup(HasPopup::Dialog);
        node.set_expanded(shown.is_some());
        node.set_controls(shown.map(|shown| shown.inner.accesskit_id()).into_iter().collect::<Vec<_>>());
    });
}

/// Height of the word below a button's face, and how high its letters are at most and at least.
const WORD_POINTS: f32 = 13.0;
const LETTERS: [f32; 2] = [10.5, 8.5];
/// What is between two words below buttons at least.
const WORDS_APART: f32 = 3.0;

/// How high a button is with its name.
pub fn face_height(side: f32) -> f32 {
    side + WORD_POINTS - 2.0
}

/// A button whose face is painted, with its name below, which is made smaller and cut off where it would run into the next
/// one's.
pub fn face_button(
    ui: &mut Ui,
    side: f32,
    mark: impl Into<Mark>,
    label: &str,
    paint: impl FnOnce(&egui::Painter, egui::Rect, Color32),
) -> Response {
    let word = fitting(ui, label, side + ui.spacing().item_spacing.x - WORDS_APART);
    button_over(ui, Vec2::new(side, side), mark.into(), label, &word, paint)
}

/// The same, as wide as its name.
pub fn wide_button(
    ui: &mut Ui,
    side: f32,
    mark: impl Into<Mark>,
    label: &str,
    paint: impl FnOnce(&egui::Painter, egui::Rect, Color32),
) -> Response {
    let word = fitting(ui, label, f32::INFINITY);
    let width = (word.size().x + WORDS_APART - ui.spacing().item_spacing.x).max(side);
    button_over(ui, Vec2::new(width, side), mark.into(), label, &word, paint)
}

/// A word on one line that is no wider than this.
pub(super) fn fitting(ui: &Ui, text: &str, width: f32) -> Arc<egui::Galley> {
    let laid = |size: f32, width: f32| {
        let mut job = egui::text::LayoutJob::simple_singleline(
            text.to_owned(),
            egui::FontId::proportional(size),
            Color32::PLACEHOLDER,
        );
        job.wrap = egui::text::TextWrapping::truncate_at_width(width);
        ui.fonts_mut(|fonts| fonts.layout_job(job))
    };
    let [most, least] = LETTERS;
    let whole = laid(most, f32::INFINITY);
    if whole.size().x <= width {
        return whole;
    }
    laid((most * width / whole.size().x).max(least), width)
}

fn button_over(
    ui: &mut Ui,
    face: Vec2,
    mark: Mark,
    label: &str,
    word: &Arc<egui::Galley>,
    paint: impl FnOnce(&egui::Painter, egui::Rect, Color32),
) -> Response {
    let side = face.y;
    let (rect, response) = ui.allocate_exact_size(Vec2::new(face.x, face_height(side)), Sense::click());
    let face = egui::Rect::from_center_size(egui::pos2(rect.center().x, rect.top() + side / 2.0), Vec2::splat(side));
    #[cfg(target_arch = "wasm32")]
    super::buttons::drawn_at(label, (rect.center() * ui.ctx().zoom_factor()).into());
    let ink = face_of(ui, rect, &response, mark, label);
    paint(ui.painter(), face.shrink(side * 0.25).translate(Vec2::new(0.0, -side * 0.05)), ink);
    let at = egui::pos2(rect.center().x - word.size().x / 2.0, rect.bottom() - 3.0 - word.size().y);
    ui.painter().galley(at, Arc::clone(word), ink);
    response
}

/// A square button without a word, for where there is little room.
pub fn small_button(
    ui: &mut Ui,
    side: f32,
    mark: impl Into<Mark>,
    label: &str,
    paint: impl FnOnce(&egui::Painter, egui::Rect, Color32),
) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::click());
    let ink = face_of(ui, rect, &response, mark.into(), label);
    paint(ui.painter(), rect.shrink(side * 0.22), ink);
    response
}

fn face_of(ui: &Ui, rect: egui::Rect, response: &Response, mark: Mark, label: &str) -> Color32 {
    let selected = mark.is_on();
    response.widget_info(|| match mark {
        Mark::Chosen(chosen) => egui::WidgetInfo::selected(egui::WidgetType::Button, true, chosen, label),
        Mark::Acts | Mark::Opens(_) => egui::WidgetInfo::labeled(egui::WidgetType::Button, true, label),
    });
    if let Mark::Opens(open) = mark {
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_has_popup(HasPopup::Dialog);
            node.set_expanded(open);
        });
    }
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
