//! Nodes of one thread, joined by queues: instant, lossless, deterministic. Put a [`super::shim::Shim`]
//! above it for the weather.

use super::{Net, NetEvent};
use room::api::{Micros, PeerId};
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::task::{Context, Poll};

/// Events that wait for one node at most; more are lost, as on any net.
const QUEUE_MAX: usize = 1 << 16;

/// What the nodes have in common.
#[derive(Clone, Debug, Default)]
pub struct Hub(Rc<RefCell<BTreeMap<PeerId, VecDeque<NetEvent>>>>);

impl Hub {
    /// A new node; everyone learns of it and it of everyone.
    pub fn join(&self, me: PeerId) -> VirtualNet {
        let mut nodes = self.0.borrow_mut();
        let mut mine = VecDeque::new();
        for (peer, queue) in nodes.iter_mut() {
            queue.push_back(NetEvent::Peer(me));
            mine.push_back(NetEvent::Peer(*peer));
        }
        nodes.insert(me, mine);
        VirtualNet { hub: self.clone(), me }
    }

    /// Whether nothing waits anywhere.
    pub fn is_quiet(&self) -> bool {
        self.0.borrow().values().all(VecDeque::is_empty)
    }
}

/// One node's end. Dropping it is vanishing without a word.
#[derive(Debug)]
pub struct VirtualNet {
    hub: Hub,
    me: PeerId,
}

impl Net for VirtualNet {
    fn poll(&mut self, _cx: &mut Context<'_>, _now: Micros) -> Poll<NetEvent> {
        // The one thread polls all nodes in turn, so nobody is woken.
        let event = self.hub.0.borrow_mut().get_mut(&self.me).and_then(VecDeque::pop_front);
        event.map_or(Poll::Pending, Poll::Ready)
    }

    fn send(&mut self, _now: Micros, to: PeerId, bytes: Vec<u8>) {
        if let Some(queue) = self.hub.0.borrow_mut().get_mut(&to)
            && queue.len() < QUEUE_MAX
        {
            queue.push_back(NetEvent::Datagram { from: self.me, bytes });
        }
    }
}

impl Drop for VirtualNet {
    fn drop(&mut self) {
        self.hub.0.borrow_mut().remove(&self.me);
    }
}
