//! What only a page has: its worker, and its address bar.

use driver::Place;
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

/// Puts the room into the address bar, so that the address itself invites.
pub(super) fn show_room(place: &Place) {
    let (Some(window), Place::Room { room, .. }) = (web_sys::window(), place) else { return };
    let address = format!("?room={}", String::from(js_sys::encode_uri_component(room)));
    if window.location().search().is_ok_and(|now| now.starts_with(&address)) {
        return;
    }
    if let Ok(history) = window.history() {
        // Only a convenience: a browser that forbids it loses nothing else.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}
