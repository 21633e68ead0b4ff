//! What becomes of links over a node's life: sleeps, long lives, and those who go before they have come.

use driver::link::{CONNECT_US, LinkConfig, SILENCE_US};
use driver::node::{Node, NodeOutput};
use room::api::{Config, Micros, Pace, PeerId, Profile};

const DAY_US: Micros = 24 * 3600 * 1_000_000;
const STEP_US: Micros = 5_000;

fn id(i: usize) -> PeerId {
    PeerId(i as u128 + 1)
}

fn node(i: usize, now: Micros) -> Node {
    let config = Config {
        me: id(i),
        profile: Profile { name: format!("P{i}"), lend: false, backend: "CPU".into(), throughput: 0 },
        found: None,
        superstep_ticks: 0,
        pace: Pace::RealTime,
        wait_for: 0,
        equal_strips: false,
        stand_ins: true,
        end_tick: None,
    };
    Node::new(config, LinkConfig::default(), now)
}

/// Two nodes, and what they tell besides datagrams.
struct Two {
    nodes: [Node; 2],
    now: Micros,
    told: usize,
}

impl Two {
    fn at(now: Micros) -> Self {
        Self { nodes: [node(0, now), node(1, now)], now, told: 0 }
    }

    /// Goes on for a while; `carried` says whether datagrams arrive.
    fn pass(&mut self, us: Micros, carried: bool) {
        let end = self.now + us;
        while self.now < end {
            self.now += STEP_US;
            for i in 0..2 {
                self.nodes[i].tick(self.now);
                while let Some(output) = self.nodes[i].poll(self.now) {
                    match output {
                        NodeOutput::Datagram { to, bytes } if carried && to == id(1 - i) => {
                            self.nodes[1 - i].datagram(self.now, id(i), &bytes);
                        }
                        NodeOutput::Datagram { .. } | NodeOutput::Job { .. } => {}
                        // Whatever a player would read.
                        _ => self.told += 1,
                    }
                }
            }
        }
    }

    fn are_linked(&self) -> bool {
        (0..2).all(|i| self.nodes[i].up().any(|peer| peer == id(1 - i)))
    }
}

#[test]
fn a_pair_links_again_however_long_it_has_lived() {
    for now in [0, 60 * DAY_US, 4_000 * DAY_US] {
        let mut two = Two::at(now);
        (0..2).for_each(|i| two.nodes[i].peer(now, id(1 - i)));
        two.pass(1_000_000, true);
        assert!(two.are_linked(), "after {} days", now / DAY_US);
        for again in 0..5 {
            two.pass(SILENCE_US + 1_000_000, false);
            assert!(!two.are_linked());
            two.pass(2_000_000, true);
            assert!(two.are_linked(), "after {} days, time {again}", now / DAY_US);
        }
    }
}

#[test]
fn whoever_goes_before_the_link_came_about_is_not_said_to_be_out_of_reach() {
    let told = |gone: bool| {
        let mut two = Two::at(0);
        two.nodes[0].peer(0, id(1));
        two.pass(1_000_000, false);
        let before = two.told;
        if gone {
            two.nodes[0].gone(id(1));
        }
        two.pass(CONNECT_US + 1_000_000, false);
        assert!(two.nodes[0].links().next().is_none());
        two.told - before
    };
    assert!(told(false) > told(true), "{} {}", told(false), told(true));
}

#[test]
fn a_link_that_is_up_outlives_the_word_that_its_peer_has_gone() {
    let mut two = Two::at(0);
    (0..2).for_each(|i| two.nodes[i].peer(0, id(1 - i)));
    two.pass(1_000_000, true);
    // The other's WebSocket dropped; its data channel did not.
    two.nodes[0].gone(id(1));
    two.pass(SILENCE_US * 2, true);
    assert!(two.are_linked());
}
