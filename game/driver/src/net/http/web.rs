//! The client of pages: `fetch`. Whom to trust the browser decides.

use super::{ANSWER_BYTES_MAX, Answer, HttpError, TIMEOUT};
use crate::net::trust::Trust;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Gets, or posts JSON.
///
/// # Errors
/// Where there is no answer, or too long a one; any status is an answer.
pub async fn request(url: &str, body: Option<&str>, _: &Trust) -> Result<Answer, HttpError> {
    let fail = |why: JsValue| HttpError::Network { host: String::new(), why: words(&why) };
    let window = web_sys::window().ok_or_else(|| fail("there is no page to ask from".into()))?;
    let init = web_sys::RequestInit::new();
    let signal = web_sys::AbortSignal::timeout_with_u32(TIMEOUT.as_millis() as u32);
    init.set_signal(Some(&signal));
    if let Some(body) = body {
        init.set_method("POST");
        init.set_body(&JsValue::from_str(body));
    }
    let answer = JsFuture::from(window.fetch_with_str_and_init(url, &init)).await.map_err(fail)?;
    let answer: web_sys::Response = answer.dyn_into().map_err(fail)?;
    let text = JsFuture::from(answer.text().map_err(fail)?).await.map_err(fail)?;
    let text = text.as_string().unwrap_or_default();
    if text.len() > ANSWER_BYTES_MAX {
        return Err(HttpError::TooLong);
    }
    Ok(Answer { status: answer.status(), body: text.into_bytes() })
}

fn words(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(|| format!("{error:?}"), |e| String::from(e.message()))
}
