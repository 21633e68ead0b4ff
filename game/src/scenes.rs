//! The worlds that come with the program, as assets: each is parsed once, when the program starts. Each has a small
//! picture, which is part of the program (`docs/worlds.md` says how it was made).

use bevy::prelude::*;
use driver::scene_file;
use sim_kernels::scene::Scene;

/// Lists the worlds' pictures by name.
macro_rules! pictures {
    ($($name:literal)*) => {
        &[$(($name, include_bytes!(concat!("../../assets/scenes/pictures/", $name, ".png")))),*]
    };
}

/// The pictures by the worlds' names, in the order in which they are shown: the gallery first, then the small scenes that
/// show one thing each.
const PICTURES: &[(&str, &[u8])] = pictures! {
    "volcano" "sand-clock" "oil-separator" "jelly-castle" "snow-slope" "lava-moat" "dam" "rain-garden"
    "powder-mine" "still" "marble-mud" "acid-cave" "forest-fire" "water-wheel" "ice-rink" "empty-lab"
    "fountain" "dam-break" "waterfall" "materials" "workshop" "wheels" "u-tube"
};

/// A scene that was read.
#[derive(Asset, TypePath, Clone, Debug)]
pub struct SceneAsset {
    /// What a room begins with.
    pub scene: Scene,
}

/// The scenes to choose from, in the picker's order.
#[derive(Resource, Debug, Default)]
pub struct Scenes {
    /// Each with what the picker shows.
    pub all: Vec<Listed>,
}

/// One scene of the picker.
#[derive(Clone, Debug)]
pub struct Listed {
    /// By which its title is found among the sentences.
    pub name: &'static str,
    /// The title that its file gives it.
    pub title: String,
    /// The scene.
    pub scene: Handle<SceneAsset>,
    /// Its picture, as a PNG file.
    pub picture: Option<&'static [u8]>,
}

impl Listed {
    /// What the picker shows: the title in the language that is spoken, or the file's.
    pub fn shown(&self) -> String {
        let id = format!("scene-{}", self.name);
        if words::words().has(&id) { words::say(&id) } else { self.title.clone() }
    }

    /// What to try in it, in one sentence.
    pub fn to_try(&self) -> Option<String> {
        let id = format!("scene-{}-try", self.name);
        words::words().has(&id).then(|| words::say(&id))
    }
}

pub(crate) fn plugin(app: &mut App) {
    app.init_asset::<SceneAsset>().init_resource::<Scenes>().add_systems(Startup, load);
}

fn load(mut scenes: ResMut<Scenes>, mut assets: ResMut<Assets<SceneAsset>>) {
    scenes.all = scene_file::BUILT_IN
        .iter()
        .filter_map(|(name, text)| {
            let scene = scene_file::parse(name, text).inspect_err(|error| log::error!("{error}")).ok()?;
            let picture = PICTURES.iter().find(|picture| picture.0 == *name).map(|picture| picture.1);
            Some(Listed { name, title: scene.title.clone(), scene: assets.add(SceneAsset { scene }), picture })
        })
        .collect();
    let place = |listed: &Listed| PICTURES.iter().position(|picture| picture.0 == listed.name);
    scenes.all.sort_by_key(|listed| place(listed).unwrap_or(PICTURES.len()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scene_is_parsed_once_and_has_a_title() {
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, bevy::asset::AssetPlugin::default(), plugin));
        for _ in 0..3 {
            app.update();
        }
        let scenes = app.world().resource::<Scenes>();
        let assets = app.world().resource::<Assets<SceneAsset>>();
        assert_eq!((scenes.all.len(), assets.len()), (scene_file::BUILT_IN.len(), scene_file::BUILT_IN.len()));
        assert!(scenes.all.iter().all(|listed| !listed.title.is_empty() && assets.contains(&listed.scene)));
        for listed in &scenes.all {
            assert!(
                words::english().has(&format!("scene-{}", listed.name)),
                "`scene-{}` in game/words/text",
                listed.name
            );
            assert_eq!(listed.shown(), listed.title, "the file and the sentence");
            assert!(listed.to_try().is_some(), "`scene-{}-try` in game/words/text", listed.name);
            let picture = crate::png_file::Pixels::decode(listed.picture.expect("a picture")).expect("a PNG file");
            assert!(picture.width <= 256 && picture.height <= 256, "{}", listed.name);
        }
    }

    /// The page grows by them.
    #[test]
    fn the_pictures_are_small() {
        let bytes: usize = PICTURES.iter().map(|picture| picture.1.len()).sum();
        assert!(bytes < 200_000, "{bytes} bytes");
        assert!(PICTURES.iter().all(|picture| picture.1.len() < 14_000));
    }
}
