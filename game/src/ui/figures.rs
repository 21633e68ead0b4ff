//! The figures over the world (F3): how smoothly it is drawn, how fast it is computed, by how many.

use super::status::thousands;
use super::{Screen, theme};
use crate::frames::{Frames, Summary};
use crate::session::{RoomGlobals, RoomStatus, Session};
use crate::settings::Settings;
use crate::view::target::Sharpness;
use bevy::prelude::*;
use bevy_egui::egui;
use room::api::Status;

/// Draws the figures when they are switched on.
pub(super) fn show(
    ctx: Res<Screen>,
    settings: Res<Settings>,
    frames: Res<Frames>,
    session: Res<Session>,
    status: Res<RoomStatus>,
    globals: Res<RoomGlobals>,
    sharpness: Res<Sharpness>,
) {
    if !settings.figures {
        return;
    }
    let ctx = &ctx.0;
    let size = globals.0.as_ref().map(|g| [g.size().width, g.size().height]);
    egui::Area::new("figures".into()).anchor(egui::Align2::LEFT_CENTER, [10.0, 0.0]).interactable(false).show(
        ctx,
        |ui| {
            theme::panel().show(ui, |ui| {
                // Lines of text, not of buttons.
                ui.spacing_mut().interact_size.y = 14.0;
                egui::Grid::new("figures").num_columns(2).spacing([14.0, 2.0]).show(ui, |ui| {
                    let picture = format!("{:.0} % of the window's pixels a side", sharpness.scale() * 100.0);
                    let lines = lines(&frames.summary(), &status.0, session.backend(), size);
                    for (name, value) in lines.into_iter().chain([("picture", picture)]).chain(room(&status.0)) {
                        ui.label(theme::quiet(name));
                        ui.label(egui::RichText::new(value).monospace().small());
                        ui.end_row();
                    }
                });
            });
        },
    );
}

/// What is shown: a name and a value each.
fn lines(drawn: &Summary, status: &Status, backend: &str, size: Option<[i32; 2]>) -> Vec<(&'static str, String)> {
    let me = status.people.iter().find(|p| p.me);
    let share = me.and_then(|p| p.region).map(|r| format!("{} cells wide", r.width()));
    let tick = me
        .filter(|p| p.region.is_some())
        .map_or("none here".into(), |p| format!("{:.2} ms", f64::from(p.tick_us) / 1e3));
    let computing = status.people.iter().filter(|p| p.region.is_some() && !status.nobody_computes).count();
    vec![
        ("frames", format!("{:.0} a second", drawn.per_second)),
        ("frame time", format!("{:.1} ms, p99 {:.1} ms", drawn.p50_ms, drawn.p99_ms)),
        ("upload", format!("{:.1} KB a frame", f64::from(drawn.upload_bytes) / 1e3)),
        ("tick time", tick),
        ("speed", format!("{} %", status.speed_percent)),
        ("tick", thousands(status.tick)),
        ("particles", thousands(status.particles)),
        ("peers", format!("{}, {computing} computing", status.people.len())),
        ("world", size.map_or("none".into(), |[w, h]| format!("{w} x {h} cells"))),
        ("own strip", share.unwrap_or_else(|| "none".into())),
        ("computed by", backend.to_owned()),
    ]
}

/// How the room works inside: what there is to be told of it.
fn room(status: &Status) -> Vec<(&'static str, String)> {
    let mut rows = vec![("supersteps", format!("of {} ticks", status.superstep_ticks))];
    if status.exchange_us[0] > 0 {
        rows.push(("exchange", format!("{:.1} ms", f64::from(status.exchange_us[0]) / 1e3)));
    }
    if status.stood_in > 0 {
        rows.push(("stood in", format!("for {} borders", status.stood_in)));
    }
    if let Some(right) = (100 * status.speculations_right).checked_div(status.speculations) {
        let (made, back, ms) = (status.speculations, status.ticks_rolled_back, status.speculation_us / 1000);
        rows.push(("guesses", format!("{made}, {right} % right")));
        rows.push(("taken back", format!("{back} ticks, {ms} ms")));
    }
    if let Some((tick, digest)) = &status.digest {
        rows.push(("digest", format!("{} at {tick}", &digest.to_string()[..8])));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_told_with_their_units() {
        let drawn = Summary { per_second: 59.6, p50_ms: 16.6, p99_ms: 21.04, upload_bytes: 10_240 };
        let status = Status { speed_percent: 98, particles: 16_632, ..Status::default() };
        let lines = lines(&drawn, &status, "CPU, 2 threads", Some([320, 128]));
        let value = |name: &str| lines.iter().find(|l| l.0 == name).map(|l| l.1.clone()).unwrap();
        assert_eq!(value("frames"), "60 a second");
        assert_eq!(value("frame time"), "16.6 ms, p99 21.0 ms");
        assert_eq!(value("upload"), "10.2 KB a frame");
        assert_eq!(value("tick time"), "none here");
        assert_eq!(value("peers"), "0, 0 computing");
        let busy = Status { superstep_ticks: 2, speculations: 4, speculations_right: 3, ..status };
        assert_eq!(room(&busy)[..2], [("supersteps", "of 2 ticks".into()), ("guesses", "4, 75 % right".into())]);
    }
}
