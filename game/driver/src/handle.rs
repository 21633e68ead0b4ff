//! The owner's end of a driver, and the driver's end of its owner.

use crate::events::{Event, EventQueue};
use crate::net::SignalFigures;
use crate::node::LinkTotals;
use crate::share::Share;
use room::api::{PeerId, Request};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Supersteps that are remembered for [`Handle::steps`]; the oldest go.
const STEPS_MAX: usize = 1 << 14;
/// Requests that wait at most; more are refused.
const CONTROL_MAX: usize = 1024;

/// What the owner asks of the driver.
pub(crate) enum Control {
    Request(Request),
    Share(Share),
    Fault(Fault),
    Close,
    Tick,
}

/// Something that goes wrong on purpose (tests).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The driver does nothing at all any more, as if its process had been ended: nobody is told.
    Die,
    /// It does nothing for this long: a frozen tab, a busy machine.
    Stall(Duration),
    /// Nothing comes from these peers or gets to them for this long.
    Cut(Vec<PeerId>, Duration),
}

/// The owner's end of a running driver. Dropping it ends the driver at once.
#[derive(Clone)]
pub struct Handle {
    control: async_channel::Sender<Control>,
    figures: Arc<Mutex<Figures>>,
    events: Arc<Mutex<EventQueue>>,
}

impl Handle {
    /// A handle, what it asks, and where the driver tells.
    pub(crate) fn new() -> (Self, async_channel::Receiver<Control>, Tell) {
        let (control, requests) = async_channel::bounded(CONTROL_MAX);
        let events = Arc::new(Mutex::new(EventQueue::default()));
        let figures = Arc::new(Mutex::new(Figures::default()));
        (Self { control, figures: figures.clone(), events: events.clone() }, requests, Tell { events, figures })
    }

    /// Asks the room for something. False when the driver has ended or its queue is full.
    pub fn send(&self, request: Request) -> bool {
        self.control.try_send(Control::Request(request)).is_ok()
    }

    /// Lends so much of the device from now on.
    pub fn share(&self, share: Share) {
        let _ = self.control.try_send(Control::Share(share));
    }

    /// Lets something go wrong.
    pub fn fault(&self, fault: Fault) {
        let _ = self.control.try_send(Control::Fault(fault));
    }

    /// The next event, if any; never waits.
    pub fn try_recv(&self) -> Option<Event> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// All events that wait, in order.
    pub fn events(&self) -> impl Iterator<Item = Event> + '_ {
        std::iter::from_fn(|| self.try_recv())
    }

    /// Figures of all links together, as of the last status.
    pub fn links(&self) -> LinkTotals {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner).links
    }

    /// What came of the signals of others, by which connections come about, as of the last status.
    pub fn signals(&self) -> SignalFigures {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner).signals
    }

    /// When supersteps began and ended here, since the last call; kept with [`crate::DriverConfig::trace`].
    pub fn steps(&self) -> Vec<Step> {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner).steps.drain(..).collect()
    }

    /// Lets the driver look at the clock; the page's worker calls this when timers are slowed.
    pub fn tick(&self) {
        if self.control.is_empty() {
            let _ = self.control.try_send(Control::Tick);
        }
    }

    /// Says goodbye to all at once, without the order of [`Request::Leave`]: the page is going away.
    pub fn close(&self) {
        let _ = self.control.try_send(Control::Close);
    }

    /// Whether the driver still runs.
    pub fn is_running(&self) -> bool {
        !self.control.is_closed()
    }
}

/// Sees what a driver tells its owner.
#[cfg(target_arch = "wasm32")]
type Listener = fn(&Tell, &Event);

#[cfg(target_arch = "wasm32")]
thread_local! {
    static LISTENER: std::cell::Cell<Option<Listener>> = const { std::cell::Cell::new(None) };
}

/// Has all that drivers of this page tell their owners seen at once, before the owners ask for it.
#[cfg(target_arch = "wasm32")]
pub(crate) fn listen(listener: Listener) {
    LISTENER.set(Some(listener));
}

/// Where the driver tells its owner.
#[derive(Clone)]
pub(crate) struct Tell {
    events: Arc<Mutex<EventQueue>>,
    figures: Arc<Mutex<Figures>>,
}

impl Tell {
    pub(crate) fn tell(&self, event: Event) {
        #[cfg(target_arch = "wasm32")]
        if let Some(listener) = LISTENER.get() {
            listener(self, &event);
        }
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }

    /// Whether this handle's owner is told.
    #[cfg(target_arch = "wasm32")]
    pub(crate) fn is_to(&self, handle: &Handle) -> bool {
        Arc::ptr_eq(&self.events, &handle.events)
    }

    pub(crate) fn links(&self, links: LinkTotals) {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner).links = links;
    }

    pub(crate) fn signals(&self, signals: SignalFigures) {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner).signals = signals;
    }

    pub(crate) fn step(&self, step: Step) {
        let steps = &mut self.figures.lock().unwrap_or_else(PoisonError::into_inner).steps;
        if steps.len() == STEPS_MAX {
            steps.pop_front();
        }
        steps.push_back(step);
    }
}

#[derive(Default)]
struct Figures {
    links: LinkTotals,
    signals: SignalFigures,
    steps: VecDeque<Step>,
}

impl Step {
    /// How long was computed for it, sending included, in microseconds.
    pub fn computing_us(&self) -> u64 {
        let [began, over] = self.inside_us;
        over.saturating_sub(began) + self.ended_us.saturating_sub(self.began_us)
    }

    /// When there was nothing more to compute for it but for its bands; `before` is the step before it.
    pub fn idle_us(&self, before: &Self) -> u64 {
        self.inside_us[1].max(before.ended_us)
    }
}

/// A superstep as it was computed here. Times are microseconds of the machine's wall clock, so that those of
/// several programs on one machine can be compared; of a [`crate::virtual_time::World`], of its clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The tick after it.
    pub tick: u64,
    /// The region's first column of cells.
    pub x0: i32,
    /// The last of its bands came.
    pub bands_us: u64,
    /// What is computed without its bands began, and was over; twice 0 where that waited for the bands, too.
    pub inside_us: [u64; 2],
    /// The rest began; in real time later than its bands came.
    pub began_us: u64,
    /// It was computed, and its bands were given to the links.
    pub ended_us: u64,
}
