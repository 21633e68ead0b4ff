//! With the system's fonts: parley lays out, swash draws glyph by glyph.

use crate::{Ink, Wanted};
use parley::layout::{GlyphRun, Layout, PositionedLayoutItem};
use parley::{Alignment, AlignmentOptions, FontContext, FontWeight, LayoutContext, OverflowWrap, StyleProperty};
use std::sync::{Mutex, PoisonError};
use swash::FontRef;
use swash::scale::image::{Content, Image};
use swash::scale::{Render, ScaleContext, Source, StrikeWith};
use swash::zeno::{Format, Vector};

/// Heavy letters.
const STRONG: f32 = 600.0;

/// What parley and swash keep.
pub(crate) struct Fonts {
    fonts: FontContext,
    layouts: LayoutContext<()>,
    scale: ScaleContext,
}

/// There are as many as one program needs.
static FONTS: Mutex<Option<Fonts>> = Mutex::new(None);

/// Whoever panicked with them left them as good as they were.
pub(crate) fn with_fonts<T>(act: impl FnOnce(&mut Fonts) -> T) -> T {
    let mut fonts = FONTS.lock().unwrap_or_else(PoisonError::into_inner);
    act(fonts.get_or_insert_with(Fonts::find))
}

impl Fonts {
    fn find() -> Self {
        Self { fonts: FontContext::new(), layouts: LayoutContext::new(), scale: ScaleContext::new() }
    }

    pub(crate) fn draw(&mut self, wanted: &Wanted) -> Option<Ink> {
        let layout = self.lay_out(wanted);
        let mut ink = Ink::blank(layout.full_width(), layout.height())?;
        for line in layout.lines() {
            for item in line.items() {
                if let PositionedLayoutItem::GlyphRun(run) = item {
                    self.run(&run, wanted.colour, &mut ink);
                }
            }
        }
        Some(ink)
    }

    fn lay_out(&mut self, wanted: &Wanted) -> Layout<()> {
        let mut builder = self.layouts.ranged_builder(&mut self.fonts, wanted.text, 1.0, true);
        builder.push_default(StyleProperty::FontSize(wanted.size));
        builder.push_default(StyleProperty::OverflowWrap(OverflowWrap::Anywhere));
        if wanted.strong {
            builder.push_default(StyleProperty::FontWeight(FontWeight::new(STRONG)));
        }
        let mut layout = builder.build(wanted.text);
        layout.break_all_lines(wanted.width);
        layout.align(Alignment::Start, AlignmentOptions::default());
        layout
    }

    fn run(&mut self, run: &GlyphRun<()>, colour: [u8; 3], ink: &mut Ink) {
        let (font, size) = (run.run().font(), run.run().font_size());
        let Some(font) = FontRef::from_index(font.data.as_ref(), font.index as usize) else { return };
        let coords = run.run().normalized_coords();
        let mut scaler = self.scale.builder(font).size(size).hint(true).normalized_coords(coords).build();
        let embolden = if run.run().synthesis().embolden() { size / 30.0 } else { 0.0 };
        for glyph in run.positioned_glyphs() {
            // The first glyph of a font is what stands for those that it lacks.
            ink.whole &= glyph.id != 0;
            let [x, y] = [glyph.x, glyph.y].map(f32::floor);
            let sources = [Source::ColorOutline(0), Source::ColorBitmap(StrikeWith::BestFit), Source::Outline];
            let image = Render::new(&sources)
                .format(Format::Alpha)
                .offset(Vector::new(glyph.x - x, glyph.y - y))
                .embolden(embolden)
                .render(&mut scaler, glyph.id as u16);
            if let Some(image) = image {
                let at = [x as i32 + image.placement.left, y as i32 - image.placement.top];
                blend(&image, at, colour, ink);
            }
        }
    }
}

/// Draws a glyph over what is there.
fn blend(image: &Image, [x0, y0]: [i32; 2], colour: [u8; 3], ink: &mut Ink) {
    let width = image.placement.width as usize;
    let bytes = if image.content == Content::Mask { 1 } else { 4 };
    for (i, pixel) in image.data.chunks_exact(bytes).enumerate() {
        let (x, y) = (x0 + (i % width) as i32, y0 + (i / width) as i32);
        if x < 0 || y < 0 || x >= ink.width as i32 || y >= ink.height as i32 {
            continue;
        }
        let over = match *pixel {
            [alpha] => [colour[0], colour[1], colour[2], alpha],
            [r, g, b, a] => [r, g, b, a],
            _ => continue,
        };
        let at = (y as usize * ink.width as usize + x as usize) * 4;
        let below = &mut ink.pixels[at..at + 4];
        let (alpha, under) = (u32::from(over[3]), u32::from(below[3]));
        let kept = under * (255 - alpha) / 255;
        let sum = alpha + kept;
        for part in 0..3 {
            let mixed = u32::from(over[part]) * alpha + u32::from(below[part]) * kept;
            below[part] = mixed.checked_div(sum).unwrap_or(0) as u8;
        }
        below[3] = sum as u8;
    }
}
