//! The room's cap of 4,000,000 particles: reached, never passed, never silently.

mod common;

use common::{Net, World, config};
use room::api::{Config, PeerId, Request};
use room::notice::{Announcement, Notice};
use sim_kernels::command::{Command, Emitter, Stroke};
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::globals::{CellOpKind, Globals};
use sim_kernels::job::{Job, JobOutput};
use sim_kernels::scene::{Block, Scene};
use simulate::kernel::Kernel;
use std::cell::RefCell;

const CAP: u64 = 4_000_000;

/// What was added and removed, and the most that there ever was.
#[derive(Clone, Copy, Default)]
struct Tally {
    start: u64,
    granted: u64,
    erased: u64,
    most: u64,
}

thread_local! {
    static TALLY: RefCell<Tally> = RefCell::default();
}

/// Counts the particles of each cell and moves none of them.
#[derive(Default)]
struct Counter {
    globals: Option<Globals>,
    cells: Vec<u8>,
    width: i32,
}

impl Counter {
    fn boxed() -> Box<dyn Kernel> {
        Box::<Self>::default()
    }

    fn count(&self) -> u64 {
        self.cells.iter().map(|&n| u64::from(n)).sum()
    }
}

impl Kernel for Counter {
    fn run(&mut self, job: Job) -> Result<JobOutput, String> {
        let mut out = JobOutput::default();
        match job {
            Job::Load(load) => {
                let size = load.globals.size();
                self.width = size.width;
                self.cells = vec![0; size.rect().area()];
                for p in &load.particles {
                    let (x, y) = p.cell();
                    self.cells[(y * size.width + x) as usize] += 1;
                }
                self.globals = Some(load.globals);
                TALLY.with_borrow_mut(|t| *t = Tally { start: load.particles.len() as u64, ..Tally::default() });
            }
            Job::Extract(rects) => out.extracts = rects.iter().map(|_| Vec::new()).collect(),
            Job::Select(_) | Job::Forget | Job::Copy(_) | Job::Begin(_) => {} // One strip is all there is.
            Job::TileDigests(_) => return Err("nothing here asks for tiles".into()),
            Job::Step(step) => {
                let globals = self.globals.as_mut().ok_or("nothing is loaded")?;
                for commands in &step.commands {
                    for op in globals.begin_tick(commands) {
                        for y in op.rect.y0..op.rect.y1 {
                            for x in op.rect.x0..op.rect.x1 {
                                let cell = &mut self.cells[(y * self.width + x) as usize];
                                let before = u64::from(*cell);
                                match op.kind {
                                    _ if op.word(x, y) == 0 => {}
                                    CellOpKind::Erase(_) => *cell = 0,
                                    CellOpKind::Spawn { .. } => *cell = (*cell).max(4),
                                    // Nor does anybody paste.
                                    CellOpKind::Place(_) => {}
                                    CellOpKind::Push | CellOpKind::Warm | CellOpKind::Carry { .. } => {}
                                    CellOpKind::Replace { .. } | CellOpKind::Settle => {}
                                    // Nobody begins a stroke here, or takes one material of many.
                                    CellOpKind::Remove(_) | CellOpKind::Forget { .. } | CellOpKind::Take { .. } => {}
                                }
                                let after = u64::from(*cell);
                                TALLY.with_borrow_mut(|t| {
                                    t.granted += after.saturating_sub(before);
                                    t.erased += before.saturating_sub(after);
                                });
                            }
                        }
                    }
                    globals.end_tick();
                }
                out.particles = self.count();
                TALLY.with_borrow_mut(|t| t.most = t.most.max(out.particles));
                out.extracts = step.extract.iter().map(|_| Vec::new()).collect();
                out.columns = vec![0; (step.region.width() / 16) as usize];
            }
        }
        Ok(out)
    }
}

fn dab(x: i32, y: i32, radius: i32) -> Stroke {
    Stroke { from: [x, y], to: [x, y], radius }
}

fn pour(x: i32, y: i32) -> Request {
    Request::Command(Command::Pour { stroke: dab(x, y, 48), material: 0, velocity: [0, 0] })
}

fn fill(rect: Rect) -> Request {
    Request::Command(Command::Fill { rect, material: 0 })
}

/// A room of one with 998 x 1000 cells full: 8,000 particles short of the cap.
fn nearly_full() -> World {
    let scene = Scene {
        title: "cap".into(),
        world: WorldSize::new(2048, 1024).unwrap(),
        gravity: [0, 0],
        terrain: vec![],
        blocks: vec![Block::water(Rect::new(0, 0, 10, 10))],
        commands: vec![],
    };
    let mut world = World::new(Net { compute_us: 8_000, ..Net::default() }, Counter::boxed);
    world.join(Config { found: Some(scene), ..config(1, None) });
    world.run_for(100_000);
    world.ask(PeerId(1), fill(Rect::new(0, 0, 998, 1000)));
    world.run_for(200_000);
    assert_eq!(status(&world), 998 * 4000);
    world
}

/// What the status says, while it may lag behind the kernel.
fn shown(world: &World) -> u64 {
    let most = TALLY.with_borrow(|t| t.most);
    assert!(most <= CAP, "{most}");
    world.peers[&PeerId(1)].status.particles
}

