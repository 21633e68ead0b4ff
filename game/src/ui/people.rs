//! Who is here, what each computes, and how well.

use super::letters::{self, Style};
use super::theme::{self, ACCENT, WARM};
use crate::people::{Followed, Muted};
use bevy_egui::egui::{self, CornerRadius, RichText, Sense, Ui, vec2};
use room::api::{Person, Status};
use words::{decimal, fill, say};

/// Lists everyone.
pub(super) fn show(ui: &mut Ui, status: &Status, world_width: i32, muted: &mut Muted, followed: &mut Followed) {
    for (place, person) in status.people.iter().enumerate() {
        ui.horizontal(|ui| {
            let (dot, _) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
            let colour = theme::peer_colour(place);
            if person.region.is_some() && !status.nobody_computes {
                ui.painter().circle_filled(dot.center(), 6.0, colour);
            } else {
                ui.painter().circle_stroke(dot.center(), 5.0, egui::Stroke::new(1.5, colour));
            }
            let nameless = person.profile.name.is_empty().then(|| say("person-nameless"));
            let name = nameless.as_ref().unwrap_or(&person.profile.name);
            let strong = ui.visuals().strong_text_color();
            letters::label(ui, name, Style { size: 14.0, colour: strong, strong: true });
            if person.me {
                ui.label(theme::quiet(say("person-you")));
            }
            if person.leader {
                ui.label(RichText::new(say("person-host")).color(ACCENT).small());
            }
            if person.behind > 1 && status.people.len() > 1 {
                ui.label(RichText::new(fill("person-behind", [("count", person.behind.into())])).color(WARM).small())
                    .on_hover_text(say("person-behind-hint"));
            }
        });
        ui.label(theme::quiet(details(person, world_width, status.nobody_computes)));
        if !person.me {
            ui.horizontal(|ui| acts(ui, person, muted, followed));
        }
    }
    if !status.nobody_computes && status.people.iter().filter(|p| p.region.is_some()).count() > 1 {
        strips(ui, status, world_width);
    }
}

/// What can be done about somebody.
fn acts(ui: &mut Ui, person: &Person, muted: &mut Muted, followed: &mut Followed) {
    let follows = followed.0 == Some(person.id);
    let follow = ui.add(egui::Button::new(say("follow")).selected(follows)).on_hover_text(say("follow-hint"));
    if follow.clicked() {
        followed.0 = Some(person.id).filter(|_| !follows);
    }
    let is_muted = muted.0.contains(&person.id);
    let mute = ui.add(egui::Button::new(say("mute")).selected(is_muted)).on_hover_text(say("mute-hint"));
    if mute.clicked() && !muted.0.remove(&person.id) {
        muted.0.insert(person.id);
    }
}

/// What a person does. Where nobody computes the last regions are still known, and nothing happens in them.
fn details(person: &Person, world_width: i32, stopped: bool) -> String {
    let mut parts = Vec::new();
    match person.region.filter(|_| !stopped) {
        Some(region) if world_width > 0 => {
            let percent = region.width() * 100 / world_width;
            parts.push(fill("person-share", [("percent", percent.into())]));
            parts.push(person.profile.backend.clone());
            parts.push(fill("person-tick", [("ms", decimal(f64::from(person.tick_us) / 1000.0, 1))]));
        }
        _ if person.profile.lend && !person.stand_in_for.is_empty() => parts.push(say("person-stands-in")),
        _ if person.profile.lend => parts.push(say("person-about-to")),
        _ => parts.push(say("person-watches")),
    }
    if !person.me && person.rtt_us > 0 {
        parts.push(fill("person-away", [("ms", decimal(f64::from(person.rtt_us) / 1000.0, 0))]));
    }
    parts.join(" · ")
}

/// A bar as wide as the world, coloured by who computes what.
fn strips(ui: &mut Ui, status: &Status, world_width: i32) {
    let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width().min(300.0), 12.0), Sense::hover());
    ui.painter().rect_filled(bar, CornerRadius::same(4), egui::Color32::from_white_alpha(12));
    for (place, person) in status.people.iter().enumerate() {
        let Some(region) = person.region else { continue };
        let x = |cell: i32| bar.left() + bar.width() * cell as f32 / world_width.max(1) as f32;
        let part = egui::Rect::from_min_max(
            egui::pos2(x(region.x0) + 0.5, bar.top()),
            egui::pos2(x(region.x1) - 0.5, bar.bottom()),
        );
        let colour = theme::peer_colour(place);
        ui.painter().rect_filled(part, CornerRadius::same(3), colour.gamma_multiply(0.8));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use room::api::{PeerId, Profile};
    use sim_kernels::geom::Rect;

    #[test]
    fn a_person_is_described_in_words() {
        let profile = Profile { name: "Ben".into(), lend: true, backend: "CPU, 2 threads".into(), throughput: 0 };
        let mut person = Person {
            stand_in_for: Vec::new(),
            id: PeerId(7),
            me: false,
            leader: false,
            profile,
            region: Some(Rect::new(0, 0, 64, 64)),
            tick_us: 2500,
            rtt_us: 12_000,
            behind: 0,
        };
        assert_eq!(details(&person, 256, true), "about to compute · 12 ms away");
        assert_eq!(details(&person, 256, false), "25 % of the world · CPU, 2 threads · 2.5 ms a tick · 12 ms away");
        person.region = None;
        person.profile.lend = false;
        assert_eq!(details(&person, 256, false), "plays and watches · 12 ms away");
    }
}
