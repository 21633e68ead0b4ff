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

#[cfg(not(target_arch = "wasm32"))]
mod desktop {
    use bevy::a11y::ActionRequest;
    use bevy::prelude::*;
    use bevy_egui::input::EguiInputEvent;
    use bevy_egui::{EguiInputSet, PrimaryEguiContext, egui};

    pub(super) fn plugin(app: &mut App) {
        app.add_message::<ActionRequest>().add_systems(PreUpdate, forward.in_set(EguiInputSet::ReadBevyMessages));
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
