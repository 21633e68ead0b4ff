//! The owner's end of a driver, and the driver's end of its owner.

use crate::events::{Event, EventQueue};
use room::api::Request;
use std::sync::{Arc, Mutex, PoisonError};

/// Requests that wait at most; more are refused.
const CONTROL_MAX: usize = 1024;

/// What the owner asks of the driver.
pub(crate) enum Control {
    Request(Request),
    Close,
    Tick,
}

/// The owner's end of a running driver. Dropping it ends the driver at once.
#[derive(Clone)]
pub struct Handle {
    control: async_channel::Sender<Control>,
    events: Arc<Mutex<EventQueue>>,
}

impl Handle {
    /// A handle, what it asks, and where the driver tells.
    pub(crate) fn new() -> (Self, async_channel::Receiver<Control>, Tell) {
        let (control, requests) = async_channel::bounded(CONTROL_MAX);
        let events = Arc::new(Mutex::new(EventQueue::default()));
        (Self { control, events: events.clone() }, requests, Tell(events))
    }

    /// Asks the room for something. False when the driver has ended or its queue is full.
    pub fn send(&self, request: Request) -> bool {
        self.control.try_send(Control::Request(request)).is_ok()
    }

    /// The next event, if any; never waits.
    pub fn try_recv(&self) -> Option<Event> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// All events that wait, in order.
    pub fn events(&self) -> impl Iterator<Item = Event> + '_ {
        std::iter::from_fn(|| self.try_recv())
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

/// Where the driver tells its owner.
#[derive(Clone)]
pub(crate) struct Tell(Arc<Mutex<EventQueue>>);

impl Tell {
    pub(crate) fn tell(&self, event: Event) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }
}
