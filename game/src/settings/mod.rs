//! What the player chose and should not be asked again: name, lending, hints, language. Kept between visits in the
//! browser's local storage or in a small file of the user's configuration directory; when neither can be
//! written the choices last for the visit.

mod picture;
mod sound;

pub use self::picture::{Colours, PictureChoices};
pub use self::sound::SoundChoices;
use bevy::prelude::*;
use driver::share::Share;
use serde::{Deserialize, Serialize};
use words::Language;

/// The longest name, in bytes: what the room accepts.
pub const NAME_BYTES_MAX: usize = 32;
/// The smallest that the interface gets, in percent of its usual size.
pub const SCALE_MIN: u32 = 75;
/// The largest that it gets.
pub const SCALE_MAX: u32 = 200;

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
    /// What is drawn, and how.
    pub picture: PictureChoices,
    /// What is heard.
    pub sound: SoundChoices,
    /// The brush's radius in cells; none when it was never changed.
    pub radius: Option<i32>,
    /// The materials that are marked as favourites, by name: a file of another version may name some that this one lacks.
    pub favourites: Vec<String>,
    /// The language by its tag; none when it was never chosen, and the system's holds. A text, since a file of another
    /// version may name one that this one lacks.
    pub language: Option<String>,
    /// How large the interface is, in percent of its usual size; none when it was never changed, and the window's size decides.
    pub scale: Option<u32>,
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

    /// The language to speak: the chosen one, or else the first that the system prefers and that is there, or English.
    pub fn language(&self) -> Language {
        let chosen = self.language.as_deref().and_then(Language::of_tag);
        chosen.unwrap_or_else(|| Language::preferred(locale::tags()))
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
const SETTLED_S: f64 = 0.6;

/// The settings as they are kept, and those that are about to be, with the time of their last change.
#[derive(Resource, Debug)]
struct Kept {
    settings: Settings,
    changed: Option<(Settings, f64)>,
}

pub(crate) fn plugin(app: &mut App) {
    // As they were read, before the command line changes them for this visit.
    let settings = app.world_mut().get_resource_or_init::<Settings>().clone();
    app.insert_resource(Kept { settings, changed: None })
        // After the window's end, so that a choice made just before it is kept.
        .add_systems(Last, (measure_window, keep).chain().after(bevy::window::ExitSystems));
}

/// Speaks the language of the settings from now on. Only the program calls this, no feature's `plugin`: tests of those
/// stay English on every machine.
pub fn speak(settings: Res<Settings>) {
    let language = settings.language();
    words::speak(language);
    #[cfg(target_arch = "wasm32")]
    locale::tell(language.tag());
}

/// The window's size is kept, too (desktop).
fn measure_window(mut settings: ResMut<Settings>, window: Query<&Window>) {
    let on_desktop = window.single().ok().filter(|_| !cfg!(target_arch = "wasm32"));
    let size = on_desktop.map(|window| [window.width() as u32, window.height() as u32]);
    if let Some(size) = size.filter(|size| size[0] > 0 && size[1] > 0 && settings.window != Some(*size)) {
        settings.window = Some(size);
    }
}

fn keep(settings: Res<Settings>, mut kept: ResMut<Kept>, mut exits: MessageReader<AppExit>, time: Res<Time>) {
    let exits = exits.read().next().is_some();
    if kept.is_due(&settings, exits, time.elapsed_secs_f64()) {
        if let Ok(text) = serde_json::to_string(&*settings) {
            store::write(&text);
        }
        *kept = Kept { settings: settings.clone(), changed: None };
    }
}

impl Kept {
    /// Whether these settings are to be written now.
    fn is_due(&mut self, settings: &Settings, exits: bool, now: f64) -> bool {
        if self.settings == *settings {
            self.changed = None;
            return false;
        }
        let since = match &self.changed {
            Some((known, since)) if known == settings => *since,
            _ => {
                self.changed = Some((settings.clone(), now));
                now
            }
        };
        exits || now - since >= SETTLED_S
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod store;
#[cfg(target_arch = "wasm32")]
#[path = "store_web.rs"]
mod store;

#[cfg(not(target_arch = "wasm32"))]
mod locale;
#[cfg(target_arch = "wasm32")]
#[path = "locale_web.rs"]
mod locale;

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
    fn a_choice_is_written_when_it_has_settled_or_at_the_end() {
        let mut kept = Kept { settings: Settings::default(), changed: None };
        let chosen = |radius| Settings { radius: Some(radius), ..Settings::default() };
        assert!(!kept.is_due(&Settings::default(), true, 0.0), "nothing changed");
        assert!(!kept.is_due(&chosen(3), false, 1.0));
        assert!(!kept.is_due(&chosen(4), false, 1.0 + SETTLED_S), "the slider moves on");
        assert!(kept.is_due(&chosen(4), false, 1.0 + 2.0 * SETTLED_S));
        assert!(kept.is_due(&chosen(5), true, 2.5), "the window closes");
    }

    #[test]
    fn settings_of_an_older_version_still_load() {
        let old: Settings = serde_json::from_str(r#"{"name":"Ben","gone":1}"#).unwrap();
        assert_eq!(old, Settings { name: "Ben".into(), ..Settings::default() });
        assert_eq!((old.share(), old.power_saver), (Share::FULL, None));
    }

    #[test]
    fn the_chosen_language_holds_and_one_that_is_not_known_spoils_nothing() {
        let read = |text: &str| serde_json::from_str::<Settings>(text).unwrap();
        assert_eq!(read(r#"{"language":"de"}"#).language(), Language::German);
        assert_eq!(read(r#"{"language":"en"}"#).language(), Language::English);
        let newer = read(r#"{"language":"tlh","name":"Ben"}"#);
        assert_eq!((newer.name.as_str(), newer.language()), ("Ben", Settings::default().language()));
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
