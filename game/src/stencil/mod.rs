//! Pictures that become part of the world: a file that was dropped or chosen is held over the world, as large as one likes,
//! until it is put there as one stroke, or dropped.

mod cells;

pub use cells::{Becomes, Cells};

use crate::camera::Viewport;
use crate::notices::Notices;
use crate::picture_file::{self, MEGAPIXELS_MAX, Problem};
use crate::png_file::Pixels;
use crate::pointer::Pointer;
use crate::schedule::AppSystems;
use crate::session::{Phase, RoomGlobals};
use crate::tools::{self, Make};
use bevy::prelude::*;
use cells::{SIDE_CELLS_MAX, fit, scaled};
use sim_kernels::geom::{Rect, WorldSize};
use words::fill;

/// A picture is kept no larger than this: cells are made of it anew whenever their number changes.
const KEPT_SIDE_MAX: u32 = 2 * SIDE_CELLS_MAX;
/// A press that moves less far than so many cells chooses no rectangle.
const DRAG_CELLS_MIN: f32 = 4.0;
/// Of the world's sides, the share that a picture takes where none was chosen.
const SHARE: u32 = 2;

/// A file that says that it is a picture.
#[derive(Message, Clone, Debug)]
pub(crate) struct PictureFile {
    /// What it is called.
    pub name: String,
    /// Its contents.
    pub bytes: Vec<u8>,
}

/// The picture that is held over the world, if any.
#[derive(Resource, Default)]
pub struct Stencil(Option<Held>);

/// A picture that is to be put somewhere.
pub struct Held {
    pixels: Pixels,
    /// What it becomes.
    pub becomes: Becomes,
    /// Where it would be put, in cells.
    pub place: Rect,
    /// Its cells there.
    pub cells: Cells,
    /// What the cells were made for.
    made_for: (Becomes, [u32; 2]),
    /// Counts what the cells were: who draws them need look at nothing else.
    pub version: u64,
    /// Where the press began, in cells.
    from: Option<Vec2>,
}

impl Stencil {
    /// What is held.
    pub fn held(&self) -> Option<&Held> {
        self.0.as_ref()
    }

    /// The same, to change what it becomes.
    pub fn held_mut(&mut self) -> Option<&mut Held> {
        self.0.as_mut()
    }

    /// Lets it go; whether there was one.
    pub fn drop_it(&mut self) -> bool {
        self.0.take().is_some()
    }
}

pub(crate) fn plugin(app: &mut App) {
    app.init_resource::<Stencil>().add_message::<PictureFile>().add_systems(
        Update,
        // What is held takes the tool's place.
        (take_up, place.run_if(in_state(Phase::Playing))).chain().in_set(AppSystems::Act).before(tools::UseTool),
    );
}

/// Holds a picture that came.
fn take_up(
    mut files: MessageReader<PictureFile>,
    mut stencil: ResMut<Stencil>,
    globals: Res<RoomGlobals>,
    viewport: Res<Viewport>,
    mut notices: ResMut<Notices>,
    time: Res<Time>,
) {
    for PictureFile { name, bytes } in files.read() {
        let now = time.elapsed_secs_f64();
        let file = || ("file", name.as_str().into());
        match picture_file::read(bytes) {
            Ok(pixels) => {
                let size = globals.0.as_ref().map(|globals| globals.size());
                stencil.0 = size.map(|size| Held::new(&pixels, viewport.to_world(viewport.window / 2.0), size));
            }
            Err(Problem::TooLarge) => {
                notices.warn(fill("picture-too-large", [file(), ("megapixels", MEGAPIXELS_MAX.into())]), now);
            }
            Err(Problem::Unreadable) => notices.warn(fill("picture-not-read", [file()]), now),
        }
    }
}

/// Moves what is held with the pointer, and puts it where it is let go.
fn place(
    mut stencil: ResMut<Stencil>,
    mut pointer: ResMut<Pointer>,
    viewport: Res<Viewport>,
    globals: Res<RoomGlobals>,
    mut made: MessageWriter<Make>,
) {
    let (Some(held), Some(globals)) = (stencil.0.as_mut(), globals.0.as_ref()) else { return };
    let size = globals.size();
    let at = pointer.at.map(|point| viewport.to_world(point));
    let done = held.follow(at, pointer.pressed, pointer.cancelled, size);
    held.renew();
    // No tool works meanwhile.
    (pointer.at, pointer.pressed) = (None, false);
    if done {
        let commands = held.cells.commands([held.place.x0, held.place.y0], size);
        // Beside the world, or where nothing of it would be seen, it stays in hand.
        if !commands.is_empty() {
            made.write(Make(commands));
            stencil.0 = None;
        }
    }
}

impl Held {
    fn new(pixels: &Pixels, middle: Vec2, world: WorldSize) -> Self {
        let sides = [pixels.width, pixels.height];
        let side = sides.into_iter().max().unwrap_or(1);
        let kept = if side > KEPT_SIDE_MAX {
            let side_of = |of: u32| (u64::from(of) * u64::from(KEPT_SIDE_MAX) / u64::from(side)).max(1) as u32;
            scaled(pixels, side_of(sides[0]), side_of(sides[1]))
        } else {
            pixels.clone()
        };
        let becomes = Becomes::default();
        let mut held = Self {
            cells: Cells::of(&scaled(&kept, 1, 1), becomes),
            pixels: kept,
            becomes,
            place: Rect::default(),
            made_for: (becomes, [1, 1]),
            version: 0,
            from: None,
        };
        held.place = held.about(middle, world);
        held.renew();
        held
    }

