//! The page's hooks: what JavaScript's events are to call.
//!
//! The page's heartbeat worker posts a message every few milliseconds; its handler calls [`tick`]. `pagehide`
//! calls [`close`]. Both reach every driver that runs in the page. What draws stands still while a page is hidden, and drivers do
//! not: so a save that is wanted then is handed over here ([`save`]).

use crate::backend::RemoteBackend;
use crate::handle::Handle;
use room::api::Request;
use std::cell::{Cell, RefCell};
use wasm_bindgen::prelude::*;

/// What takes a save.
type Take = Box<dyn FnOnce(&[u8])>;

thread_local! {
    static TAKES: Cell<Option<Take>> = const { Cell::new(None) };
    static RUNNING: RefCell<Vec<Handle>> = const { RefCell::new(Vec::new()) };
}

/// Makes a driver reachable for [`tick`] and [`close`].
pub fn register(handle: &Handle) {
    RUNNING.with_borrow_mut(|running| {
        running.retain(Handle::is_running);
        running.push(handle.clone());
    });
}

/// Lets every driver look at the clock.
#[wasm_bindgen(js_name = driverTick)]
pub fn tick() {
    RUNNING.with_borrow(|running| running.iter().for_each(Handle::tick));
}

/// Says goodbye for every driver: the page is going away.
#[wasm_bindgen(js_name = driverClose)]
pub fn close() {
    RUNNING.with_borrow(|running| running.iter().for_each(Handle::close));
}

/// Has the world saved, and the save handed over as it comes, whether or not anybody asks for events meanwhile.
pub fn save(take: Take) {
    let asked = RUNNING.with_borrow(|running| running.last().is_some_and(|handle| handle.send(Request::Save)));
    TAKES.set(asked.then_some(take));
}

/// A save came.
pub(crate) fn saved(bytes: &[u8]) {
    if let Some(take) = TAKES.take() {
        take(bytes);
    }
}

/// A CPU backend in a dedicated worker: jobs are posted to it as transferred `ArrayBuffer`s, and it answers
/// each with one `ArrayBuffer`. See [`crate::backend::serve`] for its side.
pub fn worker_backend(worker: web_sys::Worker) -> RemoteBackend {
    // One job at a time is under way.
    let (answers, inbox) = async_channel::bounded(4);
    let on_message = Closure::<dyn FnMut(web_sys::MessageEvent)>::new(move |event: web_sys::MessageEvent| {
        if let Ok(buffer) = event.data().dyn_into::<js_sys::ArrayBuffer>() {
            let _ = answers.try_send(js_sys::Uint8Array::new(&buffer).to_vec());
        }
    });
    worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    let post = move |bytes: Vec<u8>| {
        // The closure lives as long as the backend does.
        let _keep = &on_message;
        let array = js_sys::Uint8Array::from(bytes.as_slice());
        let transfer = js_sys::Array::of1(&array.buffer());
        if let Err(e) = worker.post_message_with_transfer(&array.buffer(), &transfer) {
            log::error!("the CPU worker cannot be posted to: {e:?}");
        }
    };
    RemoteBackend::new("CPU (worker)".into(), Box::new(post), inbox)
}
