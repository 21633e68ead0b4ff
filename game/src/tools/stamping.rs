//! The stamp: what was copied of the world hangs at the pointer until it is dropped, and each press pastes it.
//!
//! Exact state is only where it is computed, and in saves: so who copies asks the room for a save, and cuts the rectangle out
//! of that (`cutting`). A paste is one stroke. The stamp's code goes ahead of it, unless the world has it already.

use super::cutting::{Cutting, Failed};
use super::tool::Way;
use super::{Brush, History, TOOLS, hand};
use crate::camera::Viewport;
use crate::notices::Notices;
use crate::pointer::Pointer;
use crate::session::{RoomGlobals, RoomRequest, RoomStatus, Saved, Session};
use bevy::prelude::*;
use sim_kernels::area::Area;
use sim_kernels::command::{Command, Paste};
use sim_kernels::digest::Digest;
use sim_kernels::geom::Rect;
use sim_kernels::materials::{Look, material};
use sim_kernels::stamp::{PART_BYTES_MAX, Refused, SIDE_MAX, Stamp};
use words::say;

/// A copy is given up after this long, in seconds.
const COPY_S: f64 = 20.0;
/// What was brought may not be among the world's stamps yet for so long, in seconds.
const BROUGHT_S: f64 = 10.0;
/// The most pieces of a ghost: of what would be more, only the outline is shown.
const GHOST_MAX: usize = 6_000;

/// What bedrock looks like in a ghost.
const BEDROCK: [u8; 3] = [120, 120, 120];

/// A part of the world was copied, or came from elsewhere with a name.
#[derive(Message, Clone, Debug)]
pub struct Copied {
    /// As it was.
    pub stamp: Stamp,
    /// What it is called, where it is called anything.
    pub name: Option<String>,
}

/// A stamp is to be taken in hand.
#[derive(Message, Clone, Debug)]
pub struct TakeStamp(pub Stamp);

/// The colour of each cell of a stamp, row by row from below; none where nothing is.
pub fn colours(stamp: &Stamp, bedrock: [u8; 3], of: fn(Look) -> [u8; 3]) -> Vec<Option<[u8; 3]>> {
    let [width, height] = stamp.size();
    let cells = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let mut all: Vec<_> = cells.map(|(x, y)| stamp.solid(x, y).then_some(bedrock)).collect();
    for p in stamp.particles() {
        let (x, y) = p.cell();
        all[(y * width + x) as usize] = Some(of(material(p.material()).look));
    }
    all
}

/// What hangs at the pointer.
#[derive(Clone, Debug)]
pub struct Held {
    /// As it was cut.
    stamp: Stamp,
    code: Vec<u8>,
    name: Digest,
    turns: u8,
    mirrored: bool,
    /// When its code was sent to the room, in seconds.
    brought_s: f64,
    /// How it looks as it is turned: cells of a row that look alike, from the lower left corner, and their colour.
    ghost: Vec<(Rect, [u8; 3])>,
}

/// The stamp in hand, and the one that is to be copied.
#[derive(Resource, Debug, Default)]
pub struct Stamping {
    /// What a press pastes.
    held: Option<Held>,
    /// What was dropped last, or pasted from the keyboard before.
    last: Option<Held>,
    /// The rectangle that is to be copied, once the room has saved the world; and when that was asked for.
    wanted: Option<(Rect, f64)>,
    /// Where the pointer went down.
    from: Option<[i32; 2]>,
    /// Where it was last, while it is down.
    last_at: Option<[i32; 2]>,
    /// This press has pasted already.
    pasted: bool,
}

impl Held {
    fn new(stamp: Stamp) -> Self {
        let code = stamp.encode();
        let name = Stamp::name(&code);
        let mut held =
            Self { stamp, code, name, turns: 0, mirrored: false, brought_s: f64::NEG_INFINITY, ghost: Vec::new() };
        held.look();
        held
    }

    /// How it looks now.
    fn look(&mut self) {
        let laid = self.stamp.clone().laid(self.turns, self.mirrored);
        let [w, h] = laid.size();
        let cells = colours(&laid, BEDROCK, |look| look.fast);
        self.ghost.clear();
        for y in 0..h {
            for x in 0..w {
                let Some(colour) = cells[(y * w + x) as usize] else { continue };
                match self.ghost.last_mut() {
                    Some((rect, same)) if *same == colour && rect.y0 == y && rect.x1 == x => rect.x1 += 1,
                    _ => self.ghost.push((Rect::new(x, y, x + 1, y + 1), colour)),
                }
            }
        }
        if self.ghost.len() > GHOST_MAX {
            self.ghost.clear();
        }
    }

