//! What a plan has happen: everything about one kind of it stands in a file of its own ([`Fault`] and [`Act`] say
//! what), and one line below makes it known: odds, draws, names in tables and scenarios follow from that.

use crate::stage::Stage;
use netsim::Rng;
use room::api::Micros;
use sim_kernels::geom::WorldSize;
use std::fmt::Debug;
use std::sync::Arc;

/// Something that happens. Peers are meant by place among those alive, so that a plan can be made beforehand.
pub trait Act: Debug + Send + Sync {
    /// It happens now. A peer that it would be too much for is left alone.
    fn happen(&self, stage: &mut Stage);
}

/// An act of a plan.
pub type Planned = Arc<dyn Act>;

/// What is known of a kind of act.
pub struct Fault {
    /// Its name in odds and tables.
    pub name: &'static str,
    /// How likely it is, before a seed's odds.
    pub weight: u64,
    /// One of it, with its moment and its place drawn.
    pub draw: fn(&mut Draw<'_>) -> Planned,
    /// Somebody ends by it: a run has only a few of these.
    pub kills: bool,
    /// It makes the room's world another than one machine's, so that most runs have none.
    pub spoils: bool,
}

impl Fault {
    /// One of this name and weight that neither kills nor spoils.
    const fn new(name: &'static str, weight: u64, draw: fn(&mut Draw<'_>) -> Planned) -> Self {
        Self { name, weight, draw, kills: false, spoils: false }
    }
}

/// What an act is drawn from.
pub struct Draw<'a> {
    /// Chance.
    pub rng: &'a mut Rng,
    /// The size of the world.
    pub world: WorldSize,
    /// Somebody.
    pub who: usize,
    /// How long the network is cut.
    pub cut_us: Micros,
}

impl Draw<'_> {
    /// Somebody else, perhaps.
    fn another(&mut self) -> usize {
        self.rng.below(8) as usize
    }
}

/// Takes in these files, each of which has its fault as `FAULT`, and lists the faults in this order.
macro_rules! faults {
    ($($file:ident,)*) => {
        $(mod $file;
        pub use $file::$file;)*

        /// All faults, in the order in which odds are drawn: a new one comes last.
        pub const FAULTS: &[&Fault] = &[$(&$file::FAULT,)*];
    };
}

faults! {
    command,
    join,
    leave,
    pause,
    lend,
    freeze,
    kill,
    kill_leader,
    slow,
    delay,
    cut,
    mute,
    part,
    far,
    netem,
    save,
    restore,
    flip,
    rewind,
    grab,
    paste,
}

pub(crate) use command::stroke_of;
pub(crate) use netem::network_of;
pub use paste::Way;

/// The fault of this name.
pub fn named(name: &str) -> Option<&'static Fault> {
    FAULTS.iter().copied().find(|fault| fault.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn faults_do_not_share_names() {
        assert_eq!(FAULTS.iter().map(|fault| fault.name).collect::<BTreeSet<_>>().len(), FAULTS.len());
    }

    /// `cargo fmt` does not look into a macro for modules; where rustfmt is installed, this does in its stead.
    #[test]
    fn the_files_of_faults_are_formatted() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let files = std::fs::read_dir(root.join("src/faults")).unwrap().flatten().map(|entry| entry.path());
        let asked = std::process::Command::new("rustfmt")
            .args(["--check", "--edition", "2024", "--config-path"])
            .arg(root.join("../../rustfmt.toml"))
            .args(files)
            .output();
        if let Ok(answer) = asked {
            assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stdout));
        }
    }
}
