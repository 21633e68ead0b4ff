//! The page's way to ask the signaling server: fetch.

use super::directory::ANSWER_BYTES_MAX;
use super::trust::Trust;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Gets, or posts JSON. Answers with the status and the body. Whom to trust the browser decides.
pub async fn request(url: &str, body: Option<&str>, _: &Trust) -> Result<(u16, Vec<u8>), String> {
    let fail = |e: JsValue| format!("the signaling server cannot be reached: {}", words(&e));
    let window = web_sys::window().ok_or("there is no page to ask from")?;
    let init = web_sys::RequestInit::new();
    if let Some(body) = body {
        init.set_method("POST");
        init.set_body(&JsValue::from_str(body));
    }
    let answer = JsFuture::from(window.fetch_with_str_and_init(url, &init)).await.map_err(fail)?;
    let answer: web_sys::Response = answer.dyn_into().map_err(fail)?;
    let text = JsFuture::from(answer.text().map_err(fail)?).await.map_err(fail)?;
    let text = text.as_string().unwrap_or_default();
    if text.len() > ANSWER_BYTES_MAX {
        return Err("the signaling server's answer is too long".into());
    }
    Ok((answer.status(), text.into_bytes()))
}

fn words(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(|| format!("{error:?}"), |e| String::from(e.message()))
}
