//! The interface for those who read it with a screen reader or walk through it by keys.
//!
//! egui describes its controls as an AccessKit tree. On a desktop `bevy_egui` hands that to the system, and what the
//! system asks for comes back from here. A browser has no such way for what a canvas shows: there the tree becomes
//! elements of the page (`page`), of which `tree` says what changed.

#[cfg(target_arch = "wasm32")]
mod page;
#[cfg(any(test, target_arch = "wasm32"))]
mod tree;

use bevy::prelude::*;

pub(crate) fn plugin(app: &mut App) {
    #[cfg(target_arch = "wasm32")]
    page::plugin(app);
    #[cfg(not(target_arch = "wasm32"))]
    desktop::plugin(app);
}

/// What egui calls the button that closes a window, in English alone.
const EGUI_CLOSES: &str = "Close window";

#[cfg(not(target_arch = "wasm32"))]
mod desktop {
    use super::EGUI_CLOSES;
    use bevy::a11y::ActionRequest;
    use bevy::prelude::*;
    use bevy_egui::input::EguiInputEvent;
    use bevy_egui::{EguiInputSet, EguiOutput, EguiPostUpdateSet, PrimaryEguiContext, egui};
    use words::say;

    pub(super) fn plugin(app: &mut App) {
        app.add_message::<ActionRequest>()
            .add_systems(PreUpdate, forward.in_set(EguiInputSet::ReadBevyMessages))
            .add_systems(
                PostUpdate,
                translate.after(EguiPostUpdateSet::ProcessOutput).before(EguiPostUpdateSet::PostProcessOutput),
            );
    }

    /// What egui says of itself is said in the language of the rest, and the window by its title.
    fn translate(mut outputs: Query<&mut EguiOutput>, window: Query<&Window>) {
        for mut output in &mut outputs {
            let Some(update) = &mut output.platform_output.accesskit_update else { continue };
            let root = update.tree.as_ref().map(|tree| tree.root);
            for (id, node) in &mut update.nodes {
                if node.label() == Some(EGUI_CLOSES) {
                    node.set_label(say("close-window"));
                } else if Some(*id) == root
                    && let Ok(window) = window.single()
                {
                    node.set_label(window.title.as_str());
                }
            }
        }
    }

    /// What a screen reader asks for is egui's to do.
    fn forward(
        mut asked: MessageReader<ActionRequest>,
        context: Query<Entity, With<PrimaryEguiContext>>,
        mut events: MessageWriter<EguiInputEvent>,
    ) {
        let Ok(context) = context.single() else { return asked.clear() };
        events.write_batch(asked.read().map(|request| {
            let event = egui::Event::AccessKitActionRequest((**request).clone());
            EguiInputEvent { context, event }
        }));
    }
}
