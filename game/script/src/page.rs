//! In the page: the browser draws into a canvas that nobody sees.

use crate::{Ink, Wanted, is_rightward};
use std::cell::RefCell;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// Of a letter's size.
const LINE_HEIGHT: f32 = 1.25;
/// Where in a line letters stand.
const BASELINE: f32 = 0.95;

/// The canvas; none where the browser gives none.
pub(crate) struct Fonts(Option<(HtmlCanvasElement, CanvasRenderingContext2d)>);

thread_local! {
    static FONTS: RefCell<Option<Fonts>> = const { RefCell::new(None) };
}

/// A page has one thread that may draw.
pub(crate) fn with_fonts<T>(act: impl FnOnce(&mut Fonts) -> T) -> T {
    FONTS.with_borrow_mut(|fonts| act(fonts.get_or_insert_with(Fonts::find)))
}

impl Fonts {
    fn find() -> Self {
        let make = || {
            let document = web_sys::window()?.document()?;
            let canvas: HtmlCanvasElement = document.create_element("canvas").ok()?.dyn_into().ok()?;
            // It is read more often than it is drawn.
            let options = js_sys::Object::new();
            js_sys::Reflect::set(&options, &"willReadFrequently".into(), &true.into()).ok()?;
            let context = canvas.get_context_with_context_options("2d", &options).ok()??;
            Some((canvas, context.dyn_into().ok()?))
        };
        Self(make())
    }

    pub(crate) fn draw(&mut self, wanted: &Wanted) -> Option<Ink> {
        let (canvas, context) = self.0.as_ref()?;
        let style = |context: &CanvasRenderingContext2d| {
            let weight = if wanted.strong { 600 } else { 400 };
            context.set_font(&format!("{weight} {}px system-ui, sans-serif", wanted.size));
            let [r, g, b] = wanted.colour;
            context.set_fill_style_str(&format!("rgb({r} {g} {b})"));
            let direction = if is_rightward(wanted.text) { "rtl" } else { "ltr" };
            // Not all browsers know it; those guess.
            let _ = js_sys::Reflect::set(context, &"direction".into(), &direction.into());
            context.set_text_align("left");
        };
        style(context);
        let width_of = |text: &str| context.measure_text(text).map_or(0.0, |measured| measured.width() as f32);
        let lines = break_lines(wanted.text, wanted.width, width_of);
        let width = lines.iter().map(|line| width_of(line)).fold(0.0, f32::max);
        let height = wanted.size * LINE_HEIGHT;
        // A pixel for what leans out.
        let mut ink = Ink::blank(width + 1.0, height * lines.len() as f32)?;
        // A new size forgets what was drawn, and the style.
        canvas.set_width(ink.width);
        canvas.set_height(ink.height);
        style(context);
        for (i, line) in lines.iter().enumerate() {
            let down = height * i as f32 + wanted.size * BASELINE;
            context.fill_text(line, 0.0, f64::from(down)).ok()?;
        }
        let drawn = context.get_image_data(0, 0, ink.width as i32, ink.height as i32).ok()?;
        ink.pixels = drawn.data().0;
        Some(ink)
    }
}

/// At spaces, and within words that are too long by themselves, as those of scripts without spaces are.
fn break_lines(text: &str, width: Option<f32>, width_of: impl Fn(&str) -> f32) -> Vec<String> {
    let Some(width) = width else { return vec![text.to_owned()] };
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split_inclusive(' ') {
        if !line.is_empty() && width_of(&format!("{line}{}", word.trim_end())) > width {
            lines.push(std::mem::take(&mut line));
        }
        line.push_str(word);
        while width_of(line.trim_end()) > width && line.chars().count() > 1 {
            let fits = |end: &usize| width_of(&line[..*end]) <= width;
            let ends: Vec<usize> = line.char_indices().map(|(at, _)| at).skip(1).collect();
            let end = ends.iter().copied().rev().find(fits).unwrap_or(ends[0]);
            let rest = line.split_off(end);
            lines.push(std::mem::replace(&mut line, rest));
        }
    }
    lines.push(line);
    lines
}
