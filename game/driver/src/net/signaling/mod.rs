//! matchbox's signaling, over a WebSocket of our own.
//!
//! matchbox's own one would do but for three things: it hands every signal of every participant to the WebRTC stack
//! unread and panics on what that refuses ([`mod@gate`] stands in between); when the server goes while data channels
//! are up, it says nothing, and the driver has to reconnect; and natively it believes public authorities only.

mod description;
mod distrust;
mod gate;
#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(target_arch = "wasm32")]
mod web;

pub(crate) use distrust::Distrust;
pub(crate) use gate::Gate;
pub use gate::SignalFigures;

use super::trust::Trust;
use futures::channel::mpsc;
use gate::Verdict;
use matchbox_socket::async_trait::async_trait;
use matchbox_socket::{PeerEvent, PeerRequest, SignalingError, Signaller, SignallerBuilder};
#[cfg(not(target_arch = "wasm32"))]
use native::Socket;
use room::api::PeerId;
use serde::Deserialize;
use std::sync::{Arc, Mutex, PoisonError};
#[cfg(target_arch = "wasm32")]
use web::Socket;

/// What becomes of a connection to the signaling server.
#[derive(Debug)]
pub(crate) enum News {
    /// It stands.
    Open,
    /// It has ended, or never stood; why.
    Over(String),
    /// A participant sent too many malformed signals: nothing of it is read any more.
    Distrusted(PeerId),
}

/// Connects to the signaling server, and tells when that is done and when it has gone.
#[derive(Debug)]
pub(crate) struct Signaling {
    /// Natively, for wss.
    trust: Trust,
    /// What stands between the server and matchbox.
    gate: Arc<Mutex<Gate>>,
    /// Who is told.
    news: mpsc::Sender<News>,
}

impl Signaling {
    /// Signals go through this gate, and news there.
    pub(crate) fn new(trust: Trust, gate: Arc<Mutex<Gate>>, news: mpsc::Sender<News>) -> Self {
        Self { trust, gate, news }
    }
}

/// A gate with nothing behind it yet.
pub(crate) fn gate(distrust: &Arc<Mutex<Distrust>>) -> Arc<Mutex<Gate>> {
    Arc::new(Mutex::new(Gate::new(distrust.clone())))
}

struct Connected {
    socket: Socket,
    gate: Arc<Mutex<Gate>>,
    news: mpsc::Sender<News>,
    began: web_time::Instant,
}

impl Connected {
    fn note<T>(&mut self, result: Result<T, SignalingError>) -> Result<T, SignalingError> {
        result.inspect_err(|_| self.over("the signaling server has gone, or the way to it"))
    }

    fn over(&mut self, why: &str) {
        // Full means that it is known.
        let _ = self.news.try_send(News::Over(why.to_owned()));
    }

    fn gate(&self) -> std::sync::MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg_attr(not(target_arch = "wasm32"), async_trait)]
#[cfg_attr(target_arch = "wasm32", async_trait(?Send))]
impl SignallerBuilder for Signaling {
    /// One attempt: a ticket works once.
    async fn new_signaller(&self, _: Option<u16>, url: String) -> Result<Box<dyn Signaller>, SignalingError> {
        let socket = Socket::connect(&url, &self.trust).await?;
        let mut news = self.news.clone();
        let _ = news.try_send(News::Open);
        Ok(Box::new(Connected { socket, gate: self.gate.clone(), news, began: web_time::Instant::now() }))
    }
}

#[cfg_attr(not(target_arch = "wasm32"), async_trait)]
#[cfg_attr(target_arch = "wasm32", async_trait(?Send))]
impl Signaller for Connected {
    async fn send(&mut self, request: PeerRequest) -> Result<(), SignalingError> {
        self.gate().request(&request);
        let text =
            serde_json::to_string(&request).map_err(|e| SignalingError::UserImplementationError(e.to_string()))?;
        let result = self.socket.send(text).await;
        self.note(result)
    }

    async fn next_message(&mut self) -> Result<PeerEvent, SignalingError> {
        loop {
            let result = self.socket.next().await;
            // What is no text is passed over, as matchbox does.
            let text = self.note(result)?.ok_or(SignalingError::UnknownFormat)?;
            let now = self.began.elapsed().as_micros() as u64;
            let verdict = self.gate().message(now, &text);
            match verdict {
                Verdict::Pass(event) => return Ok(event),
                Verdict::Drop => {}
                Verdict::Distrust(who) => drop(self.news.try_send(News::Distrusted(who))),
                Verdict::Exhausted => {
                    self.over("this connection to the signaling server has met too many others");
                    return Err(SignalingError::StreamExhausted);
                }
            }
        }
    }
}

/// Whose signal a message carries, whatever else is in it.
fn sender(text: &str) -> Option<matchbox_socket::PeerId> {
    #[derive(Deserialize)]
    struct Message {
        #[serde(rename = "Signal")]
        signal: Signal,
    }
    #[derive(Deserialize)]
    struct Signal {
        sender: matchbox_socket::PeerId,
    }
    serde_json::from_str::<Message>(text).ok().map(|message| message.signal.sender)
}