    /// Where it is put with its middle at a cell.
    fn paste(&self, [x, y]: [i32; 2]) -> Paste {
        let size = self.stamp.size();
        let particles = self.stamp.particles().len() as u32;
        let paste = Paste { stamp: self.name, at: [x, y], size, particles, turns: self.turns, mirrored: self.mirrored };
        let rect = paste.rect();
        Paste { at: [x - rect.width() / 2, y - rect.height() / 2], ..paste }
    }

    /// The commands that bring its code.
    fn bring(&self) -> impl Iterator<Item = Command> {
        let total = self.code.len() as u32;
        self.code.chunks(PART_BYTES_MAX).enumerate().map(move |(k, part)| Command::Bring {
            stamp: self.name,
            total,
            from: (k * PART_BYTES_MAX) as u32,
            part: part.to_vec(),
        })
    }
}

impl Stamping {
    /// Whether something hangs at the pointer.
    pub fn holds(&self) -> bool {
        self.held.is_some()
    }

    /// Whether something was copied that can be taken in hand again.
    pub fn can_paste_again(&self) -> bool {
        self.held.is_some() || self.last.is_some()
    }

    /// Where what hangs at a place of the world would come, and how it looks there.
    pub fn ghost(&self, at: Vec2) -> Option<(Rect, impl Iterator<Item = (Rect, [u8; 3])>)> {
        let held = self.held.as_ref()?;
        let rect = held.paste(hand::cell(at)).rect();
        let moved = move |r: Rect| Rect::new(r.x0 + rect.x0, r.y0 + rect.y0, r.x1 + rect.x0, r.y1 + rect.y0);
        Some((rect, held.ghost.iter().map(move |&(r, colour)| (moved(r), colour))))
    }

    /// Turns what is held to the left.
    pub fn turn(&mut self) {
        if let Some(held) = &mut self.held {
            held.turns = (held.turns + 1) % 4;
            held.look();
        }
    }

    /// Mirrors what is held, as it is seen.
    pub fn mirror(&mut self) {
        if let Some(held) = &mut self.held {
            // Before it is turned: what is seen turned to the left becomes what is turned to the right.
            held.mirrored = !held.mirrored;
            held.turns = (4 - held.turns) % 4;
            held.look();
        }
    }

    /// Lets go of what is held, or of what is to be copied; whether there was something.
    pub fn drop_held(&mut self) -> bool {
        let (held, wanted) = (self.held.take(), self.wanted.take());
        let had = held.is_some() || wanted.is_some();
        self.last = held.or(self.last.take());
        had
    }

    /// The world is another one: what was asked of the one before does not come, and it may not know the stamp.
    fn begin_world(&mut self) {
        (self.wanted, self.from) = (None, None);
        for held in [&mut self.held, &mut self.last].into_iter().flatten() {
            held.brought_s = f64::NEG_INFINITY;
        }
    }

    /// Takes the tool in hand to copy.
    pub fn copy(&mut self, brush: &mut Brush) {
        self.drop_held();
        take(brush);
    }

    /// Takes what was held last in hand again.
    pub fn paste_again(&mut self, brush: &mut Brush) {
        if self.held.is_none() {
            self.held = self.last.clone();
        }
        take(brush);
    }
}

/// Takes in hand what comes from elsewhere.
pub(crate) fn take_up(mut taken: MessageReader<TakeStamp>, mut stamping: ResMut<Stamping>, mut brush: ResMut<Brush>) {
    for TakeStamp(stamp) in taken.read() {
        stamping.drop_held();
        stamping.held = Some(Held::new(stamp.clone()));
        take(&mut brush);
    }
}

/// Takes the stamp in hand.
fn take(brush: &mut Brush) {
    if let Some(tool) = TOOLS.iter().find(|tool| tool.way() == Way::Stamp) {
        brush.tool = *tool;
    }
}

/// From one corner to another, both within it, as far as a stamp may reach.
fn between([x, y]: [i32; 2], [to_x, to_y]: [i32; 2], world: Rect) -> Rect {
    let near = |from: i32, to: i32| to.clamp(from - SIDE_MAX + 1, from + SIDE_MAX - 1);
    let (to_x, to_y) = (near(x, to_x), near(y, to_y));
    Rect::new(x.min(to_x), y.min(to_y), x.max(to_x) + 1, y.max(to_y) + 1).intersect(world)
}

