//! Words that others wrote, in whatever script: what the interface's own fonts show whole is theirs; all else, and what
//! has emoji in it, is drawn once into a small texture (the crate `script`) and kept for as long as it is seen.

use bevy_egui::egui::{
    self, Align2, Color32, FontId, Pos2, Rect, Response, RichText, Sense, TextureHandle, Ui, Vec2, vec2,
};
use script::Wanted;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The most that are kept; those that were not seen for longest go.
const KEPT_MAX: usize = 256;
/// Drawn anew in a frame at most: the others come with the next ones, and a room full of names is no pause.
const DRAWN_A_FRAME_MAX: usize = 8;

/// How words look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    /// In points.
    pub(super) size: f32,
    pub(super) colour: Color32,
    /// In heavy letters, where they are drawn here.
    pub(super) strong: bool,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    text: String,
    /// In quarters of a pixel.
    size: u32,
    colour: [u8; 3],
    strong: bool,
    /// At which lines are broken, in pixels.
    width: Option<u32>,
}

/// A texture and its size in points.
#[derive(Clone)]
struct Picture(TextureHandle, Vec2);

/// None of what cannot be drawn, and when it was last wanted.
struct Kept(Option<Picture>, u64);

#[derive(Default)]
struct Letters {
    kept: HashMap<Key, Kept>,
    frame: u64,
    drawn: usize,
}

impl Letters {
    fn begin(&mut self, frame: u64) {
        if self.frame != frame {
            (self.frame, self.drawn) = (frame, 0);
        }
    }

    fn get(&mut self, key: Key, draw: impl FnOnce(&Key) -> Option<Picture>) -> Option<Picture> {
        if let Some(kept) = self.kept.get_mut(&key) {
            kept.1 = self.frame;
            return kept.0.clone();
        }
        if self.drawn == DRAWN_A_FRAME_MAX {
            return None;
        }
        self.drawn += 1;
        if self.kept.len() >= KEPT_MAX
            && let Some(oldest) = self.kept.iter().min_by_key(|(_, kept)| kept.1).map(|(key, _)| key.clone())
        {
            self.kept.remove(&oldest);
        }
        let picture = draw(&key);
        self.kept.insert(key, Kept(picture.clone(), self.frame));
        picture
    }
}

/// Sizes in which the interface writes, in points.
const SIZES: [f32; 7] = [10.5, 11.5, 12.5, 13.0, 14.0, 18.0, 20.0];
/// Letters that it writes sooner or later, beside those of ASCII.
const BEYOND_ASCII: &str = "äöüßÄÖÜéèàñç…–—·×°’“”„‚‘ ";

/// Has the letters that the interface writes drawn before they are needed. A letter that is new in a frame is in the fonts'
/// texture only with the next one, and was missing until then: "running at __ %".
pub(super) fn draw_ahead(ctx: &egui::Context) {
    let scale = ctx.pixels_per_point();
    // Another scale has another texture.
    let id = egui::Id::new("letters drawn ahead");
    if ctx.data(|data| data.get_temp::<f32>(id)) == Some(scale) {
        return;
    }
    ctx.data_mut(|data| data.insert_temp(id, scale));
    // A letter is drawn anew for each quarter of a pixel at which it begins: between others it begins at each of them.
    let between = "iljftr.,:;!|'()[]{}-IJ1 ";
    let letters = (' '..='~').chain(BEYOND_ASCII.chars());
    let all: String = letters.flat_map(|letter| between.chars().flat_map(move |other| [letter, other])).collect();
    ctx.fonts_mut(|fonts| {
        for size in SIZES {
            fonts.layout_no_wrap(all.clone(), FontId::proportional(size), Color32::WHITE);
        }
    });
}

/// Whether the interface's fonts show all of a text as it should look.
fn shows(ctx: &egui::Context, text: &str) -> bool {
    // Marks of direction have no look of their own.
    let is_mark = |c: char| matches!(u32::from(c), 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f);
    let font = FontId::proportional(14.0);
    text.is_ascii()
        || !script::has_emoji(text)
            && ctx.fonts_mut(|fonts| text.chars().all(|c| is_mark(c) || fonts.has_glyph(&font, c)))
}

