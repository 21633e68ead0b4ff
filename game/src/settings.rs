//! What the player chose and should not be asked again: name, lending, hints. Kept between visits in the
//! browser's local storage or in a small file of the user's configuration directory; when neither can be
//! written the choices last for the visit.

use crate::tools::Brush;
use bevy::prelude::*;
use driver::share::Share;
use serde::{Deserialize, Serialize};

/// The longest name, in bytes: what the room accepts.
pub const NAME_BYTES_MAX: usize = 32;

/// See the module's description.
#[derive(Resource, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Shown to the others.
    pub name: String,
    /// Lend this device for computing; none when it was never asked.
    pub lend: Option<bool>,
    /// How much of this device is lent, in percent; none when it was never changed.
    pub share: Option<u32>,
    /// Compute nothing; none when it was never chosen, and a battery decides.
    pub power_saver: Option<bool>,
    /// The first-run hint was read.
    pub hint_seen: bool,
    /// Show strips.
    pub strips: bool,
    /// Show figures.
    pub figures: bool,
    /// The brush's radius in cells; none when it was never changed.
    pub radius: Option<i32>,
    /// The window's size in points (desktop).
    pub window: Option<[u32; 2]>,
}

impl Settings {
    /// What was kept, or the defaults.
    pub fn load() -> Self {
        store::read().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    /// How much of this device is lent.
    pub fn share(&self) -> Share {
        self.share.map_or(Share::FULL, Share::new)
    }

    /// Cuts a name to what the room accepts, at a character's border.
    pub fn tidy_name(name: &str) -> String {
        let mut end = name.len().min(NAME_BYTES_MAX);
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        name[..end].trim().to_owned()
    }
}

/// A choice is written when it has not changed for this long, in seconds: not at every step of a slider.
const SETTLED_S: f32 = 0.6;

pub(crate) fn plugin(app: &mut App) {
    // After the window's end, so that a choice made just before it is kept.
    app.add_systems(Last, (gather, keep).chain().after(bevy::window::ExitSystems));
}

/// What is chosen elsewhere and kept here.
fn gather(mut settings: ResMut<Settings>, brush: Option<Res<Brush>>, window: Query<&Window>) {
    let radius = brush.filter(|brush| brush.radius != Brush::default().radius).map(|brush| brush.radius);
    let on_desktop = window.single().ok().filter(|_| !cfg!(target_arch = "wasm32"));
    let size =
        on_desktop.map(|window| [window.width() as u32, window.height() as u32]).filter(|s| s[0] > 0 && s[1] > 0);
    if radius != settings.radius || (size.is_some() && size != settings.window) {
        settings.radius = radius;
        settings.window = size.or(settings.window);
    }
}

fn keep(
    settings: Res<Settings>,
    mut kept: Local<Option<Settings>>,
    mut seen: Local<Option<(Settings, f32)>>,
    mut exits: MessageReader<AppExit>,
    time: Res<Time>,
) {
    // Not what the visit began with: the command line may have changed that.
    let kept = kept.get_or_insert_with(Settings::load);
    if *kept == *settings {
        *seen = None;
        return;
    }
    let now = time.elapsed_secs();
    let since = match &*seen {
        Some((known, since)) if *known == *settings => *since,
        _ => {
            *seen = Some((settings.clone(), now));
            now
        }
    };
    if now - since < SETTLED_S && exits.read().next().is_none() {
        return;
    }
    if let Ok(text) = serde_json::to_string(&*settings) {
        store::write(&text);
    }
    *kept = settings.clone();
}

#[cfg(not(target_arch = "wasm32"))]
mod store {
    use std::path::PathBuf;

    fn path() -> Option<PathBuf> {
        let config = std::env::var_os("XDG_CONFIG_HOME").or_else(|| std::env::var_os("APPDATA")).map(PathBuf::from);
        let config = config.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".config")));
        Some(config?.join("tidepool").join("settings.json"))
    }

    pub(super) fn read() -> Option<String> {
        std::fs::read_to_string(path()?).ok()
    }

    pub(super) fn write(text: &str) {
        let Some(path) = path() else { return };
        let written = path.parent().map(std::fs::create_dir_all).transpose().and_then(|_| std::fs::write(&path, text));
        if let Err(error) = written {
            log::warn!("settings are not kept: {}: {error}", path.display());
        }
    }
}

#[cfg(target_arch = "wasm32")]
mod store {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_at_a_character() {
        let name = Settings::tidy_name(&"ä".repeat(40));
        assert_eq!(name.len(), NAME_BYTES_MAX);
        assert_eq!(Settings::tidy_name("  Anna "), "Anna");
    }

    #[test]
    fn settings_of_an_older_version_still_load() {
        let old: Settings = serde_json::from_str(r#"{"name":"Ben","gone":1}"#).unwrap();
        assert_eq!(old, Settings { name: "Ben".into(), ..Settings::default() });
        assert_eq!((old.share(), old.power_saver), (Share::FULL, None));
    }

    #[test]
    fn the_power_saver_and_the_share_are_kept() {
        let chosen = Settings { share: Some(35), power_saver: Some(false), ..Settings::default() };
        let text = serde_json::to_string(&chosen).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&text).unwrap(), chosen);
        // A file that somebody wrote by hand.
        let odd: Settings = serde_json::from_str(r#"{"share":0}"#).unwrap();
        assert_eq!(odd.share().percent(), Share::PERCENT_MIN);
    }
}
