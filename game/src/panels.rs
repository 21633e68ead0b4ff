//! Which windows of the interface are open: keys and buttons open and close them alike.

use bevy::prelude::*;

/// Which windows are open.
#[derive(Resource, Debug, Default, PartialEq, Eq)]
pub struct Panels {
    /// Room and people.
    pub room: bool,
    /// Scene picker.
    pub scenes: bool,
    /// Help.
    pub help: bool,
    /// What is drawn, and how.
    pub picture: bool,
    /// All materials.
    pub materials: bool,
    /// All that can be done, by name.
    pub acts: bool,
    /// Going back in time.
    pub past: bool,
    /// The shelf of stamps.
    pub stamps: bool,
}

impl Panels {
    /// Opens or closes the room's window; it, the picture's, the stamps' and help lie in one place.
    pub fn toggle_room(&mut self) {
        self.toggle(|panels| &mut panels.room);
    }

    /// Opens or closes help.
    pub fn toggle_help(&mut self) {
        self.toggle(|panels| &mut panels.help);
    }

    /// Opens or closes the picture's window.
    pub fn toggle_picture(&mut self) {
        self.toggle(|panels| &mut panels.picture);
    }

    /// Opens or closes the shelf of stamps.
    pub fn toggle_stamps(&mut self) {
        self.toggle(|panels| &mut panels.stamps);
    }

    /// Opens or closes one of those that lie in one place; the others are closed where it opens.
    fn toggle(&mut self, one: fn(&mut Self) -> &mut bool) {
        let opens = !*one(self);
        if opens {
            (self.room, self.help, self.picture, self.stamps) = (false, false, false, false);
        }
        *one(self) = opens;
    }

    /// Opens or closes the list of all that can be done.
    pub fn toggle_acts(&mut self) {
        self.acts = !self.acts;
    }

    /// Closes all.
    pub fn close(&mut self) {
        *self = Self::default();
    }
}

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Panels>();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_one_place_is_never_open_together() {
        let mut panels = Panels::default();
        panels.toggle_room();
        panels.toggle_help();
        assert_eq!(panels, Panels { help: true, ..Panels::default() });
        panels.toggle_picture();
        assert_eq!(panels, Panels { picture: true, ..Panels::default() });
        panels.toggle_stamps();
        assert_eq!(panels, Panels { stamps: true, ..Panels::default() });
        panels.toggle_room();
        assert_eq!(panels, Panels { room: true, ..Panels::default() });
        panels.close();
        assert_eq!(panels, Panels::default());
    }
}
