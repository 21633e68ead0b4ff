//! A page's saves: in the browser's own store (`web/page/shelf.js`), which answers later; and files, which are downloads and
//! what the browser lets one pick.

use super::by_itself::SLOTS;
use super::{FILE_BYTES_MAX, Job, OnShelf, Place, Told, too_large};
use bevy::prelude::Resource;
use js_sys::{Array, Reflect, Uint8Array};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::path::Path;
use wasm_bindgen::prelude::*;
use web_sys::{Document, DragEvent, HtmlAnchorElement, HtmlInputElement, KeyboardEvent};
use words::{fill, say};

/// A file's name and contents, or why they cannot be had.
type Chosen = Result<(String, Vec<u8>), String>;

thread_local! {
    static OWED: Cell<Option<(&'static str, driver::Handle)>> = const { Cell::new(None) };
    static FOR_THE_PAGE: Cell<bool> = const { Cell::new(false) };
    static CHOSEN: RefCell<VecDeque<Chosen>> = const { RefCell::new(VecDeque::new()) };
    static TOLD: RefCell<VecDeque<Told>> = const { RefCell::new(VecDeque::new()) };
}

/// The most that is listed; the page bounds it, too, each place by itself.
const LISTED_MAX: usize = 64 * Place::ALL.len();

/// The browser's store, by way of the page.
#[derive(Resource, Default)]
pub(super) struct Store;

fn code(place: Place) -> &'static str {
    match place {
        Place::Named => "named",
        Place::ByItself => "kept",
        Place::Stamps => "stamps",
    }
}

/// The place that the page calls so.
fn place_of(name: &str) -> Place {
    Place::ALL.into_iter().find(|place| code(*place) == name).unwrap_or(Place::Named)
}

impl Store {
    pub(super) fn ask(&self, job: Job) {
        let bytes = |bytes: &[u8]| JsValue::from(Uint8Array::from(bytes));
        let nothing = JsValue::UNDEFINED;
        let what: Vec<JsValue> = match job {
            Job::List => vec!["list".into()],
            Job::Keep { save, contents } => {
                let picture = save.picture.as_deref().map_or(nothing.clone(), bytes);
                let seconds = JsValue::from_f64(save.seconds as f64);
                let slots = match save.place {
                    Place::ByItself => SLOTS.into_iter().map(JsValue::from).collect::<Array>().into(),
                    Place::Named | Place::Stamps => nothing,
                };
                let place = code(save.place).into();
                vec!["keep".into(), place, save.name.into(), bytes(&contents), picture, seconds, slots]
            }
            Job::Read { place, name, to_export } => {
                vec!["read".into(), code(place).into(), name.into(), to_export.into()]
            }
            Job::Rename(place, from, to) => vec!["rename".into(), code(place).into(), from.into(), to.into()],
            Job::ThrowAway(place, name) => vec!["throw".into(), code(place).into(), name.into()],
            Job::BringBack(place, name) => vec!["bring".into(), code(place).into(), name.into()],
            Job::Export { file, contents } => {
                let told = match download(&file, &contents) {
                    Ok(()) => Told::Exported(fill("among-downloads", [("file", file.into())])),
                    Err(_) => Told::Failed { why: say("no-download"), keeps: true },
                };
                return tell(told);
            }
        };
        crate::page::tell("tidepoolShelf", what);
    }

    pub(super) fn told(&self) -> Option<Told> {
        TOLD.with_borrow_mut(VecDeque::pop_front)
    }
}

fn tell(told: Told) {
    TOLD.with_borrow_mut(|all| all.push_back(told));
}

/// What the page's store has: of each its place, name, time, size and picture.
#[wasm_bindgen(js_name = tidepoolListed)]
pub fn listed(all: &Array) {
    let save = |row: JsValue| {
        let part = |index: u32| Reflect::get_u32(&row, index).ok();
        let picture = part(4).and_then(|picture| picture.dyn_into::<Uint8Array>().ok()).map(|bytes| bytes.to_vec());
        Some(OnShelf {
            place: place_of(&part(0)?.as_string()?),
            name: part(1)?.as_string()?,
            seconds: part(2)?.as_f64()? as i64,
            bytes: part(3)?.as_f64()? as u64,
            picture,
        })
    };
    tell(Told::Listed(all.iter().take(LISTED_MAX).filter_map(save).collect()));
}

