//! Puts a link on the clipboard, and knows whether it got there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

const WAITS: u8 = 0;
const DONE: u8 = 1;
const FAILED: u8 = 2;

/// Something on its way to the clipboard: a page's may ask its user first.
#[derive(Debug)]
pub struct Copying(Arc<AtomicU8>);

impl Copying {
    /// Whether it is there; nothing as long as that is not known.
    pub fn is_done(&self) -> Option<bool> {
        match self.0.load(Ordering::Relaxed) {
            WAITS => None,
            state => Some(state == DONE),
        }
    }

    fn ended(done: bool) -> u8 {
        if done { DONE } else { FAILED }
    }
}

/// Copies text; when the system refuses, the link can still be read on the screen.
#[cfg(not(target_arch = "wasm32"))]
pub fn copy(text: &str) -> Copying {
    let done = set(text).inspect_err(|why| log::warn!("the link was not copied: {why}")).is_ok();
    Copying(Arc::new(AtomicU8::new(Copying::ended(done))))
}

#[cfg(not(target_arch = "wasm32"))]
fn set(text: &str) -> Result<(), arboard::Error> {
    use std::sync::{Mutex, PoisonError};
    // On X11 what was copied lives as long as the program that holds it: keep it.
    static CLIPBOARD: Mutex<Option<arboard::Clipboard>> = Mutex::new(None);
    let mut held = CLIPBOARD.lock().unwrap_or_else(PoisonError::into_inner);
    let mut clipboard = match held.take() {
        Some(clipboard) => clipboard,
        None => arboard::Clipboard::new()?,
    };
    let result = clipboard.set_text(text);
    *held = Some(clipboard);
    result
}

/// Copies text; the page is a secure context, or it would not be running. Its user, or whoever embeds it, may refuse.
#[cfg(target_arch = "wasm32")]
pub fn copy(text: &str) -> Copying {
    let state = Arc::new(AtomicU8::new(WAITS));
    match web_sys::window() {
        Some(window) => {
            let (promise, state) = (window.navigator().clipboard().write_text(text), state.clone());
            wasm_bindgen_futures::spawn_local(async move {
                let done = wasm_bindgen_futures::JsFuture::from(promise).await.is_ok();
                state.store(Copying::ended(done), Ordering::Relaxed);
            });
        }
        None => state.store(FAILED, Ordering::Relaxed),
    }
    Copying(state)
}
