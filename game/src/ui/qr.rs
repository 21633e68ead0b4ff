//! A link as a QR code, drawn as rectangles.

use bevy_egui::egui::{Color32, CornerRadius, Rect, Sense, Ui, Vec2, WidgetInfo, WidgetType, pos2};
use qrcode::{Color, EcLevel, QrCode};
use words::fill;

/// A QR code, made once for its text.
#[derive(Default)]
pub struct Qr {
    text: String,
    side: usize,
    dark: Vec<bool>,
}

impl Qr {
    /// The code of `text`; an overlong text gives an empty one.
    pub fn of(&mut self, text: &str) -> &Self {
        if self.text != text {
            self.text = text.to_owned();
            let code = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::M);
            (self.side, self.dark) = code.map_or((0, Vec::new()), |code| {
                (code.width(), code.to_colors().into_iter().map(|c| c == Color::Dark).collect())
            });
        }
        self
    }

    /// Draws it with the quiet border that readers need.
    pub fn show(&self, ui: &mut Ui, points: f32) {
        if self.side == 0 {
            return;
        }
        let (rect, image) = ui.allocate_exact_size(Vec2::splat(points), Sense::hover());
        let words = fill("qr-code-of", [("link", self.text.as_str().into())]);
        image.widget_info(|| WidgetInfo::labeled(WidgetType::Image, true, &words));
        ui.painter().rect_filled(rect, CornerRadius::same(8), Color32::WHITE);
        let module = points / (self.side + 8) as f32;
        for (i, _) in self.dark.iter().enumerate().filter(|(_, dark)| **dark) {
            let (x, y) = ((i % self.side + 4) as f32 * module, (i / self.side + 4) as f32 * module);
            let min = pos2(rect.left() + x, rect.top() + y);
            // A hair larger than the module: no light lines between neighbours.
            ui.painter().rect_filled(Rect::from_min_size(min, Vec2::splat(module + 0.4)), 0.0, Color32::BLACK);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_becomes_a_code_with_its_three_corners() {
        let mut qr = Qr::default();
        qr.of("https://192.168.1.20:3537/?room=tide");
        assert!(qr.side >= 21 && qr.dark.len() == qr.side * qr.side);
        let corner = |x: usize, y: usize| qr.dark[y * qr.side + x] && qr.dark[(y + 3) * qr.side + x + 3];
        let far = qr.side - 7;
        assert!(corner(0, 0) && corner(far, 0) && corner(0, far));
    }

    #[test]
    fn an_overlong_text_is_no_code() {
        assert_eq!(Qr::default().of(&"x".repeat(9000)).side, 0);
    }
}
