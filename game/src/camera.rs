//! Where one looks: centre and scale. Wheel and pinch zoom about the pointer, middle or right button and two
//! fingers pan; a new world is fitted to the window.

use crate::pointer::Pointer;
use crate::schedule::AppSystems;
use bevy::prelude::*;

/// Screen points a cell at the nearest zoom.
const POINTS_PER_CELL_MAX: f32 = 40.0;
/// Screen points that a fitted world leaves free at its edges.
const FIT_MARGIN: Vec2 = Vec2::new(2.0, 4.0);

/// Screen points that the interface's bars take from the world. The system that lays out the bars writes it.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
pub struct ScreenInsets {
    /// Above.
    pub top: f32,
    /// Below.
    pub bottom: f32,
}

/// What part of the world the window shows. Screen points have their origin at the top left, cells at the
/// bottom left.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    /// The cell in the middle of the window.
    pub centre: Vec2,
    /// Cells a screen point.
    pub cells_per_pixel: f32,
    /// Window size in screen points.
    pub window: Vec2,
    /// World size in cells.
    pub world: Vec2,
    /// What the bars take of the window.
    pub insets: ScreenInsets,
    /// Whether the player has moved the view since it was fitted; if not, it is kept fitted.
    moved: bool,
}

impl Default for Viewport {
    fn default() -> Self {
        let world = Vec2::new(256.0, 128.0);
        let (centre, window) = (world / 2.0, Vec2::new(1280.0, 800.0));
        Self { centre, cells_per_pixel: 0.25, window, world, insets: ScreenInsets::default(), moved: false }
    }
}

impl Viewport {
    /// Shows the whole of a world.
    pub fn fit(&mut self, world: Vec2) {
        self.world = world;
        self.cells_per_pixel = self.fitted();
        // The free part's middle lies a little above the window's.
        self.centre = world / 2.0 + Vec2::new(0.0, (self.insets.top - self.insets.bottom) / 2.0 * self.cells_per_pixel);
        self.moved = false;
    }

    /// The same view where lengths are told in points of which each is `scale` screen points.
    pub fn scaled(&self, scale: f32) -> Self {
        Self { cells_per_pixel: self.cells_per_pixel * scale, window: self.window / scale, ..*self }
    }

    /// The cell under a screen point.
    pub fn to_world(&self, point: Vec2) -> Vec2 {
        self.centre + (point - self.window / 2.0) * Vec2::new(1.0, -1.0) * self.cells_per_pixel
    }

    /// Where a point of the world is on the screen.
    pub fn to_screen(&self, cell: Vec2) -> Vec2 {
        (cell - self.centre) * Vec2::new(1.0, -1.0) / self.cells_per_pixel + self.window / 2.0
    }

    /// Moves the world with the pointer by `delta` screen points.
    pub fn pan(&mut self, delta: Vec2) {
        self.centre -= delta * Vec2::new(1.0, -1.0) * self.cells_per_pixel;
        self.centre = self.centre.clamp(Vec2::ZERO, self.world);
        self.moved = true;
    }

    /// Enlarges by `factor` about a screen point, which keeps showing the same cell.
    pub fn zoom(&mut self, point: Vec2, factor: f32) {
        let anchor = self.to_world(point);
        let farthest = self.fitted() * 1.6;
        self.cells_per_pixel = (self.cells_per_pixel / factor).clamp(1.0 / POINTS_PER_CELL_MAX, farthest);
        self.centre += anchor - self.to_world(point);
        self.centre = self.centre.clamp(Vec2::ZERO, self.world);
        self.moved = true;
    }

    fn fitted(&self) -> f32 {
        let free = self.window - FIT_MARGIN * 2.0 - Vec2::new(0.0, self.insets.top + self.insets.bottom);
        (self.world / free.max(Vec2::splat(50.0))).max_element()
    }
}

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Viewport>()
        .init_resource::<ScreenInsets>()
        .add_systems(Update, (resize, steer).chain().in_set(AppSystems::Camera));
}