/// Copies and pastes.
pub(super) fn use_stamp(
    mut brush: ResMut<Brush>,
    pointer: Res<Pointer>,
    viewport: Res<Viewport>,
    globals: Res<RoomGlobals>,
    mut stamping: ResMut<Stamping>,
    mut history: ResMut<History>,
    mut requests: MessageWriter<RoomRequest>,
    (session, status): (Res<Session>, Res<RoomStatus>),
    mut world: Local<(Option<String>, (u64, u32))>,
    time: Res<Time>,
) {
    let now = time.elapsed_secs_f64();
    let is_now = (session.room().cloned(), status.0.digest_of);
    if *world != is_now && is_now.1.1 != 0 {
        *world = is_now;
        stamping.begin_world();
    }
    let Some(globals) = globals.0.as_ref().filter(|_| brush.tool.way() == Way::Stamp) else {
        stamping.from = None;
        return;
    };
    let all = globals.size().rect();
    let at = pointer.at.map(|point| hand::cell(viewport.to_world(point)));
    if let Some((rect, _)) = stamping.wanted {
        brush.shown = vec![Area::Box(rect)];
    }
    let (Some(at), true) = (at, pointer.pressed) else {
        stamping.pasted = false;
        let from = stamping.from.take().filter(|_| !pointer.cancelled);
        // A finger that is lifted is nowhere: where it was is shown still.
        let to = at.or(stamping.last_at.take());
        if let (Some(from), Some(to)) = (from, to) {
            let rect = between(from, to, all);
            if rect.area() > 1 {
                stamping.wanted = Some((rect, now));
                requests.write(RoomRequest::Copy);
            }
        }
        return;
    };
    stamping.last_at = Some(at);
    let Stamping { held, from, pasted, .. } = &mut *stamping;
    let Some(held) = held else {
        if !*pasted {
            brush.shown = vec![Area::Box(between(*from.get_or_insert(at), at, all))];
        }
        return;
    };
    let command = Command::Paste(held.paste(at));
    if std::mem::replace(pasted, true) || !command.is_valid(globals.size()) {
        return;
    }
    if !globals.stamps.holds(held.name) && now - held.brought_s > BROUGHT_S {
        held.brought_s = now;
        requests.write_batch(held.bring().map(RoomRequest::Command));
    }
    if history.begin(&command, now) {
        requests.write(RoomRequest::Command(Command::Begin));
    }
    history.add(&command);
    requests.write(RoomRequest::Command(command));
}

/// Cuts what is to be copied out of the world that the room saved.
pub(super) fn cut(
    mut saved: MessageReader<Saved>,
    mut stamping: ResMut<Stamping>,
    mut notices: ResMut<Notices>,
    mut copied: MessageWriter<Copied>,
    // With what it is for: another rectangle may be chosen meanwhile.
    mut cutting: Local<Option<((Rect, f64), Cutting)>>,
    time: Res<Time>,
) {
    let now = time.elapsed_secs_f64();
    cutting.take_if(|(wanted, _)| stamping.wanted != Some(*wanted));
    let Some(wanted) = stamping.wanted else { return saved.clear() };
    let mut done = (now - wanted.1 > COPY_S).then_some("stamp-failed");
    if let Some(Saved { bytes, .. }) = saved.read().last().filter(|_| cutting.is_none()) {
        match Cutting::new(wanted.0, bytes.clone()) {
            Ok(new) => *cutting = Some((wanted, new)),
            Err(_) => done = Some("stamp-failed"),
        }
    }
    match cutting.as_mut().and_then(|(_, cutting)| cutting.work()) {
        Some(Ok(stamp)) => {
            stamping.wanted = None;
            stamping.held = Some(Held::new(stamp.clone()));
            copied.write(Copied { stamp, name: None });
            return;
        }
        Some(Err(Failed::Refused(Refused::TooLarge))) => done = Some("stamp-too-large"),
        Some(Err(Failed::Refused(Refused::Empty))) => done = Some("stamp-empty"),
        Some(Err(Failed::Unreadable)) => done = Some("stamp-failed"),
        None => {}
    }
    if let Some(why) = done {
        stamping.wanted = None;
        notices.push(say(why), now);
    }
}
