//! Words in every script that the device has fonts for, as small pictures: shaped, in the right direction, with emoji in
//! colour. For what the interface's own fonts cannot show, which know Latin, Greek and Cyrillic letters, draw from left to
//! right, and have one colour.
//!
//! Natively the system's fonts are used, by Linebender's text stack, which Bevy uses, too; in the page the browser draws
//! into a canvas that nobody sees, with the fonts that the user has. Nothing here knows of Bevy or egui.

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(target_arch = "wasm32")]
mod page;

#[cfg(not(target_arch = "wasm32"))]
use native as system;
#[cfg(target_arch = "wasm32")]
use page as system;

/// Longer texts are cut here, in bytes.
const TEXT_BYTES_MAX: usize = 2048;
/// The largest side of a picture, in pixels.
const SIDE_MAX: u32 = 4096;

/// What is to be written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wanted<'a> {
    /// The words.
    pub text: &'a str,
    /// Letters' size, in pixels.
    pub size: f32,
    /// Of what has no colour of its own.
    pub colour: [u8; 3],
    /// In heavy letters.
    pub strong: bool,
    /// Lines are broken at this width, in pixels; none for one line.
    pub width: Option<f32>,
}

/// Words as they look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ink {
    /// Of the picture, in pixels.
    pub width: u32,
    /// See [`Ink::width`].
    pub height: u32,
    /// Rows from the top, red, green, blue and alpha, not multiplied by it.
    pub pixels: Vec<u8>,
    /// No letter is missing in the fonts, as far as is known.
    pub whole: bool,
}

impl Ink {
    /// Empty, if it is of a size that can be shown.
    fn blank(width: f32, height: f32) -> Option<Self> {
        let [width, height] = [width, height].map(|side| side.ceil().max(1.0));
        if !(width <= SIDE_MAX as f32 && height <= SIDE_MAX as f32) {
            return None;
        }
        let (width, height) = (width as u32, height as u32);
        Some(Self { width, height, pixels: vec![0; (width * height * 4) as usize], whole: true })
    }
}

/// Draws; nothing where this device cannot, or where nothing is to be seen. Fonts are found when the first words are asked
/// for, which can take a tenth of a second.
pub fn draw(wanted: &Wanted) -> Option<Ink> {
    let mut end = wanted.text.len().min(TEXT_BYTES_MAX);
    while !wanted.text.is_char_boundary(end) {
        end -= 1;
    }
    let text = &wanted.text[..end];
    if text.trim().is_empty() || !(1.0..=512.0).contains(&wanted.size) {
        return None;
    }
    system::with_fonts(|fonts| fonts.draw(&Wanted { text, ..*wanted }))
}

/// Whether a text has pictures in it, which are drawn in colour where there is a font for that.
pub fn has_emoji(text: &str) -> bool {
    text.chars().any(|c| matches!(u32::from(c), 0x1f000..=0x1faff | 0x2600..=0x27bf | 0x2b50 | 0x2b55 | 0xfe0f))
}

/// Whether the first letter with a direction is one of a script that is written from the right.
pub fn is_rightward(text: &str) -> bool {
    let right = |c: char| matches!(u32::from(c), 0x590..=0x8ff | 0xfb1d..=0xfdff | 0xfe70..=0xfeff | 0x10800..=0x10fff | 0x1e800..=0x1efff);
    text.chars().find(|c| c.is_alphabetic()).is_some_and(right)
}

#[cfg(test)]
mod tests;
