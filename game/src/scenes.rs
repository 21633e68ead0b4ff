//! The scenes that come with the program, as assets: each is parsed once, when the program starts.

use bevy::prelude::*;
use driver::scene_file;
use sim_kernels::scene::Scene;

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
}

impl Listed {
    /// What the picker shows: the title in the language that is spoken, or the file's.
    pub fn shown(&self) -> String {
        let id = format!("scene-{}", self.name);
        if words::words().has(&id) { words::say(&id) } else { self.title.clone() }
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
            Some(Listed { name, title: scene.title.clone(), scene: assets.add(SceneAsset { scene }) })
        })
        .collect();
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
        }
    }
}