    /// Follows the pointer; whether the picture is to be put where it is now.
    fn follow(&mut self, at: Option<Vec2>, pressed: bool, cancelled: bool, world: WorldSize) -> bool {
        match (at, pressed) {
            (Some(at), true) => {
                let from = *self.from.get_or_insert(at);
                self.place = if (at - from).abs().max_element() < DRAG_CELLS_MIN {
                    self.about(at, world)
                } else {
                    self.within(from.min(at), from.max(at))
                };
                false
            }
            _ => {
                let was_pressed = self.from.take().is_some();
                if let Some(at) = at.filter(|_| !was_pressed) {
                    self.place = self.about(at, world);
                }
                was_pressed && !cancelled
            }
        }
    }

    /// As large as it is where nothing was chosen, with its middle here.
    fn about(&self, middle: Vec2, world: WorldSize) -> Rect {
        let room = [world.width, world.height].map(|side| side as u32 / SHARE);
        let [width, height] = fit([self.pixels.width, self.pixels.height], room).map(|side| side as i32);
        let [x, y] = [middle.x.floor() as i32 - width / 2, middle.y.floor() as i32 - height / 2];
        Rect::new(x, y, x + width, y + height)
    }

    /// As large as fits between two corners, in the middle of them.
    fn within(&self, low: Vec2, high: Vec2) -> Rect {
        let room = (high - low).ceil().max(Vec2::ONE).as_uvec2();
        let sides = fit([self.pixels.width, self.pixels.height], [room.x, room.y]);
        let [width, height] = sides.map(|side| side as i32);
        let at = (low + (high - low) / 2.0 - Vec2::new(width as f32, height as f32) / 2.0).round().as_ivec2();
        Rect::new(at.x, at.y, at.x + width, at.y + height)
    }

    /// Makes the cells anew where their number changed, or what they become.
    fn renew(&mut self) {
        let wanted = (self.becomes, [self.place.width() as u32, self.place.height() as u32]);
        if self.made_for != wanted {
            self.made_for = wanted;
            let [width, height] = wanted.1;
            self.cells = Cells::of(&scaled(&self.pixels, width, height), self.becomes);
            self.version += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::RoomRequest;
    use sim_kernels::command::{Command, Effect};

    fn window() -> App {
        let mut app = tools::tests::window(Phase::Playing);
        app.add_plugins(plugin);
        app
    }

    fn drop_picture(app: &mut App, bytes: Vec<u8>) {
        app.world_mut().write_message(PictureFile { name: "cat.png".into(), bytes });
        app.update();
    }

    fn picture() -> Vec<u8> {
        Pixels { width: 20, height: 10, rgba: [90, 60, 40, 255].repeat(200) }.encode().unwrap()
    }

    fn moved(app: &mut App, at: Vec2, pressed: bool) -> Vec<Command> {
        let mut pointer = app.world_mut().resource_mut::<Pointer>();
        (pointer.at, pointer.pressed) = (Some(at), pressed);
        app.update();
        let all = app.world_mut().resource_mut::<Messages<RoomRequest>>().drain().collect::<Vec<_>>();
        let commands = all.into_iter().map(|request| match request {
            RoomRequest::Command(command) => command,
            other => panic!("{other:?}"),
        });
        commands.collect()
    }

    #[test]
    fn a_picture_is_held_and_put_where_one_drags_as_one_stroke() {
        let mut app = window();
        drop_picture(&mut app, picture());
        let at = app.world().resource::<Viewport>().window / 2.0;
        assert!(moved(&mut app, at, false).is_empty() && moved(&mut app, at, true).is_empty());
        let cell = app.world().resource::<Viewport>().cells_per_pixel;
        let far = at + Vec2::new(30.0, 30.0) / cell;
        assert!(moved(&mut app, far, true).is_empty());
        let place = app.world().resource::<Stencil>().held().unwrap().place;
        assert_eq!((place.width(), place.height()), (30, 15), "in its own proportions");
        let made = moved(&mut app, far, false);
        let [Command::Begin, rest @ ..] = &made[..] else { panic!("{made:?}") };
        let is_poured = |c: &Command| matches!(c, Command::Apply { effect: Effect::Pour { .. }, .. });
        assert!(!rest.is_empty() && rest.iter().all(is_poured), "{rest:?}");
        assert!(app.world().resource::<Stencil>().held().is_none());
        app.world_mut().write_message(tools::Revise::Undo);
        assert_eq!(moved(&mut app, at, false), [Command::Undo], "one stroke");
    }

    #[test]
    fn what_is_dropped_is_put_nowhere_and_what_is_none_is_told() {
        let mut app = window();
        drop_picture(&mut app, picture());
        let at = app.world().resource::<Viewport>().window / 2.0;
        assert!(moved(&mut app, at, true).is_empty());
        assert!(app.world_mut().resource_mut::<Stencil>().drop_it());
        app.world_mut().resource_mut::<Pointer>().cancel();
        assert!(moved(&mut app, at, false).is_empty());
        let mut giant = picture();
        giant[16..24].fill(0x7f);
        drop_picture(&mut app, giant);
        let said = |app: &App| app.world().resource::<Notices>().lines.back().map(|line| line.text.clone());
        assert!(app.world().resource::<Stencil>().held().is_none());
        assert!(said(&app).is_some_and(|text| text.contains("cat.png") && text.contains("16")), "{:?}", said(&app));
    }
}
