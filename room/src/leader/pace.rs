//! How long a superstep is: from the border links, what the bands weigh, and what computing takes.
//!
//! A superstep of K ticks pays an exchange once and computes a margin that grows with K. The shortest K that
//! keeps real time is taken; where none does, the one that is fastest. It is even, and it changes only when
//! another is better for a while.

use super::cluster::ClusterView;
use crate::api::{Config, Micros, PeerId, Tempo};
use crate::costs::TICKS_MAX;
use crate::partition::seams::traffic;
use crate::partition::{HALO_CELLS_PER_TICK, Partition};

/// The lengths to choose from when several compute.
const CHOICE: [u32; 4] = [2, 4, 6, 8];
/// Added to half a round trip: timers, coding, and a turn of everyone's loop.
const TURN_US: u64 = 4_000;
/// The one that there is besides where the clock goes slowly: what players do waits for a superstep's end.
const SLOW_CHOICE: u32 = 1;
/// A longer superstep must be wanted for this long, a shorter one for as long as [`SHORTER_US`].
const LONGER_US: u64 = 1_000_000;
const SHORTER_US: u64 = 6_000_000;
/// A shorter superstep must do with figures this much worse, in percent.
const WORSE_PERCENT: u64 = 130;

/// A longer round trip is a figure gone wrong.
const RTT_US_MAX: u32 = 1_000_000;

/// What passes from the end of a superstep until its bands are there, over a link with this round trip, in microseconds.
pub(super) fn exchange_us(rtt_us: u64) -> u64 {
    rtt_us / 2 + TURN_US
}

/// The lengths of supersteps that there may be in real time where so many strips are computed.
pub(super) fn lengths(cfg: &Config, strips: usize) -> &[u32] {
    match cfg.superstep_ticks {
        0 if strips < 2 => &[1],
        0 => &CHOICE,
        _ => std::slice::from_ref(&cfg.superstep_ticks),
    }
}

/// What decides on the length of a superstep.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Figures {
    /// The longest round trip over a border, in microseconds.
    pub rtt_us: u64,
    /// What the slowest link needs for the bands of one tick, in microseconds.
    pub transfer_us: u64,
    /// Time to compute one tick of the slowest region, in microseconds, and its width with and without margin.
    pub tick_us: u64,
    /// See `tick_us`.
    pub width: u64,
    /// See `tick_us`.
    pub padded_width: u64,
    /// How fast the room's clock is to go.
    pub tempo: Tempo,
}

impl Figures {
    fn exchange_us(&self) -> u64 {
        exchange_us(self.rtt_us)
    }

    /// Microseconds a tick at this length.
    fn cost_us(&self, ticks: u32) -> u64 {
        let margin = 2 * HALO_CELLS_PER_TICK as u64 * u64::from(ticks);
        let compute = self.tick_us * (self.width + margin) / self.padded_width.max(1);
        compute + self.transfer_us + self.exchange_us() / u64::from(ticks)
    }

    fn choose(&self) -> u32 {
        let due_us = 1_000_000_u64.div_ceil(self.tempo.ticks_a_second());
        // An exchange may take half of a superstep, so that a late packet is not felt at once.
        let keeps = |ticks: &u32| {
            self.cost_us(*ticks) * 20 <= due_us * 19 && 2 * self.exchange_us() <= due_us * u64::from(*ticks)
        };
        let is_slow = self.tempo.percent() < 100;
        let choice = || Some(SLOW_CHOICE).filter(|_| is_slow).into_iter().chain(CHOICE);
        let fastest = || choice().min_by_key(|&ticks| (self.cost_us(ticks), ticks));
        choice().find(keeps).or_else(fastest).unwrap_or(CHOICE[0])
    }

    fn worse(&self) -> Self {
        let more = |x: u64| x * WORSE_PERCENT / 100;
        Self { rtt_us: more(self.rtt_us), transfer_us: more(self.transfer_us), tick_us: more(self.tick_us), ..*self }
    }
}

/// The length in use, and the one that may follow.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Length {
    ticks: u32,
    wanted: Option<(bool, Micros)>,
}

impl Length {
    /// The length at `now`.
    pub(super) fn steady(&mut self, figures: &Figures, now: Micros) -> u32 {
        let (up, down) = (figures.choose(), figures.worse().choose());
        let target = match self.ticks {
            0 => return self.set(up),
            ticks if up > ticks => up,
            ticks if down < ticks && up < ticks => down,
            _ => {
                self.wanted = None;
                return self.ticks;
            }
        };
        let longer = target > self.ticks;
        let since = self.wanted.filter(|w| w.0 == longer).map_or(now, |w| w.1);
        self.wanted = Some((longer, since));
        if now >= since + if longer { LONGER_US } else { SHORTER_US } { self.set(target) } else { self.ticks }
    }

    /// The length in use; 0 before the first.
    pub(super) fn ticks(&self) -> u32 {
        self.ticks
    }

