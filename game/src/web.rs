//! The page's side: where the app starts in a browser tab, and what the page may ask of it.

use crate::app::AppPlugin;
use crate::camera::Viewport;
use crate::notices::Notices;
use crate::page;
use crate::power::Power;
use crate::schedule::AppSystems;
use crate::session::{Options, RoomStatus, Session};
use crate::settings::Settings;
use crate::tools::Brush;
use crate::ui;
use crate::view::Canvas;
use bevy::prelude::*;
use serde_json::json;
use sim_kernels::geom::Rect;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use wasm_bindgen::prelude::*;

/// How many digests are kept for comparing with other peers'.
const DIGESTS_MAX: usize = 64;

thread_local! {
    static WATCHED: Cell<Option<Rect>> = const { Cell::new(None) };
    static STATUS: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs the app on the canvas `#tidepool`; `main` of the page's program.
pub fn start() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        page::tell("tidepoolLost", ["program".into(), info.to_string().into()]);
    }));
    let location = web_sys::window().map(|w| w.location());
    let query = location.as_ref().and_then(|l| l.search().ok()).unwrap_or_default();
    // The server may lie below a path, so it is named by the page's own address.
    let address = location.as_ref().and_then(|l| l.href().ok());
    let asked = |key: &str| {
        let value = web_sys::UrlSearchParams::new_with_str(&query).ok()?.get(key)?;
        (!value.trim().is_empty()).then_some(value)
    };
    let options = Options {
        room: asked("room"),
        signaling: address,
        scene: asked("scene"),
        // The world as it was when the page had to be loaded anew.
        save: page::bytes("tidepoolWorld"),
        backend: asked("backend"),
        name: asked("name"),
        share: asked("share").and_then(|percent| percent.parse().ok()),
        solo: asked("solo").is_some(),
        ..Options::default()
    };
    App::new().add_plugins((AppPlugin(options), plugin)).run();
}

/// The room's state as JSON: what tests and curious players read in the console.
#[wasm_bindgen(js_name = tidepoolStatus)]
pub fn status() -> String {
    STATUS.with_borrow(Clone::clone)
}

/// Makes the status tell how much water the page shows in a rectangle of cells, as the field's coverage.
#[wasm_bindgen(js_name = tidepoolWatch)]
pub fn watch(x0: i32, y0: i32, x1: i32, y1: i32) {
    WATCHED.set(Some(Rect::new(x0, y0, x1, y1)));
}

fn plugin(app: &mut App) {
    app.add_systems(Update, publish.in_set(AppSystems::Draw));
}

fn publish(
    status: Res<RoomStatus>,
    session: Res<Session>,
    notices: Res<Notices>,
    (viewport, canvas): (Res<Viewport>, Option<Res<Canvas>>),
    brush: Res<Brush>,
    power: Res<Power>,
    settings: Res<Settings>,
    mut digests: Local<VecDeque<(u64, String)>>,
    (mut published, mut entered): (Local<Option<f64>>, Local<Option<f64>>),
    time: Res<Time>,
) {
    // Ten times a second is what the room itself reports.
    let now = time.elapsed_secs_f64();
    if published.is_some_and(|at| now - at < 0.1) {
        return;
    }
    *published = Some(now);
    let status = &status.0;
    if entered.is_none() && status.tick > 0 && session.connecting().is_none() {
        *entered = Some(now);
    }
    if let Some((tick, digest)) = &status.digest
        && digests.back().is_none_or(|(last, _)| last != tick)
    {
        digests.push_back((*tick, digest.to_string()));
        if digests.len() > DIGESTS_MAX {
            digests.pop_front();
        }
    }
    let people: Vec<_> = status
        .people
        .iter()
        .map(|p| {
            json!({
                "name": p.profile.name, "me": p.me, "host": p.leader, "backend": p.profile.backend,
                "lend": p.profile.lend, "region": p.region.map(|r| [r.x0, r.y0, r.x1, r.y1]),
                "stands_in": p.stand_in_for.len(), "tick_us": p.tick_us, "rtt_us": p.rtt_us, "behind": p.behind,
            })
        })
        .collect();
    let watched = WATCHED.get().zip(canvas).map(|(rect, canvas)| canvas.field.coverage(rect));
    let text = json!({
        "watched": watched, "tool": brush.tool.name(), "buttons": ui::buttons(),
        "view": {
            "x": viewport.centre.x, "y": viewport.centre.y, "cells_per_point": viewport.cells_per_pixel,
            "width": viewport.window.x, "height": viewport.window.y,
        },
        "room": session.room(), "backend": session.backend(), "connecting": session.connecting(), "entered_s": *entered,
        "tick": status.tick, "particles": status.particles, "paused": status.paused,
        "speed_percent": status.speed_percent, "waiting_for": status.waiting_for.and_then(|who| words::Names::name(status, who)),
        "superstep_ticks": status.superstep_ticks, "exchange_us": status.exchange_us,
        "saves_power": power.is_saving(), "on_battery": power.is_on_battery(), "share": settings.share().percent(),
        "recording": status.recording.map(|playing| json!({
            "from": playing.from, "until": playing.until, "compared": playing.compared, "differs": playing.differs,
        })),
        "people": people, "digests": *digests, "refused": notices.refused,
        "notices": notices.lines.iter().map(|line| &line.text).collect::<Vec<_>>(),
    });
    STATUS.with_borrow_mut(|held| *held = text.to_string());
}
