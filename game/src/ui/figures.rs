//! The figures over the world (F3): how smoothly it is drawn, how fast it is computed, by how many.

use super::{Screen, theme};
use crate::frames::{Frames, Summary};
use crate::session::{RoomGlobals, RoomStatus, Session};
use crate::settings::Settings;
use crate::view::target::Sharpness;
use bevy::prelude::*;
use bevy_egui::egui;
use room::api::Status;
use words::{decimal, fill, grouped, say};

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
                    let percent = decimal(f64::from(sharpness.scale()) * 100.0, 0);
                    let picture = fill("figure-picture-is", [("percent", percent)]);
                    let lines = lines(&frames.summary(), &status.0, session.backend(), size);
                    for (name, value) in lines.into_iter().chain([("picture", picture)]).chain(room(&status.0)) {
                        ui.label(theme::quiet(say(&format!("figure-{name}"))));
                        ui.label(egui::RichText::new(value).monospace().small());
                        ui.end_row();
                    }
                });
            });
        },
    );
}

/// What is shown: a name, as `figure-NAME` among the sentences, and a value each.
fn lines(drawn: &Summary, status: &Status, backend: &str, size: Option<[i32; 2]>) -> Vec<(&'static str, String)> {
    let me = status.people.iter().find(|p| p.me);
    let share = me.and_then(|p| p.region).map(|r| fill("figure-own-strip-is", [("cells", r.width().into())]));
    let tick = me
        .filter(|p| p.region.is_some())
        .map_or_else(|| say("figure-none-here"), |p| ms(f64::from(p.tick_us) / 1e3, 2));
    let computing = status.people.iter().filter(|p| p.region.is_some() && !status.nobody_computes).count();
    let [usual, worst] = [drawn.p50_ms, drawn.p99_ms].map(|ms| decimal(f64::from(ms), 1));
    let frame_time = fill("figure-frame-time-is", [("usual", usual), ("worst", worst)]);
    vec![
        ("frames", fill("figure-frames-is", [("count", decimal(f64::from(drawn.per_second), 0))])),
        ("frame-time", frame_time),
        ("upload", fill("figure-upload-is", [("kb", decimal(f64::from(drawn.upload_bytes) / 1e3, 1))])),
        ("tick-time", tick),
        ("speed", fill("figure-percent", [("percent", status.speed_percent.into())])),
        ("tick", grouped(status.tick)),
        ("particles", grouped(status.particles)),
        ("peers", fill("figure-peers-is", [("count", status.people.len().into()), ("computing", computing.into())])),
        (
            "world",
            size.map_or_else(
                || say("figure-none"),
                |[w, h]| fill("figure-world-is", [("width", w.into()), ("height", h.into())]),
            ),
        ),
        ("own-strip", share.unwrap_or_else(|| say("figure-none"))),
        ("computed-by", backend.to_owned()),
    ]
}

/// How the room works inside: what there is to be told of it.
fn room(status: &Status) -> Vec<(&'static str, String)> {
    let mut rows = vec![("supersteps", fill("figure-supersteps-is", [("ticks", status.superstep_ticks.into())]))];
    if status.exchange_us[0] > 0 {
        rows.push(("exchange", ms(f64::from(status.exchange_us[0]) / 1e3, 1)));
    }
    if status.stood_in > 0 {
        rows.push(("stood-in", fill("figure-stood-in-is", [("count", status.stood_in.into())])));
    }
    if let Some(right) = (100 * status.speculations_right).checked_div(status.speculations) {
        let (made, back, ms) = (status.speculations, status.ticks_rolled_back, status.speculation_us / 1000);
        rows.push(("guesses", fill("figure-guesses-is", [("count", made.into()), ("right", right.into())])));
        rows.push(("taken-back", fill("figure-taken-back-is", [("ticks", back.into()), ("ms", ms.into())])));
    }
    if let Some((tick, digest)) = &status.digest {
        rows.push((
            "digest",
            fill("figure-digest-is", [("digest", digest.to_string()[..8].to_owned().into()), ("tick", (*tick).into())]),
        ));
    }
    rows
}

/// A time in milliseconds.
fn ms(value: f64, decimals: usize) -> String {
    fill("figure-ms", [("ms", decimal(value, decimals))])
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
        assert_eq!(value("frame-time"), "16.6 ms, p99 21.0 ms");
        assert_eq!(value("upload"), "10.2 KB a frame");
        assert_eq!(value("tick-time"), "none here");
        assert_eq!(value("peers"), "0, 0 computing");
        let busy = Status { superstep_ticks: 2, speculations: 4, speculations_right: 3, ..status };
        assert_eq!(room(&busy)[..2], [("supersteps", "of 2 ticks".into()), ("guesses", "4, 75 % right".into())]);
    }
}
