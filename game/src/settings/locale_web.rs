//! The languages that the browser's user prefers, and the page's own.

/// Their tags, the most wanted first.
pub(super) fn tags() -> Vec<String> {
    let languages = web_sys::window().map(|window| window.navigator().languages());
    languages.iter().flat_map(|all| all.iter()).filter_map(|tag| tag.as_string()).collect()
}

/// Says which language the page is in, to those who read it aloud.
pub(super) fn tell(tag: &str) {
    let page = web_sys::window().and_then(|window| window.document()).and_then(|page| page.document_element());
    // A page without a root has nobody to tell.
    let _ = page.map(|page| page.set_attribute("lang", tag));
}