    fn set(&mut self, ticks: u32) -> u32 {
        (self.ticks, self.wanted) = (ticks, None);
        ticks
    }
}

/// Ticks of the next superstep, over this partition; 0 where there is to be none.
pub(super) fn decide(view: &ClusterView<'_>, memory: &mut Length, now: Micros, partition: &Partition) -> u32 {
    let mut ticks = match view.cfg.superstep_ticks {
        0 => view.superstep_ticks(memory, now, partition),
        ticks => ticks.min(TICKS_MAX),
    };
    if let Some(end) = view.cfg.end_tick {
        ticks = ticks.min(end.saturating_sub(view.tick).min(64) as u32);
    }
    if view.paused {
        ticks = ticks.min(1).min(view.singles);
    }
    if partition.strips.is_empty() || view.lenders().is_empty() {
        ticks = 0;
    }
    ticks
}

impl ClusterView<'_> {
    /// What links and devices want.
    fn superstep_ticks(&self, memory: &mut Length, now: Micros, partition: &Partition) -> u32 {
        if partition.strips.len() <= 1 {
            *memory = Length::default();
            return 1;
        }
        memory.steady(&self.pace_figures(partition, now), now)
    }

    /// The round trip on the way that bands take between two, in microseconds.
    pub(super) fn border_rtt_us(&self, a: PeerId, b: PeerId) -> u64 {
        u64::from(self.rtt_on_route(a, b).min(RTT_US_MAX))
    }

    fn pace_figures(&self, partition: &Partition, now: Micros) -> Figures {
        let mut figures = Figures { tempo: self.tempo, ..Figures::default() };
        let columns = self.columns();
        let mut borders: Vec<(PeerId, PeerId)> = partition.strips.windows(2).map(|w| (w[0].peer, w[1].peer)).collect();
        for (from, to, bytes) in traffic(partition, &columns, self.superstep_ticks.max(CHOICE[0])) {
            borders.push((from, to));
            // 0 where no limit is known.
            let needed = (bytes * 1_000_000).checked_div(u64::from(self.limit_on_route(from, to, now)));
            figures.transfer_us = figures.transfer_us.max(needed.unwrap_or(0));
        }
        for (a, b) in borders {
            // A peer that is far does not count, as long as somebody nearer stands in.
            figures.rtt_us = figures.rtt_us.max(self.border_rtt_us(a, b));
        }
        for strip in &partition.strips {
            let replicas = self.people.get(&strip.peer).map_or(&[][..], |p| &p.report.replicas);
            let Some(report) = replicas.iter().find(|r| r.strip == strip.id) else { continue };
            let tick_us = u64::from(report.compute_us / report.ticks.max(1));
            if tick_us > figures.tick_us {
                let width = strip.rect(self.world).width() as u64;
                let margin = 2 * HALO_CELLS_PER_TICK as u64 * u64::from(report.ticks);
                (figures.tick_us, figures.width, figures.padded_width) = (tick_us, width, width + margin);
            }
        }
        figures
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leader::testing::{Cluster, NOW};

    fn figures(rtt_ms: u64, tick_ms: u64, width: u64) -> Figures {
        Figures {
            rtt_us: rtt_ms * 1000,
            tick_us: tick_ms * 1000,
            width,
            padded_width: width + 48,
            ..Figures::default()
        }
    }

    #[test]
    fn far_links_and_slow_devices_get_longer_supersteps() {
        assert_eq!(figures(1, 1, 640).choose(), 2);
        assert_eq!(figures(20, 1, 640).choose(), 2);
        assert_eq!(figures(50, 1, 640).choose(), 4);
        assert_eq!(figures(120, 1, 640).choose(), 8);
        assert_eq!(figures(900, 1, 640).choose(), 8);
        // Little time is left for the exchange.
        assert_eq!(figures(20, 11, 640).choose(), 4);
        // A link that needs most of a tick for its bands.
        assert_eq!(Figures { transfer_us: 11_000, ..figures(20, 0, 640) }.choose(), 4);
    }

    #[test]
    fn an_overloaded_room_takes_the_fastest_length() {
        // The margin costs more than the exchange.
        assert_eq!(figures(2, 50, 160).choose(), 2);
        // The exchange costs more than the margin.
        assert_eq!(figures(400, 20, 2000).choose(), 8);
    }

    #[test]
    fn figures_that_waver_change_nothing_and_real_changes_do_once() {
        let mut length = Length::default();
        let mut now = 0;
        assert_eq!(length.steady(&figures(50, 1, 640), now), 4);
        let mut changes = 0;
        let mut last = 4;
        let mut run = |length: &mut Length, seconds: u64, rtt: &dyn Fn(u64) -> u64| {
            changes = 0;
            for i in 0..seconds * 30 {
                now += 33_000;
                let ticks = length.steady(&figures(rtt(i), 1, 640), now);
                changes += u32::from(ticks != last);
                last = ticks;
            }
            (last, changes)
        };
        // Around the edge between 2 and 4, to and fro by a tenth.
        assert_eq!(run(&mut length, 60, &|i| if i % 40 < 20 { 24 } else { 27 }), (4, 0));
        // A spike of half a second.
        assert_eq!(run(&mut length, 30, &|i| if i == 100 || i < 15 { 300 } else { 40 }), (4, 0));
        assert_eq!(run(&mut length, 30, &|_| 130), (8, 1));
        assert_eq!(run(&mut length, 30, &|_| 3), (2, 1));
    }

    #[test]
    fn the_next_superstep() {
        // Half of the first superstep's 33.3 ms are 12.667 ms there, and 4 ms for everyone's turn.
        let near = |rtt_us| Cluster::of(2).rtt(1, 2, rtt_us);
        let far = || Cluster::of(3).rtt(1, 3, 200_000);
        let fixed = |ticks| Cluster::of(2).configured(|c| c.superstep_ticks = ticks);
        let ends = |after| {
            let tick = Cluster::of(1).view().tick;
            fixed(8).configured(|c| c.end_tick = Some(tick + after))
        };
        // 800 bytes a tick, and no more than 95 % of a tick with what else there is to do.
        let thin = |bytes| Cluster::of(2).limit(1, 2, bytes);
        let bare = |cluster: Cluster| cluster.roles(&[(1, 0), (2, 0), (3, 0)]);
        for (name, cluster, ticks) in [
            ("near", near(25_335), 2),
            ("further", near(25_336), 4),
            ("far", near(300_000), 8),
            ("alone", Cluster::of(1), 1),
            ("no neighbours", bare(far()), 2),
            ("a stand-in counts", far(), 8),
            ("relayed", bare(Cluster::of(3).relayed(1, 2, 3)), 4),
            ("not relayed", bare(Cluster::of(3)), 2),
            ("a wide link", thin(900_000), 2),
            ("a thin link", thin(80_000), 4),
            ("computing is quick", Cluster::of(2).computes(0, 1, 2_000), 2),
            ("computing is slow", Cluster::of(2).computes(0, 1, 20_000), 4),
            ("what stand-ins need does not count", Cluster::of(2).computes(0, 2, 20_000), 2),
            ("as configured", fixed(5), 5),
            ("at most", fixed(TICKS_MAX + 1), TICKS_MAX),
            ("near the end", ends(3), 3),
            ("at the end", ends(0), 0),
            ("at rest", near(300_000).paused(0), 0),
            ("a single tick", near(300_000).paused(1), 1),
            ("one after the other", near(300_000).paused(2), 1),
            ("in slow motion", near(25_000).at(Tempo::Half), 1),
            ("further in slow motion", near(100_000).at(Tempo::Half), 4),
            ("twice as fast", near(1_000).at(Tempo::Double), 2),
            ("twice as fast and further", near(25_335).at(Tempo::Double), 4),
            ("nobody lends", Cluster::of(2).watches(1).watches(2), 0),
            ("nobody holds anything", Cluster::of(2).roles(&[]), 0),
        ] {
            let view = cluster.view();
            let mut memory = Length::default();
            assert_eq!(decide(&view, &mut memory, 0, view.partition), ticks, "{name}");
        }
    }

    #[test]
    fn a_change_of_length_is_wanted_for_a_while() {
        let length = |ticks, wanted| Length { ticks, wanted };
        let far = || Cluster::of(2).rtt(1, 2, 100_000);
        let near = || Cluster::of(2).rtt(1, 2, 3_000);
        let shorter = |for_us| Some((false, NOW - for_us));
        for (name, cluster, mut memory, expected) in [
            ("longer: now first", far(), length(2, None), (2, Some((true, NOW)))),
            (
                "not for long",
                far(),
                length(2, Some((true, NOW - LONGER_US + 1))),
                (2, Some((true, NOW - LONGER_US + 1))),
            ),
            ("for long", far(), length(2, Some((true, NOW - LONGER_US))), (8, None)),
            ("shorter was wanted", far(), length(2, Some((false, 0))), (2, Some((true, NOW)))),
            ("as it is", far(), length(8, Some((true, 0))), (8, None)),
            ("shorter: not for long", near(), length(8, shorter(SHORTER_US - 1)), (8, shorter(SHORTER_US - 1))),
            ("shorter: for long", near(), length(8, shorter(SHORTER_US)), (2, None)),
            ("no shorter than what would do were it worse", Cluster::of(2), length(8, shorter(SHORTER_US)), (4, None)),
            ("alone now", Cluster::of(1), length(8, None), (0, None)),
        ] {
            let view = cluster.view();
            decide(&view, &mut memory, NOW, view.partition);
            assert_eq!((memory.ticks, memory.wanted), expected, "{name}");
        }
    }
}
