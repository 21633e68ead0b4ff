//! The languages that the user's system prefers.

/// Their tags, the most wanted first.
pub(super) fn tags() -> Vec<String> {
    sys_locale::get_locales().collect()
}
