//! The GPU that draws: when its first frame is done, and what follows when it is lost.
//!
//! Nothing that lay on a lost device can be drawn again, and egui's part makes its pipelines only once. So the program
//! begins again in the same room: a page loads itself anew (`lost` in `web/page/lost.js`), the desktop's program starts
//! once more (`again`). Until then the room goes on, since the driver does not use this device.

use bevy::prelude::*;
use bevy::render::error_handler::{RenderError, RenderErrorHandler, RenderErrorPolicy};

#[cfg(not(target_arch = "wasm32"))]
pub use desktop::{Lost, lost};

pub(crate) fn plugin(app: &mut App) {
    app.insert_resource(RenderErrorHandler(failed));
    #[cfg(target_arch = "wasm32")]
    page::watch(app);
}

/// Called in each frame from the first error on. Drawing on would fail again.
fn failed(error: &RenderError, world: &mut World, _: &mut World) -> RenderErrorPolicy {
    let why = format!("{:?}: {}", error.ty, error.description);
    #[cfg(not(target_arch = "wasm32"))]
    desktop::begin_again(world, why);
    #[cfg(target_arch = "wasm32")]
    page::begin_again(world, &why);
    RenderErrorPolicy::StopRendering
}

#[cfg(not(target_arch = "wasm32"))]
mod desktop {
    use crate::session::Session;
    use bevy::prelude::*;
    use std::sync::{Mutex, PoisonError};

    /// What was lost.
    #[derive(Clone, Debug)]
    pub struct Lost {
        /// What the GPU's driver says.
        pub why: String,
        /// The room that the window was in.
        pub room: Option<String>,
    }

    static LOST: Mutex<Option<Lost>> = Mutex::new(None);

    /// Why the window ended, if that is because its GPU was lost.
    pub fn lost() -> Option<Lost> {
        LOST.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn begin_again(world: &mut World, why: String) {
        let mut lost = LOST.lock().unwrap_or_else(PoisonError::into_inner);
        if lost.is_none() {
            let room = world.get_resource::<Session>().and_then(|session| session.room().cloned());
            *lost = Some(Lost { why, room });
            // The window leaves the room in order as it closes.
            world.write_message(AppExit::error());
        }
    }
}

#[cfg(target_arch = "wasm32")]
mod page {
    use bevy::prelude::*;
    use bevy::render::render_resource::PipelineCache;
    use bevy::render::renderer::RenderQueue;
    use bevy::render::{Render, RenderApp, RenderSystems};
    use std::sync::atomic::{AtomicBool, Ordering};
    use wasm_bindgen::prelude::*;

    /// So many frames with nothing left to be compiled are waited for: what one frame shows may ask for more.
    const COMPLETE_FRAMES: u32 = 3;

    static SHOWN: AtomicBool = AtomicBool::new(false);

    /// Whether a frame has been drawn with everything that belongs to it.
    #[wasm_bindgen(js_name = tidepoolShown)]
    pub fn shown() -> bool {
        SHOWN.load(Ordering::Relaxed)
    }

    pub(super) fn watch(app: &mut App) {
        if let Some(render) = app.get_sub_app_mut(RenderApp) {
            render.add_systems(Render, notice.in_set(RenderSystems::Cleanup));
        }
    }

    fn notice(pipelines: Res<PipelineCache>, queue: Res<RenderQueue>, mut complete: Local<u32>) {
        if *complete == COMPLETE_FRAMES {
            return;
        }
        let compiled = pipelines.pipelines().next().is_some() && pipelines.waiting_pipelines().next().is_none();
        *complete = if compiled { *complete + 1 } else { 0 };
        if *complete == COMPLETE_FRAMES {
            // A browser may compile when a pipeline is first used: it has been once this work is done.
            queue.on_submitted_work_done(|| SHOWN.store(true, Ordering::Relaxed));
        }
    }

    pub(super) fn begin_again(world: &mut World, why: &str) {
        #[derive(Resource)]
        struct Told;
        if !world.contains_resource::<Told>() {
            world.insert_resource(Told);
            crate::page::tell("tidepoolLost", ["gpu".into(), why.into()]);
        }
    }
}
