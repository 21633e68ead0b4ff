//! What goes wrong on purpose in a run: `--kill`, `--stall`, `--delay`, `--cut`, `--host-kill`.

use std::str::FromStr;
use std::time::Duration;

/// The longest time that a fault may take, in milliseconds.
const MS_MAX: u64 = 600_000;

/// `PEER@TICK`: a participant ends without a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kill {
    /// Which shard.
    pub peer: u32,
    /// When the room is here.
    pub tick: u64,
}

/// `PEER@TICK:MS`: a participant does nothing for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stall {
    /// Which shard.
    pub peer: u32,
    /// When the room is here.
    pub tick: u64,
    /// How long.
    pub ms: u64,
}

/// `PEER:MS`: whatever a participant sends or gets is so much later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delay {
    /// Which shard.
    pub peer: u32,
    /// Each way.
    pub ms: u64,
}

/// `A,B|C@TICK:MS`: nothing passes between the two sides for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// One side.
    pub left: Vec<u32>,
    /// The other side.
    pub right: Vec<u32>,
    /// When the room is here.
    pub tick: u64,
    /// How long.
    pub ms: u64,
}

/// Everything that is to go wrong.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct FaultArgs {
    /// End a shard without a word when the room is at a tick (several: repeat it).
    #[arg(long, value_name = "PEER@TICK")]
    pub kill: Vec<Kill>,
    /// Let a shard do nothing for so many milliseconds when the room is at a tick.
    #[arg(long, value_name = "PEER@TICK:MS")]
    pub stall: Vec<Stall>,
    /// Let everything that a shard sends or gets be so many milliseconds late.
    #[arg(long, value_name = "PEER:MS")]
    pub delay: Vec<Delay>,
    /// Let nothing pass between two sides, for so many milliseconds, when the room is at a tick.
    #[arg(long, value_name = "A,B|C@TICK:MS")]
    pub cut: Vec<Cut>,
    /// End the host's process, without a word, when the room is at a tick.
    #[arg(long, value_name = "TICK")]
    pub host_kill: Option<u64>,
}

/// A fault whose moment has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// This shard ends.
    Kill(u32),
    /// The host ends.
    KillLeader,
    /// This shard stalls.
    Stall(u32, Duration),
    /// The two sides do not hear each other.
    Cut(Vec<u32>, Vec<u32>, Duration),
}

impl FaultArgs {
    /// Whether nothing is to go wrong.
    pub fn is_empty(&self) -> bool {
        self.kill.is_empty()
            && self.stall.is_empty()
            && self.delay.is_empty()
            && self.cut.is_empty()
            && self.host_kill.is_none()
    }

    /// Every shard that is named is one of the run's, every time is within it, and somebody is left.
    pub fn check(&self, shards: u32, ticks: u64) -> anyhow::Result<()> {
        let kills = self.kill.iter().map(|k| k.tick).chain(self.host_kill);
        let times = kills.chain(self.stall.iter().map(|s| s.tick)).chain(self.cut.iter().map(|c| c.tick));
        if let Some(tick) = times.max().filter(|&tick| tick >= ticks) {
            anyhow::bail!("nothing goes wrong at tick {tick}: with --ticks {ticks} the run is over by then");
        }
        let named = self.kill.iter().map(|k| k.peer).chain(self.stall.iter().map(|s| s.peer));
        let named = named.chain(self.delay.iter().map(|d| d.peer));
        let sides = self.cut.iter().flat_map(|c| c.left.iter().chain(&c.right).copied());
        for peer in named.chain(sides) {
            anyhow::ensure!(
                peer < shards,
                "there is no shard {peer}: with --shards {shards} they are 0 to {}",
                shards - 1
            );
        }
        let killed = self.kill.len() + usize::from(self.host_kill.is_some());
        anyhow::ensure!(killed < shards as usize, "{killed} of {shards} shards are to be killed: one must be left");
        Ok(())
    }

    /// How much later a shard is, each way.
    pub fn delay_us(&self, peer: u32) -> u64 {
        self.delay.iter().filter(|d| d.peer == peer).map(|d| d.ms * 1000).sum()
    }

