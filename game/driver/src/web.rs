//! The page's hooks: what JavaScript's events are to call.
//!
//! The page's heartbeat worker posts a message every few milliseconds; its handler calls [`tick`]. `pagehide`
//! calls [`close`]. Both reach every driver that runs in the page. What draws stands still while a page is hidden, and drivers do
//! not: so a save that is wanted then is handed over here ([`save`]).

use crate::backend::RemoteBackend;
use crate::events::Event;
use crate::handle::{Handle, Tell};
use room::api::{Event as RoomEvent, Request};
use room::notice::Notice;
use std::cell::{Cell, RefCell};
use std::time::Duration;
use wasm_bindgen::prelude::*;

/// A save is waited for so long: what comes later was asked for by others.
const WAITS: Duration = Duration::from_secs(5);

/// What takes a save.
type Take = Box<dyn FnOnce(&[u8])>;

/// Somebody who waits for a save.
struct Waiting {
    /// Of this driver's world, and of no other that is in the page by then.
    of: Handle,
    since: web_time::Instant,
    take: Take,
}

thread_local! {
    static WAITING: Cell<Option<Waiting>> = const { Cell::new(None) };
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

/// Has this driver's world saved, and the save handed over if it comes soon, whether or not anybody asks for events meanwhile.
pub fn save(of: &Handle, take: Take) {
    crate::handle::listen(told);
    let asked = of.send(Request::Save);
    WAITING.set(asked.then(|| Waiting { of: of.clone(), since: web_time::Instant::now(), take }));
}

/// A driver tells its owner something: a save is handed over to who waits for it.
fn told(tell: &Tell, event: &Event) {
    let Some(waiting) = WAITING.take().filter(|waiting| waiting.since.elapsed() < WAITS) else { return };
    match event {
        _ if !tell.is_to(&waiting.of) => WAITING.set(Some(waiting)),
        Event::Room(RoomEvent::Saved(bytes)) => (waiting.take)(bytes),
        // Where one is under way already, that one is of the same world.
        Event::Room(RoomEvent::Left | RoomEvent::Notice(Notice::NothingToSave | Notice::NotSaved { .. }))
        | Event::Ended
        | Event::Failed(_) => {}
        _ => WAITING.set(Some(waiting)),
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
