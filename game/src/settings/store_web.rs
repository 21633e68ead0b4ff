//! The browser's local storage.

const KEY: &str = "tidepool.settings";

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

pub(super) fn read() -> Option<String> {
    storage()?.get_item(KEY).ok()?
}

pub(super) fn write(text: &str) {
    if let Some(storage) = storage() {
        // A full or forbidden store only means that the choice is asked again.
        let _ = storage.set_item(KEY, text);
    }
}
