//! Puts a link on the clipboard.

/// Copies text; when the system refuses, the link can still be read on the screen.
#[cfg(not(target_arch = "wasm32"))]
pub fn copy(text: &str) {
    use std::sync::Mutex;
    // On X11 what was copied lives as long as the program that holds it: keep it.
    static CLIPBOARD: Mutex<Option<arboard::Clipboard>> = Mutex::new(None);
    let Ok(mut held) = CLIPBOARD.lock() else { return };
    if held.is_none() {
        *held = arboard::Clipboard::new().inspect_err(|error| log::warn!("no clipboard: {error}")).ok();
    }
    if let Some(clipboard) = held.as_mut()
        && let Err(error) = clipboard.set_text(text)
    {
        log::warn!("the link was not copied: {error}");
    }
}

/// Copies text; the page is a secure context, or it would not be running.
#[cfg(target_arch = "wasm32")]
pub fn copy(text: &str) {
    if let Some(window) = web_sys::window() {
        let _ = window.navigator().clipboard().write_text(text);
    }
}
