//! What commands cost those who compute them, in cells touched: a stroke of 17 bytes can touch 125,000 cells, and
//! each takes a word and some 14 ns of every holder before a particle is looked at. Bounded before a command is sealed,
//! and again in what is received.

use sim_kernels::command::Command;
use sim_kernels::geom::WorldSize;
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
/// Of a segment's cells, the most that a scene's commands may touch within the ticks of a segment, so that players have the rest.
const SCENE_CELLS_MAX: u64 = SEGMENT_CELLS_MAX / 2;

/// Epochs stay below this, so that counting on never overflows.
pub(crate) const EPOCH_MAX: u32 = 1 << 30;
/// The most ticks after a checkpoint that are done again: longer than the longest time between two that are kept.
pub const REPLAY_TICKS_MAX: u32 = 60 * 90;
/// The longest recording, in ticks: a quarter of an hour, more than the room remembers but for its first checkpoint.
pub const RECORDING_TICKS_MAX: u32 = 60 * 60 * 15;

/// The most particles that a scene can begin with.
pub fn scene_most(scene: &Scene) -> u64 {
    scene.blocks.iter().map(|b| b.rect().area() as u64 * CELL_PARTICLES).fold(0, u64::saturating_add)
}

/// What taking a stroke back costs, in cells: all particles are looked at.
const UNDO_CELLS: u64 = SEGMENT_CELLS_MAX / 16;

/// What a paste costs beside its cells: its stamp is taken apart and turned by all who compute.
const PASTE_CELLS: u64 = SEGMENT_CELLS_MAX / 8;

/// What a run of cells that a command names costs, in cells, and as many bytes of a stamp: it takes 6 bytes of a segment, so
/// that all runs of one take no more than 50 KB.
const RUN_CELLS: u64 = 128;

/// What a command costs, in cells: those that it touches, those for what it takes in the log, and one for itself.
pub fn cells(command: &Command, world: WorldSize) -> u64 {
    let touched = match command {
        Command::Undo => UNDO_CELLS,
        // All of it is turned, wherever it lies.
        Command::Paste(paste) => PASTE_CELLS + paste.rect().area() as u64,
        command => command.reach(world).area() as u64,
    };
    touched + RUN_CELLS * command.runs() as u64 + 1
}

/// Why a scene cannot be taken, in words, or nothing: beside its own limits, what its commands cost within the most
/// ticks of a segment.
pub fn scene_problem(scene: &Scene) -> Option<String> {
    scene.problem().or_else(|| size_problem(scene)).or_else(|| cost_problem(scene))
}

/// The most that a scene's commands may take, in bytes, about: whoever comes in is sent them with all else.
const SCENE_BYTES_MAX: usize = 256 << 10;

fn size_problem(scene: &Scene) -> Option<String> {
    let bytes: usize = scene.commands.iter().map(|c| 16 + 6 * c.1.runs()).sum();
    (bytes > SCENE_BYTES_MAX).then(|| format!("commands: they take more than {SCENE_BYTES_MAX} bytes"))
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
                "commands[{i}]: those within {TICKS_MAX} ticks touch more than {SCENE_CELLS_MAX} cells; fill with blocks instead"
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_kernels::command::Stroke;

    fn scene(commands: Vec<(u64, Command)>) -> Scene {
        let world = WorldSize::new(1024, 512).unwrap();
        Scene { title: String::new(), world, gravity: [0, 0], terrain: vec![], blocks: vec![], commands }
    }

    fn stroke() -> Command {
        Command::Erase(Stroke { from: [100, 100], to: [356, 356], radius: 48 })
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