/// The picture of what the interface's fonts do not show.
fn picture(ctx: &egui::Context, text: &str, style: Style, width: Option<f32>) -> Option<Picture> {
    if shows(ctx, text) {
        return None;
    }
    let scale = ctx.pixels_per_point();
    let key = Key {
        text: text.to_owned(),
        size: (style.size * scale * 4.0).round() as u32,
        colour: [style.colour.r(), style.colour.g(), style.colour.b()],
        strong: style.strong,
        width: width.map(|width| (width * scale) as u32),
    };
    let letters =
        ctx.data_mut(|data| data.get_temp_mut_or_default::<Arc<Mutex<Letters>>>(egui::Id::new("letters")).clone());
    let mut letters = letters.lock().unwrap_or_else(PoisonError::into_inner);
    letters.begin(ctx.cumulative_pass_nr());
    letters.get(key, |key| {
        let width = key.width.map(|width| width as f32);
        let wanted =
            Wanted { text: &key.text, size: key.size as f32 / 4.0, colour: key.colour, strong: key.strong, width };
        let ink = script::draw(&wanted)?;
        // Without a font for it here, egui's one-coloured emoji are better than a box.
        if !ink.whole && ctx.fonts_mut(|fonts| fonts.has_glyphs(&FontId::proportional(14.0), text)) {
            return None;
        }
        let size = [ink.width as usize, ink.height as usize];
        let image = egui::ColorImage::from_rgba_unmultiplied(size, &ink.pixels);
        let texture = ctx.load_texture("letters", image, egui::TextureOptions::LINEAR);
        Some(Picture(texture, vec2(ink.width as f32, ink.height as f32) / scale))
    })
}

const WHOLE: Rect = Rect { min: Pos2::ZERO, max: egui::pos2(1.0, 1.0) };

/// A label, its lines broken where there is no more room.
pub(super) fn label(ui: &mut Ui, text: &str, style: Style) -> Response {
    let width = ui.available_width().max(40.0);
    let Some(Picture(texture, size)) = picture(ui.ctx(), text, style, Some(width)) else {
        let plain = RichText::new(text).size(style.size).color(style.colour);
        return ui.label(if style.strong { plain.strong() } else { plain });
    };
    shown(ui, texture.id(), size, text)
}

/// The same on one line.
pub(super) fn line(ui: &mut Ui, text: &str, style: Style) -> Response {
    let Some(Picture(texture, size)) = picture(ui.ctx(), text, style, None) else {
        let plain = RichText::new(text).size(style.size).color(style.colour);
        return ui.add(egui::Label::new(if style.strong { plain.strong() } else { plain }).extend());
    };
    shown(ui, texture.id(), size, text)
}

fn shown(ui: &mut Ui, texture: egui::TextureId, size: Vec2, text: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().image(texture, rect, WHOLE, Color32::WHITE);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Label, true, text));
    response
}

/// A plain button, its words broken into lines where there is no more room.
pub(super) fn button(ui: &mut Ui, text: &str) -> Response {
    let style = Style { size: 14.0, colour: ui.visuals().text_color(), strong: false };
    let width = (ui.available_width() - 2.0 * ui.spacing().button_padding.x).max(40.0);
    let Some(Picture(texture, size)) = picture(ui.ctx(), text, style, Some(width)) else { return ui.button(text) };
    let image = egui::Image::from_texture((texture.id(), size)).fit_to_exact_size(size);
    let button = ui.add(egui::Button::image(image));
    button.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, text));
    button
}

/// How large a text is on one line, in points.
pub(super) fn measure(painter: &egui::Painter, text: &str, style: Style) -> Vec2 {
    match picture(painter.ctx(), text, style, None) {
        Some(Picture(_, size)) => size,
        None => painter.layout_no_wrap(text.to_owned(), FontId::proportional(style.size), style.colour).size(),
    }
}

/// Paints one line at a place, which is the part of it that `anchor` names; `shown` fades it, 0 to 1.
pub(super) fn paint(painter: &egui::Painter, at: Pos2, anchor: Align2, text: &str, style: Style, shown: f32) {
    match picture(painter.ctx(), text, style, None) {
        Some(Picture(texture, size)) => {
            let rect = anchor.anchor_size(at, size);
            painter.image(texture.id(), rect, WHOLE, Color32::WHITE.gamma_multiply(shown));
        }
        None => {
            let colour = style.colour.gamma_multiply(shown);
            painter.text(at, anchor, text, FontId::proportional(style.size), colour);
        }
    }
}

