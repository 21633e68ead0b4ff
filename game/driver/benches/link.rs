//! What a message costs from one link to the other over a pipe that loses nothing, in both machines' time together.
//!
//! `cargo bench --package driver`

use divan::Bencher;
use divan::counter::BytesCount;
use driver::link::{Link, LinkConfig, LinkEvent};
use room::api::Channel;

/// Time between two looks at the links, in microseconds.
const LOOK_US: u64 = 1_000;

fn main() {
    divan::main();
}

struct Pair {
    links: [Link; 2],
    now: u64,
}

impl Pair {
    /// Two links that know each other.
    fn new() -> Self {
        let mut pair = Self { links: [(); 2].map(|()| Link::new(LinkConfig::default(), 0)), now: 0 };
        while !pair.links.iter().all(Link::is_up) {
            pair.turn();
        }
        pair
    }

    /// What both have to send arrives; whether a message came out at the far end.
    fn turn(&mut self) -> bool {
        self.now += LOOK_US;
        for from in 0..2 {
            self.links[from].tick(self.now);
            while let Some(datagram) = self.links[from].poll_transmit(self.now) {
                self.links[1 - from].handle_datagram(self.now, &datagram);
            }
        }
        let mut came = false;
        for link in &mut self.links {
            while let Some(event) = link.poll_event() {
                came |= matches!(event, LinkEvent::Message(..));
            }
        }
        came
    }
}

#[divan::bench(args = [100, 16_000, 300_000])]
fn message(bencher: Bencher<'_, '_>, bytes: usize) {
    let mut pair = Pair::new();
    let message = vec![7u8; bytes];
    bencher.counter(BytesCount::new(bytes)).bench_local(|| {
        pair.links[0].send(0, Channel::Border, message.clone());
        while !pair.turn() {}
    });
}
