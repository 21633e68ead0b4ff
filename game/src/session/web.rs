//! What only a page has: its worker, and its address bar.

use super::Session;
use bevy::prelude::*;
use driver::Place;
use std::cell::Cell;
use wasm_bindgen::prelude::*;

/// Makes the CPU worker; the loader offers `tidepoolWorker()`, since it knows the files' hashed names.
pub(super) fn worker_factory() -> Option<driver::backend::WorkerFactory> {
    let make: js_sys::Function =
        js_sys::Reflect::get(&js_sys::global(), &"tidepoolWorker".into()).ok()?.dyn_into().ok()?;
    // The loader's function cannot fail in a browser that got this far; if it does, computing fails in words.
    let factory = move || {
        let worker = make.call0(&JsValue::NULL).unwrap_or(JsValue::NULL);
        driver::web::worker_backend(worker.unchecked_into())
    };
    Some(Box::new(factory))
}

/// Puts the room into the address bar, so that the address itself invites, beside whatever else stands there.
pub(super) fn show_room(place: &Place) {
    let (Some(window), Place::Room { room, .. }) = (web_sys::window(), place) else { return };
    let Ok(asked) = window.location().search().and_then(|text| web_sys::UrlSearchParams::new_with_str(&text)) else {
        return;
    };
    if asked.get("room").as_ref() == Some(room) {
        return;
    }
    asked.set("room", room);
    // Or loading the page anew would leave the room.
    asked.delete("solo");
    if let Ok(history) = window.history() {
        let address = format!("?{}", String::from(js_sys::Object::to_string(&asked)));
        // Only a convenience: a browser that forbids it loses nothing else.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}

thread_local! {
    static RETURNED: Cell<bool> = const { Cell::new(false) };
}

/// The browser shows a page again that was left, and whose driver has said goodbye.
#[wasm_bindgen(js_name = tidepoolReturn)]
pub fn returned() {
    RETURNED.set(true);
}

/// Enters the place anew.
pub(super) fn come_back(mut session: ResMut<Session>) {
    if RETURNED.take() && session.handle.as_ref().is_none_or(|handle| !handle.is_running()) {
        session.wanted = session.place.clone();
    }
}
