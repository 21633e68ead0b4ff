//! What wgpu does not tell about a browser's adapter, asked of the browser itself.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// A name for the default adapter, and whether the browser calls it a fallback (software) adapter.
/// Browsers leave the description empty unless asked with special flags; vendor and architecture remain.
pub(super) async fn adapter_name(description: &str) -> (String, bool) {
    let info = adapter_info().await.unwrap_or(JsValue::UNDEFINED);
    let text = |key: &str| Reflect::get(&info, &key.into()).ok().and_then(|v| v.as_string()).unwrap_or_default();
    let fallback = Reflect::get(&info, &"isFallbackAdapter".into()).is_ok_and(|v| v.is_truthy());
    let parts = [text("vendor"), text("architecture"), description.to_owned()];
    let name = parts.iter().filter(|p| !p.is_empty()).cloned().collect::<Vec<_>>().join(" ");
    (if name.is_empty() { "GPU".to_owned() } else { name }, fallback)
}

async fn adapter_info() -> Result<JsValue, JsValue> {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into())?;
    let gpu = Reflect::get(&navigator, &"gpu".into())?;
    let request: Function = Reflect::get(&gpu, &"requestAdapter".into())?.dyn_into()?;
    let promise: Promise = request.call0(&gpu)?.dyn_into()?;
    let adapter = JsFuture::from(promise).await?;
    Reflect::get(&adapter, &"info".into())
}