/// What the status says, once nothing changes, after checking it against the kernel's own count.
fn status(world: &World) -> u64 {
    let tally = TALLY.with_borrow(|t| *t);
    let shown = shown(world);
    assert_eq!(shown, tally.start + tally.granted - tally.erased);
    assert!(tally.most <= CAP, "{}", tally.most);
    shown
}

fn told_full(world: &World) -> usize {
    world.peers[&PeerId(1)].heard(&Announcement::RoomIsFull { particles_max: 4_000_000 })
}

#[test]
fn pours_stop_at_the_cap_and_go_on_below_it() {
    let mut world = nearly_full();
    for i in 0..20 {
        world.ask(PeerId(1), pour(1200 + 30 * i, 500));
        world.ask(PeerId(1), fill(Rect::new(1000 + i * 5, 0, 1004 + i * 5, 50)));
    }
    world.run_for(500_000);
    // Ten fills of 800 particles fit, no pour of some 28,000 does.
    assert_eq!(status(&world), CAP);
    assert_eq!(told_full(&world), 1, "in words, and not for every stroke");
    world.ask(PeerId(1), Request::Command(Command::Erase(dab(500, 500, 48))));
    world.ask(PeerId(1), Request::Command(Command::Erase(dab(300, 500, 48))));
    world.run_for(300_000);
    let erased = CAP - status(&world);
    assert!(erased > 50_000);
    world.ask(PeerId(1), pour(1500, 800));
    world.run_for(300_000);
    assert!((CAP - erased + 25_000..CAP).contains(&status(&world)));
}

#[test]
fn a_refused_command_undoes_nothing() {
    let mut world = nearly_full();
    world.ask(PeerId(1), Request::Command(Command::Gravity([3, -9])));
    world.ask(PeerId(1), pour(1500, 500));
    world.run_for(300_000);
    assert_eq!(status(&world), 998 * 4000);
    assert_eq!(told_full(&world), 1);
    let events = &world.peers[&PeerId(1)].globals;
    assert_eq!(events.as_ref().unwrap().gravity, [3, -9]);
}

#[test]
fn fountains_rest_at_the_cap_and_spring_again() {
    let mut world = nearly_full();
    let emitter =
        |x: i32| Emitter { rect: Rect::new(x, 900, x + 20, 920), velocity: [0, 0], material: 0, until: 1 << 40 };
    // The counting kernel does not move anything: brushes carry the water off.
    for x in [1100, 1300] {
        world.ask(PeerId(1), Request::Command(Command::Emit(emitter(x))));
    }
    let mut last = status(&world);
    let (mut rose, mut wall) = (false, 1000);
    for _ in 0..200 {
        world.run_for(20_000);
        let now = shown(&world);
        rose |= now > last;
        last = now;
        world.ask(PeerId(1), fill(Rect::new(wall, 0, wall + 1, 100)));
        wall += 1;
    }
    assert!(rose && last > CAP - 20_000, "{last}");
    assert!(told_full(&world) >= 1);
    // All goes for a moment, but the fountains: who clears a world stops them.
    let globals = world.peers[&PeerId(1)].globals.as_ref().unwrap();
    let (rect, until) = (globals.size().rect(), globals.tick + 40);
    world.ask(PeerId(1), Request::Command(Command::Drain { rect, until }));
    world.run_for(3_000_000);
    assert_eq!(status(&world), 2 * 400 * 4, "they spring again");
}

#[test]
fn there_is_an_end_to_fountains_and_drains() {
    let mut world = nearly_full();
    let rect = |i: i32| Rect::new(1100 + i * 4, 900, 1102 + i * 4, 902);
    for i in 0..70 {
        let emitter = Emitter { rect: rect(i), velocity: [0, 0], material: 0, until: 1 << 40 };
        world.ask(PeerId(1), Request::Command(Command::Emit(emitter)));
        world.ask(PeerId(1), Request::Command(Command::Drain { rect: rect(i + 100), until: 1 << 40 }));
    }
    world.run_for(300_000);
    for i in 0..10 {
        world.ask(PeerId(1), fill(Rect::new(1000 + i, 0, 1001 + i, 180)));
    }
    world.run_for(2_000_000);
    shown(&world);
    let too_many = |n: &Notice| {
        use Announcement::{TooManyDrains, TooManyFountains};
        matches!(n, Notice::Announced(TooManyDrains { .. } | TooManyFountains { .. }))
    };
    let notices = &world.peers[&PeerId(1)].notices;
    assert!(notices.iter().any(too_many), "{notices:?}");
}

#[test]
fn a_scene_above_the_cap_is_not_loaded() {
    let mut world = nearly_full();
    let scene = Scene {
        title: "big".into(),
        world: WorldSize::new(2048, 1024).unwrap(),
        gravity: [0, 0],
        terrain: vec![],
        blocks: vec![Block::water(Rect::new(0, 0, 1001, 1000))],
        commands: vec![],
    };
    world.ask(PeerId(1), Request::Load(scene));
    world.run_for(300_000);
    assert_eq!(status(&world), 998 * 4000);
    assert_eq!(world.peers[&PeerId(1)].heard(&Announcement::SceneTooLarge { particles_max: 4_000_000 }), 1);
}
