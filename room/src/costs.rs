//! What commands cost those who compute them, in cells touched: a stroke of 17 bytes can touch 125,000 cells, and
//! each takes a word and some 14 ns of every holder before a particle is looked at. Bounded before a command is sealed,
//! and again in what is received.

use sim_kernels::command::{Command, Stroke};
use sim_kernels::geom::{Rect, WorldSize};
use sim_kernels::scene::Scene;

/// Steps and ticks stay below this.
pub const STEP_MAX: u64 = 1 << 48;
/// The most replicas that one peer holds.
pub const REPLICAS_MAX: usize = 16;
/// The most ticks in a segment of the log.
pub const TICKS_MAX: u32 = 16;
/// The most particles in a room.
pub const PARTICLES_MAX: u64 = 4_000_000;
/// Particles of a cell at rest density: no source fills it further.
pub const CELL_PARTICLES: u64 = 4;
/// The most cells that the commands of a segment may touch: a fill of as many particles as a room has, 15 ms and 4 MB.
pub const SEGMENT_CELLS_MAX: u64 = 1 << 20;
/// Of these, the most that a scene's commands may touch within the ticks of a segment, so that players have the rest.
const SCENE_CELLS_MAX: u64 = SEGMENT_CELLS_MAX / 2;

/// The most particles that a scene can begin with.
pub fn scene_most(scene: &Scene) -> u64 {
    scene.liquid.iter().map(|r| r.area() as u64 * CELL_PARTICLES).fold(0, u64::saturating_add)
}

/// Cells that a command touches.
pub fn cells(command: &Command, world: WorldSize) -> u64 {
    let rect = match command {
        Command::Pour { stroke, .. }
        | Command::Erase(stroke)
        | Command::Wall { stroke, .. }
        | Command::Push { stroke, .. } => bounds(stroke),
        Command::Explode { at, radius, .. } => bounds(&Stroke { from: *at, to: *at, radius: *radius }),
        Command::Fill { rect, .. } => *rect,
        // These are a list's entry, or clear a rectangle without a word a cell.
        Command::Gravity(_) | Command::Clear | Command::Emit(_) | Command::Drain { .. } => return 1,
    };
    rect.intersect(world.rect()).area() as u64 + 1
}

/// Why a scene cannot be taken, in words, or nothing: beside its own limits, what its commands cost within the most
/// ticks of a segment.
pub fn scene_problem(scene: &Scene) -> Option<String> {
    scene.problem().or_else(|| cost_problem(scene))
}

fn cost_problem(scene: &Scene) -> Option<String> {
    let cost = |c: &(u64, Command)| cells(&c.1, scene.world);
    let (mut first, mut sum) = (0, 0);
    for (i, command) in scene.commands.iter().enumerate() {
        sum += cost(command);
        // Ticks are anybody's numbers, up to the last there is; they do not go back.
        while command.0.saturating_sub(scene.commands[first].0) >= u64::from(TICKS_MAX) {
            sum -= cost(&scene.commands[first]);
            first += 1;
        }
        if sum > SCENE_CELLS_MAX {
            return Some(format!(
                "commands[{i}]: those within {TICKS_MAX} ticks touch more than {SCENE_CELLS_MAX} cells; fill with liquid blocks instead"
            ));
        }
    }
    None
}

fn bounds(stroke: &Stroke) -> Rect {
    let (a, b, r) = (stroke.from, stroke.to, stroke.radius);
    Rect::new(a[0].min(b[0]) - r, a[1].min(b[1]) - r, a[0].max(b[0]) + r + 1, a[1].max(b[1]) + r + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene(commands: Vec<(u64, Command)>) -> Scene {
        let world = WorldSize::new(1024, 512).unwrap();
        Scene { title: String::new(), world, gravity: [0, 0], terrain: vec![], liquid: vec![], commands }
    }

    fn stroke() -> Command {
        Command::Erase(Stroke { from: [100, 100], to: [356, 356], radius: 48 })
    }

    #[test]
    fn a_stroke_costs_its_bounds_within_the_world() {
        assert_eq!(cells(&stroke(), WorldSize::new(1024, 512).unwrap()), 353 * 353 + 1);
        assert_eq!(cells(&stroke(), WorldSize::new(64, 64).unwrap()), 12 * 12 + 1);
        let blast = Command::Explode { at: [0, 0], radius: 10, speed: 1 };
        assert_eq!(cells(&blast, WorldSize::new(64, 64).unwrap()), 11 * 11 + 1);
    }

    #[test]
    fn a_scene_may_do_much_but_not_at_once() {
        assert_eq!(scene_problem(&scene(vec![(0, stroke()); 4])), None);
        assert!(scene_problem(&scene(vec![(0, stroke()); 5])).is_some());
        let slow = (0..500).map(|i| (i * 4, stroke())).collect();
        assert_eq!(scene_problem(&scene(slow)), None);
        let quick = (0..500).map(|i| (i * 3, stroke())).collect();
        assert!(scene_problem(&scene(quick)).is_some());
        let last = [0, u64::MAX - 16, u64::MAX - 1, u64::MAX].map(|tick| (tick, stroke()));
        assert_eq!(scene_problem(&scene(last.to_vec())), None);
    }
}