/// Keeps a world fitted whose window, or what the bars leave of it, changed.
fn resize(window: Query<&Window>, insets: Res<ScreenInsets>, mut viewport: ResMut<Viewport>) {
    let size = window.single().map_or(viewport.window, Window::size);
    if (size, *insets) != (viewport.window, viewport.insets) && size.min_element() > 0.0 {
        (viewport.window, viewport.insets) = (size, *insets);
        if !viewport.moved {
            let world = viewport.world;
            viewport.fit(world);
        }
    }
}

fn steer(pointer: Res<Pointer>, mut viewport: ResMut<Viewport>) {
    if pointer.pan != Vec2::ZERO {
        viewport.pan(pointer.pan);
    }
    if pointer.zoom != 1.0 {
        viewport.zoom(pointer.zoom_at, pointer.zoom);
    }
    if pointer.fit {
        let world = viewport.world;
        viewport.fit(world);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zoom_keeps_the_cell_under_the_pointer() {
        let mut v = Viewport::default();
        v.fit(Vec2::new(512.0, 256.0));
        let point = Vec2::new(700.0, 420.0);
        let before = v.to_world(point);
        v.zoom(point, 1.7);
        assert!(before.distance(v.to_world(point)) < 1e-3);
    }

    #[test]
    fn a_scaled_view_shows_each_cell_at_the_same_place() {
        let view = Viewport { window: Vec2::new(900.0, 700.0), ..default() };
        let cell = Vec2::new(17.0, 90.0);
        assert!(view.to_screen(cell).distance(view.scaled(1.25).to_screen(cell) * 1.25) < 1e-3);
    }

    #[test]
    fn a_fitted_world_is_wholly_visible() {
        for world in [Vec2::new(4096.0, 1024.0), Vec2::new(64.0, 256.0)] {
            let insets = ScreenInsets { top: 62.0, bottom: 152.0 };
            let mut v = Viewport { window: Vec2::new(390.0, 844.0), insets, ..default() };
            v.fit(world);
            let (low, high) = (v.to_world(Vec2::new(0.0, 844.0)), v.to_world(Vec2::new(390.0, 0.0)));
            assert!(low.max_element() < 0.0 && high.x > world.x && high.y > world.y, "{low} {high}");
        }
    }

    /// As the bars change, so does the fitted world; one that was moved stays where it is.
    #[test]
    fn a_world_is_fitted_between_the_bars_until_it_is_moved() {
        let mut app = App::new();
        app.init_resource::<Pointer>().add_plugins(plugin);
        app.world_mut().resource_mut::<Pointer>().zoom = 1.0;
        let scale_with = |app: &mut App, bottom| {
            app.insert_resource(ScreenInsets { top: 62.0, bottom });
            app.update();
            app.world().resource::<Viewport>().cells_per_pixel
        };
        app.world_mut().resource_mut::<Viewport>().fit(Vec2::new(64.0, 256.0));
        let wide = scale_with(&mut app, 90.0);
        assert!(scale_with(&mut app, 152.0) > wide, "less room, more cells a point");
        assert_eq!(scale_with(&mut app, 90.0), wide);
        app.world_mut().resource_mut::<Viewport>().pan(Vec2::new(5.0, 0.0));
        assert_eq!(scale_with(&mut app, 300.0), wide);
    }

    #[test]
    fn panning_moves_the_world_with_the_pointer() {
        let mut v = Viewport::default();
        v.fit(Vec2::new(512.0, 256.0));
        let before = v.to_world(Vec2::new(100.0, 100.0));
        assert!(v.to_screen(before).distance(Vec2::splat(100.0)) < 1e-2);
        v.pan(Vec2::new(30.0, -10.0));
        assert!(before.distance(v.to_world(Vec2::new(130.0, 90.0))) < 1e-3);
    }
}
