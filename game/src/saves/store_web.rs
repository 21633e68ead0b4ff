//! A page downloads saves and lets the browser pick them.

use super::{FILE_BYTES_MAX, too_large};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::path::Path;
use wasm_bindgen::prelude::*;
use web_sys::{Document, DragEvent, HtmlAnchorElement, HtmlInputElement, KeyboardEvent};
use words::{fill, say};

/// A file's name and contents, or why they cannot be had.
type Chosen = Result<(String, Vec<u8>), String>;

thread_local! {
    static FOR_THE_PAGE: Cell<bool> = const { Cell::new(false) };
    static CHOSEN: RefCell<VecDeque<Chosen>> = const { RefCell::new(VecDeque::new()) };
}

/// The next save is for the page, which loads itself anew and goes on from it. Its loader calls this.
#[wasm_bindgen(js_name = tidepoolKeep)]
pub fn keep_for_the_page() {
    FOR_THE_PAGE.set(true);
}

/// Whether the page asked for a save since the last time.
pub(super) fn is_wanted(asked: &mut bool) -> bool {
    let wanted = FOR_THE_PAGE.get() && !*asked;
    *asked = FOR_THE_PAGE.get();
    wanted
}

/// The sentence that says what to do where the file cannot be written.
pub(super) const KEEP_ELSEWHERE: &str = "save-elsewhere-page";

fn unreadable(file: &str) -> String {
    fill("file-not-read", [("file", file.into()), ("why", say("no-download").into())])
}

fn document() -> Option<Document> {
    web_sys::window()?.document()
}

/// Files may be dropped anywhere on the page, and Ctrl-S saves the world, not the page.
pub(super) fn listen() {
    let Some(document) = document() else { return };
    let over = Closure::<dyn Fn(DragEvent)>::new(|event: DragEvent| event.prevent_default());
    let dropped = Closure::<dyn Fn(DragEvent)>::new(|event: DragEvent| {
        event.prevent_default();
        if let Some(file) = event.data_transfer().and_then(|d| d.files()).and_then(|files| files.get(0)) {
            take(file);
        }
    });
    let key = Closure::<dyn Fn(KeyboardEvent)>::new(|event: KeyboardEvent| {
        if (event.ctrl_key() || event.meta_key()) && event.key().eq_ignore_ascii_case("s") {
            event.prevent_default();
        }
    });
    let _ = document.add_event_listener_with_callback("dragover", over.as_ref().unchecked_ref());
    let _ = document.add_event_listener_with_callback("drop", dropped.as_ref().unchecked_ref());
    let _ = document.add_event_listener_with_callback("keydown", key.as_ref().unchecked_ref());
    // As long as the page.
    over.forget();
    dropped.forget();
    key.forget();
}

fn take(file: web_sys::File) {
    if file.size() > FILE_BYTES_MAX as f64 {
        return CHOSEN.with_borrow_mut(|all| all.push_back(Err(too_large(file.name()))));
    }
    wasm_bindgen_futures::spawn_local(async move {
        let read = wasm_bindgen_futures::JsFuture::from(file.array_buffer()).await;
        let bytes = read.map(|buffer| js_sys::Uint8Array::new(&buffer).to_vec());
        let bytes = bytes.map(|bytes| (file.name(), bytes)).map_err(|_| unreadable(&file.name()));
        CHOSEN.with_borrow_mut(|all| all.push_back(bytes));
    });
}

pub(super) fn chosen() -> Option<Chosen> {
    CHOSEN.with_borrow_mut(VecDeque::pop_front)
}

pub(super) fn choose() {
    let made = document().and_then(|d| d.create_element("input").ok());
    let Some(input) = made.and_then(|e| e.dyn_into::<HtmlInputElement>().ok()) else { return };
    input.set_type("file");
    input.set_accept(".tidepool");
    let picked = input.clone();
    let change = Closure::once_into_js(move || {
        if let Some(file) = picked.files().and_then(|files| files.get(0)) {
            take(file);
        }
    });
    input.set_onchange(Some(change.unchecked_ref()));
    input.click();
}

/// The browser puts it where it puts downloads.
pub(super) fn keep(name: &str, bytes: &[u8]) -> Result<String, String> {
    if FOR_THE_PAGE.take() {
        crate::page::tell("tidepoolKept", [js_sys::Uint8Array::from(bytes).into()]);
        return Ok(name.to_owned());
    }
    let download = || -> Result<(), JsValue> {
        let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
        let blob = web_sys::Blob::new_with_u8_array_sequence(&parts)?;
        let url = web_sys::Url::create_object_url_with_blob(&blob)?;
        let document = document().ok_or(JsValue::NULL)?;
        let anchor = document.create_element("a")?.dyn_into::<HtmlAnchorElement>()?;
        anchor.set_href(&url);
        anchor.set_download(name);
        anchor.click();
        web_sys::Url::revoke_object_url(&url)
    };
    download().map(|()| fill("among-downloads", [("file", name.into())])).map_err(|_| say("no-download"))
}

pub(super) fn list() -> Vec<String> {
    Vec::new()
}

pub(super) fn read(name: &str) -> Result<Vec<u8>, String> {
    Err(unreadable(name))
}

pub(super) fn read_path(path: &Path) -> Result<Vec<u8>, String> {
    read(&path.display().to_string())
}
