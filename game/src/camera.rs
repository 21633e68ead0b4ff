//! Where one looks: centre and scale. Wheel and pinch zoom about the pointer, middle or right button and two
//! fingers pan. A new world is fitted to the window; where it would be a thin band there, one begins nearer, with a part of it.

use crate::pointer::Pointer;
use crate::schedule::AppSystems;
use bevy::prelude::*;

/// Screen points a cell at the nearest zoom.
const POINTS_PER_CELL_MAX: f32 = 40.0;
/// Screen points that a fitted world leaves free at its edges.
const FIT_MARGIN: Vec2 = Vec2::new(2.0, 4.0);
/// How much of the window a new world fills along the axis that it fills less, if coming nearer by no more than a factor is
/// enough for that.
const FILLED: f32 = 0.8;
const NEARER_MAX: f32 = 3.0;
/// Of what is left above and below it, this share is below: there is more to see in the sky.
const BELOW: f32 = 0.4;

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
    /// The whole of the world is wanted, however small that gets.
    whole: bool,
    /// Where there is something to see, in cells from the left, if only a part of the world is shown.
    begins_at: f32,
}

impl Default for Viewport {
    fn default() -> Self {
        let world = Vec2::new(256.0, 128.0);
        let (centre, window) = (world / 2.0, Vec2::new(1280.0, 800.0));
        Self {
            centre,
            cells_per_pixel: 0.25,
            window,
            world,
            insets: ScreenInsets::default(),
            moved: false,
            whole: false,
            begins_at: world.x / 2.0,
        }
    }
}

impl Viewport {
    /// Shows a new world so that it fills the window.
    pub fn fit(&mut self, world: Vec2) {
        (self.world, self.begins_at, self.whole) = (world, world.x / 2.0, false);
        self.place();
    }

    /// Shows the whole of the world.
    pub fn fit_whole(&mut self) {
        self.whole = true;
        self.place();
    }

    /// There is something to see so many cells from the left: a new world of which only a part is shown begins there, unless
    /// the player has looked elsewhere.
    pub fn begin_at(&mut self, x: f32) {
        self.begins_at = x;
        if !self.moved {
            self.place();
        }
    }

    fn place(&mut self) {
        let (world, free) = (self.world, self.free());
        self.cells_per_pixel = self.fitted();
        if !self.whole {
            let filled = (world / self.cells_per_pixel / free).min_element();
            self.cells_per_pixel /= (FILLED / filled).clamp(1.0, NEARER_MAX);
        }
        let shown = free * self.cells_per_pixel;
        let x = if shown.x < world.x {
            self.begins_at.clamp(shown.x / 2.0, world.x - shown.x / 2.0)
        } else {
            world.x / 2.0
        };
        // The floor is always seen; what is too high for the free part lies behind the upper bar.
        let below = (shown.y - world.y).max(0.0) * BELOW;
        let to_floor = self.window.y / 2.0 - self.insets.bottom - FIT_MARGIN.y;
        self.centre = Vec2::new(x, to_floor * self.cells_per_pixel - below);
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

    /// What bars leave of the window.
    fn free(&self) -> Vec2 {
        let free = self.window - FIT_MARGIN * 2.0 - Vec2::new(0.0, self.insets.top + self.insets.bottom);
        free.max(Vec2::splat(50.0))
    }

    /// Cells a point with which the whole world is seen.
    fn fitted(&self) -> f32 {
        (self.world / self.free()).max_element()
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
            viewport.place();
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
        viewport.fit_whole();
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
    fn a_world_that_is_wanted_whole_is_wholly_visible() {
        for world in [Vec2::new(4096.0, 1024.0), Vec2::new(64.0, 256.0)] {
            let insets = ScreenInsets { top: 62.0, bottom: 152.0 };
            let mut v = Viewport { window: Vec2::new(390.0, 844.0), insets, ..default() };
            v.fit(world);
            v.fit_whole();
            let (low, high) = (v.to_world(Vec2::new(0.0, 844.0)), v.to_world(Vec2::new(390.0, 0.0)));
            assert!(low.max_element() < 0.0 && high.x > world.x && high.y > world.y, "{low} {high}");
        }
    }

    /// Fault 22: on 390 x 844 a world filled 21 % of the screen, on 844 x 390 30 %.
    #[test]
    fn a_new_world_fills_the_screen() {
        let world = Vec2::new(320.0, 128.0);
        for (window, bottom, least) in
            [([390.0, 844.0], 152.0, 0.5), ([844.0, 390.0], 90.0, 0.5), ([1280.0, 800.0], 90.0, 0.6)]
        {
            let window = Vec2::from(window);
            let mut v = Viewport { window, insets: ScreenInsets { top: 62.0, bottom }, ..default() };
            v.fit(world);
            v.begin_at(40.0);
            let (low, high) = (v.to_world(Vec2::new(0.0, window.y)), v.to_world(Vec2::new(window.x, 0.0)));
            let shown = (high.min(world) - low.max(Vec2::ZERO)) / v.cells_per_pixel;
            assert!(shown.x * shown.y > least * window.x * window.y, "{window}: {shown}");
            assert!(v.to_screen(Vec2::ZERO).y <= window.y - bottom, "the floor is seen");
            assert!(low.x >= -3.0 * v.cells_per_pixel || high.x >= world.x, "no room is wasted beside it");
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
