//! What the page's own scripts offer to the program: functions and values of the global object (`web/page/loader.js`).

use wasm_bindgen::prelude::*;

fn global(name: &str) -> Option<JsValue> {
    js_sys::Reflect::get(&js_sys::global(), &name.into()).ok().filter(|value| !value.is_undefined())
}

/// Calls a function of the page; one that it lacks is not called.
pub(crate) fn tell(name: &str, what: impl IntoIterator<Item = JsValue>) {
    let function = global(name).and_then(|value| value.dyn_into::<js_sys::Function>().ok());
    if let Some(function) = function
        && let Err(why) = function.apply(&JsValue::NULL, &what.into_iter().collect::<js_sys::Array>())
    {
        log::warn!("{name} of the page failed: {why:?}");
    }
}

/// Bytes that the page holds for the program.
pub(crate) fn bytes(name: &str) -> Option<Vec<u8>> {
    global(name)?.dyn_into::<js_sys::Uint8Array>().ok().map(|bytes| bytes.to_vec())
}