/// One of them is there, under this name or, where that is another's, with a number after it or in another slot.
#[wasm_bindgen(js_name = tidepoolShelved)]
pub fn shelved(place: &str, wanted: String, name: String) {
    let at = fill("on-the-shelf", [("name", name.as_str().into())]);
    tell(Told::Kept { place: place_of(place), wanted, name, at });
}

/// One of them was thrown away, and can be brought back.
#[wasm_bindgen(js_name = tidepoolThrown)]
pub fn thrown(place: &str, name: String) {
    tell(Told::ThrownAway { place: place_of(place), name });
}

/// One of them is on the shelf again.
#[wasm_bindgen(js_name = tidepoolBrought)]
pub fn brought(place: &str, name: String) {
    tell(Told::BroughtBack { place: place_of(place), name });
}

/// One of them was read.
#[wasm_bindgen(js_name = tidepoolRead)]
pub fn was_read(place: &str, name: &str, contents: &[u8], to_export: bool) {
    tell(Told::Read { place: place_of(place), name: name.to_owned(), contents: contents.to_vec(), to_export });
}

/// The store could not do it: `full`, `denied`, `taken`, `gone` or in its own words.
#[wasm_bindgen(js_name = tidepoolNotShelved)]
pub fn not_shelved(why: &str, name: &str, keeps: bool) {
    let why = match why {
        "full" => say("store-full"),
        "denied" => say("store-denied"),
        "taken" => fill("save-name-taken", [("name", name.into())]),
        "gone" => fill("save-gone", [("name", name.into())]),
        other => other.to_owned(),
    };
    tell(Told::Failed { why, keeps });
}

/// This driver's world would be lost with the page now, and belongs into this slot; or nothing would be.
pub(super) fn owes(what: Option<(&'static str, driver::Handle)>) {
    OWED.set(what);
}

/// The page is hidden, and may be closed without another word: what would be lost is kept at once. No frame is drawn any more.
#[wasm_bindgen(js_name = tidepoolHidden)]
pub fn hidden() {
    let Some((slot, of)) = OWED.take() else { return };
    let take = move |bytes: &[u8]| {
        let save = OnShelf {
            place: Place::ByItself,
            name: slot.to_owned(),
            seconds: super::seconds(),
            bytes: bytes.len() as u64,
            picture: None,
        };
        Store.ask(Job::Keep { save, contents: bytes.to_vec() });
    };
    driver::web::save(&of, Box::new(take));
}

/// Whether a save was for the page, which then has it.
pub(super) fn for_the_page(bytes: &[u8]) -> bool {
    let is = FOR_THE_PAGE.take();
    if is {
        crate::page::tell("tidepoolKept", [Uint8Array::from(bytes).into()]);
    }
    is
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
    input.set_accept(".tidepool,.tidestamp,image/png,image/jpeg");
    let picked = input.clone();
    let change = Closure::once_into_js(move || {
        if let Some(file) = picked.files().and_then(|files| files.get(0)) {
            take(file);
        }
    });
    input.set_onchange(Some(change.unchecked_ref()));
    input.click();
}

fn download(name: &str, bytes: &[u8]) -> Result<(), JsValue> {
    let parts = Array::of1(&Uint8Array::from(bytes));
    let blob = web_sys::Blob::new_with_u8_array_sequence(&parts)?;
    let url = web_sys::Url::create_object_url_with_blob(&blob)?;
    let document = document().ok_or(JsValue::NULL)?;
    let anchor = document.create_element("a")?.dyn_into::<HtmlAnchorElement>()?;
    anchor.set_href(&url);
    anchor.set_download(name);
    anchor.click();
    web_sys::Url::revoke_object_url(&url)
}

pub(super) fn read_path(path: &Path) -> Result<Vec<u8>, String> {
    Err(unreadable(&path.display().to_string()))
}
