//! A TCP stream with deadlines: for what is awaited, for what is sent, and for being told to go.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

/// What a connection is doing; shared by its stream, its service and the table of all.
#[derive(Debug)]
pub(super) struct Shared(Mutex<State>);

#[derive(Debug)]
struct State {
    /// Requests that are being answered; with HTTP/1.1 at most one.
    requests: u32,
    /// Since when there has been none.
    waiting_since: Instant,
    /// It has become a WebSocket, which has deadlines of its own.
    upgraded: bool,
    /// It must make place for others.
    dismissed: bool,
    task: Option<Waker>,
}

impl Shared {
    pub(super) fn new() -> Self {
        Self(Mutex::new(State {
            requests: 0,
            waiting_since: Instant::now(),
            upgraded: false,
            dismissed: false,
            task: None,
        }))
    }

    /// Never held over anything that could panic.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn request_begins(&self) {
        self.state().requests += 1;
    }

    pub(super) fn request_ends(&self) {
        let mut state = self.state();
        state.requests = state.requests.saturating_sub(1);
        state.waiting_since = Instant::now();
    }

    pub(super) fn upgraded(&self) {
        self.state().upgraded = true;
    }

    /// Since when the connection has had nothing to be answered.
    pub(super) fn waiting_since(&self) -> Option<Instant> {
        let state = self.state();
        (state.requests == 0 && !state.upgraded).then_some(state.waiting_since)
    }

    /// Ends the connection at its next breath.
    pub(super) fn dismiss(&self) {
        let mut state = self.state();
        state.dismissed = true;
        if let Some(task) = state.task.take() {
            task.wake();
        }
    }

    /// Whether the connection has been told to go; if not, its task is woken when it is.
    fn is_dismissed(&self, cx: &Context<'_>) -> bool {
        let mut state = self.state();
        if !state.task.as_ref().is_some_and(|task| task.will_wake(cx.waker())) {
            state.task = Some(cx.waker().clone());
        }
        state.dismissed
    }

    /// What is sent puts the wait for the next request off: its receiver may be slow.
    fn has_written(&self) {
        let mut state = self.state();
        if state.requests == 0 {
            state.waiting_since = Instant::now();
        }
    }
}

/// The stream. Reading ends at the first deadline that passes, and writing where nothing is taken for too long.
#[derive(Debug)]
pub(crate) struct Guarded {
    stream: TcpStream,
    shared: Arc<Shared>,
    wait_max: Duration,
    stall_max: Duration,
    /// Made at the first wait.
    wait: Option<Pin<Box<Sleep>>>,
    /// There while a write is pending.
    stall: Option<Pin<Box<Sleep>>>,
}

impl Guarded {
    pub(super) fn new(stream: TcpStream, shared: Arc<Shared>, wait_max: Duration, stall_max: Duration) -> Self {
        Self { stream, shared, wait_max, stall_max, wait: None, stall: None }
    }

    /// Ready when the connection has waited for too long. Else it is looked at again when that is due.
    fn poll_waited(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let Some(since) = self.shared.waiting_since().filter(|_| self.stall.is_none()) else {
                return Poll::Pending;
            };
            let due = since + self.wait_max;
            let wait = self.wait.get_or_insert_with(|| Box::pin(sleep_until(due)));
            if wait.deadline() != due {
                wait.as_mut().reset(due);
            }
            ready!(wait.as_mut().poll(cx));
            if self.shared.waiting_since() == Some(since) {
                return Poll::Ready(());
            }
        }
    }

    /// Counts the time for which nothing is taken.
    fn guard_write<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if self.shared.is_dismissed(cx) {
            return Poll::Ready(Err(dismissed()));
        }
        if written.is_ready() {
            self.stall = None;
            self.shared.has_written();
            return written;
        }
        let due = Instant::now() + self.stall_max;
        let stall = self.stall.get_or_insert_with(|| Box::pin(sleep_until(due)));
        ready!(stall.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "nothing of what is sent is taken")))
    }
}

fn dismissed() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "others need the place")
}

impl AsyncRead for Guarded {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        // The deadlines come first: bytes that drip in do not put them off.
        if self.shared.is_dismissed(cx) {
            return Poll::Ready(Err(dismissed()));
        }
        if self.poll_waited(cx).is_ready() {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "nothing was asked for")));
        }
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.guard_write(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.guard_write(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
