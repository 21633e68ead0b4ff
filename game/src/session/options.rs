//! Launch options: what the program was started with, by the command line or the page's address.

use crate::settings::Settings;
use bevy::prelude::*;
use driver::share::Share;

/// What the program was started with.
#[derive(Resource, Clone, Debug, Default)]
pub struct Options {
    /// The room to join; none opens one of this player's own (a desktop) or plays alone (a page).
    pub room: Option<String>,
    /// The signaling server; none hosts one (a desktop).
    pub signaling: Option<String>,
    /// The scene to open with, by name (a desktop: or by file).
    pub scene: Option<String>,
    /// The saved world to open with, instead of a scene.
    pub save: Option<Vec<u8>>,
    /// `auto`, `cpu`, `gpu`, or a part of an adapter's name.
    pub backend: Option<String>,
    /// How much of this device to lend; none takes the one of the settings.
    pub share: Option<Share>,
    /// The player's name; none takes the one of the settings.
    pub name: Option<String>,
    /// Never connect.
    pub solo: bool,
    /// Whose certificates to believe beside the public authorities' (a desktop).
    pub trust: driver::net::trust::Trust,
}

/// The slider shows the share that was asked for, and changes it.
pub(super) fn apply(options: Res<Options>, mut settings: ResMut<Settings>) {
    if let Some(share) = options.share {
        settings.share = Some(share.percent());
    }
}

/// What the others are shown.
pub(super) fn player_name(options: &Options, settings: &Settings) -> String {
    chosen_name(options, settings).unwrap_or_else(|| words::say("nameless"))
}

/// The name that the player goes by, if any was ever chosen: the command line's before the settings'.
pub fn chosen_name(options: &Options, settings: &Settings) -> Option<String> {
    let chosen = [&settings.name, options.name.as_ref().unwrap_or(&settings.name)];
    chosen.into_iter().map(|n| Settings::tidy_name(n)).rfind(|n| !n.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_names_the_player_before_the_settings() {
        let settings = Settings { name: "Anna".into(), ..Settings::default() };
        assert_eq!(player_name(&Options::default(), &settings), "Anna");
        let options = Options { name: Some("Ben".into()), ..Options::default() };
        assert_eq!(player_name(&options, &settings), "Ben");
        assert_eq!(player_name(&Options::default(), &Settings::default()), "guest");
    }
}