    /// Takes out what is due at a tick.
    pub fn due(&mut self, tick: u64) -> Vec<Due> {
        let mut due = Vec::new();
        due.extend(self.kill.extract_if(.., |k| k.tick <= tick).map(|k| Due::Kill(k.peer)));
        let ms = Duration::from_millis;
        due.extend(self.stall.extract_if(.., |s| s.tick <= tick).map(|s| Due::Stall(s.peer, ms(s.ms))));
        due.extend(self.cut.extract_if(.., |c| c.tick <= tick).map(|c| Due::Cut(c.left, c.right, ms(c.ms))));
        due.extend(self.host_kill.take_if(|at| *at <= tick).map(|_| Due::KillLeader));
        due
    }
}

fn number<T: FromStr>(text: &str, what: &str) -> Result<T, String> {
    text.trim().parse().map_err(|_| format!("`{text}` is no {what}"))
}

fn ms(text: &str) -> Result<u64, String> {
    let ms = number(text, "number of milliseconds")?;
    if ms <= MS_MAX { Ok(ms) } else { Err(format!("{ms} ms are too many: at most {MS_MAX}")) }
}

fn split<'a>(text: &'a str, at: char, form: &str) -> Result<(&'a str, &'a str), String> {
    text.split_once(at).ok_or_else(|| format!("write {form}"))
}

impl FromStr for Kill {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (peer, tick) = split(text, '@', "PEER@TICK, as in 2@300")?;
        Ok(Self { peer: number(peer, "shard")?, tick: number(tick, "tick")? })
    }
}

impl FromStr for Stall {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = "PEER@TICK:MS, as in 2@300:1500";
        let (peer, rest) = split(text, '@', form)?;
        let (tick, time) = split(rest, ':', form)?;
        Ok(Self { peer: number(peer, "shard")?, tick: number(tick, "tick")?, ms: ms(time)? })
    }
}

impl FromStr for Delay {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (peer, time) = split(text, ':', "PEER:MS, as in 1:300")?;
        Ok(Self { peer: number(peer, "shard")?, ms: ms(time)? })
    }
}

impl FromStr for Cut {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = "A,B|C@TICK:MS, as in 0,1|2@300:1000";
        let (sides, rest) = split(text, '@', form)?;
        let (left, right) = split(sides, '|', form)?;
        let (tick, time) = split(rest, ':', form)?;
        let side = |text: &str| text.split(',').map(|p| number(p, "shard")).collect::<Result<Vec<u32>, String>>();
        let (left, right) = (side(left)?, side(right)?);
        if left.iter().any(|p| right.contains(p)) {
            return Err("a shard cannot be on both sides of a cut".into());
        }
        Ok(Self { left, right, tick: number(tick, "tick")?, ms: ms(time)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read_and_nonsense_is_refused_in_words() {
        assert_eq!("2@300".parse(), Ok(Kill { peer: 2, tick: 300 }));
        assert_eq!("2@300:1500".parse(), Ok(Stall { peer: 2, tick: 300, ms: 1500 }));
        assert_eq!("1:300".parse(), Ok(Delay { peer: 1, ms: 300 }));
        let cut = Cut { left: vec![0, 1], right: vec![2], tick: 9, ms: 70 };
        assert_eq!("0,1|2@9:70".parse(), Ok(cut));
        assert!("2".parse::<Kill>().unwrap_err().contains("PEER@TICK"));
        assert!("0,1|1@9:70".parse::<Cut>().unwrap_err().contains("both"));
        assert!("1:9999999".parse::<Delay>().unwrap_err().contains("too many"));
    }

    #[test]
    fn each_fault_is_due_once() {
        let mut faults = FaultArgs {
            kill: vec![Kill { peer: 1, tick: 10 }],
            stall: vec![Stall { peer: 2, tick: 20, ms: 5 }],
            host_kill: Some(20),
            ..FaultArgs::default()
        };
        assert!(faults.check(2, 100).is_err() && faults.check(3, 100).is_ok());
        assert!(faults.check(3, 20).is_err(), "the host is killed at tick 20");
        assert!(faults.due(9).is_empty());
        assert_eq!(faults.due(15), [Due::Kill(1)]);
        assert_eq!(faults.due(25), [Due::Stall(2, Duration::from_millis(5)), Due::KillLeader]);
        assert!(faults.is_empty());
    }
}