/// What was typed into a field that cannot show it: over the field, or below it while one types.
pub(super) fn typed(ui: &mut Ui, field: &Response, text: &str) {
    let style = Style { size: 14.0, colour: ui.visuals().text_color(), strong: false };
    let Some(Picture(texture, size)) = picture(ui.ctx(), text, style, None) else { return };
    if field.has_focus() {
        label(ui, text, style);
        return;
    }
    let inside = field.rect.shrink(2.0);
    let painter = ui.painter().with_clip_rect(inside.intersect(ui.clip_rect()));
    painter.rect_filled(inside, 2.0, ui.visuals().text_edit_bg_color());
    painter.image(
        texture.id(),
        Align2::LEFT_CENTER.anchor_size(inside.left_center() + vec2(3.0, 0.0), size),
        WHOLE,
        Color32::WHITE,
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme;

    fn key(text: &str) -> Key {
        Key { text: text.into(), size: 56, colour: [255; 3], strong: false, width: None }
    }

    fn in_a_frame<T>(act: impl Fn(&egui::Context) -> T) -> T {
        let (ctx, mut answer) = (egui::Context::default(), None);
        let _ = ctx.run_ui(egui::RawInput::default(), |ui| answer = Some(act(ui.ctx())));
        answer.unwrap()
    }

    #[test]
    fn the_interfaces_own_fonts_show_what_they_can() {
        for (text, is_shown) in [
            ("Anna", true),
            ("Zo\u{eb}, \u{2068}\u{421}\u{430}\u{448}\u{430}\u{2069}", true),
            ("Zo\u{eb} \u{1f30a}", false),
            ("\u{5e9}\u{5dc}\u{5d5}\u{5dd}", false),
            ("\u{6c34}", false),
        ] {
            assert_eq!(in_a_frame(|ctx| shows(ctx, text)), is_shown, "{text}");
        }
    }

    /// The page brings no other.
    #[test]
    fn two_fonts_have_every_letter_of_the_interfaces_words() {
        let ctx = egui::Context::default();
        let mut fonts = theme::fonts();
        fonts.families.values_mut().for_each(|family| family.retain(|name| theme::FONTS.contains(&name.as_str())));
        ctx.set_fonts(fonts);
        let texts = [
            include_str!("../../words/text/en/window.ftl"),
            include_str!("../../words/text/en/notices.ftl"),
            include_str!("../../words/text/de/window.ftl"),
            include_str!("../../words/text/de/notices.ftl"),
        ];
        let _ = ctx.run_ui(egui::RawInput::default(), |ui| {
            for letter in texts.iter().flat_map(|text| text.chars()).chain(BEYOND_ASCII.chars()) {
                // Of the second font nothing is told, since it has the box for what no font shows.
                let is_known = "\n←↑→".contains(letter);
                assert!(is_known || shows(ui.ctx(), &letter.to_string()), "{letter:?}");
            }
        });
    }

    /// Fault 24: letters that were never seen before are in the texture of the frame that first shows them.
    #[test]
    fn a_new_word_needs_no_new_texture() {
        let ctx = egui::Context::default();
        let frame = |words: &'static str| {
            let shown = ctx.run_ui(egui::RawInput::default(), |ui| {
                draw_ahead(ui.ctx());
                ui.label(egui::RichText::new(words).size(11.5));
                ui.label(words);
            });
            shown.textures_delta.set.len()
        };
        assert!(frame("first") > 0);
        for words in ["running at 42 %", "läuft mit 42 %", "~{}[]"] {
            assert_eq!(frame(words), 0, "{words}");
        }
    }

    #[test]
    fn what_is_kept_has_a_bound_and_a_frame_draws_few() {
        let mut letters = Letters::default();
        for i in 0..KEPT_MAX as u64 * 2 {
            letters.begin(i);
            letters.get(key(&i.to_string()), |_| None);
            assert!(letters.get(key("0"), |_| unreachable!("seen in every frame, it stays")).is_none());
        }
        assert_eq!(letters.kept.len(), KEPT_MAX);
        letters.begin(9999);
        (0..100).for_each(|i| _ = letters.get(key(&format!("new {i}")), |_| None));
        assert_eq!(letters.drawn, DRAWN_A_FRAME_MAX);
    }

    /// It is pressed and read out by its name, in whatever script that is, and no wider than there is room.
    #[test]
    fn a_button_bears_a_name_in_any_script() {
        for name in ["Reef", "\u{6c34}\u{30a8}\u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{1f30a} ".repeat(10).as_str()] {
            let draw = |ui: &mut Ui| {
                ui.set_max_width(220.0);
                assert!(button(ui, name).rect.width() <= 221.0, "{name}");
                assert!(
                    line(ui, name, Style { size: 11.5, colour: Color32::WHITE, strong: false }).rect.width() > 10.0
                );
            };
            let mut ui = egui_kittest::Harness::new_ui(draw);
            ui.run_steps(2);
            use egui_kittest::kittest::Queryable;
            ui.get_by_role_and_label(egui::accesskit::Role::Button, name);
        }
    }

    #[test]
    fn a_name_is_drawn_once_and_has_a_size() {
        let style = Style { size: 14.0, colour: Color32::WHITE, strong: true };
        let name = "\u{5e9}\u{5dc}\u{5d5}\u{5dd}";
        let found = in_a_frame(|ctx| {
            let [first, again] = [(), ()].map(|()| picture(ctx, name, style, None));
            first.zip(again).map(|(first, again)| (first.0.id() == again.0.id(), first.1))
        });
        match found {
            Some((is_one, size)) => assert!(is_one && size.x > 10.0 && size.y > 10.0, "{size:?}"),
            None => eprintln!("SKIPPED: no fonts here"),
        }
    }
}
