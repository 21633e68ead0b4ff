//! matchbox's signaling, over a WebSocket of our own.
//!
//! matchbox's own one would do but for two things: when the server goes while data channels are up, matchbox
//! says nothing, and the driver is to join anew; and natively it believes public authorities only.

#[cfg(not(target_arch = "wasm32"))]
use super::socket_native::Socket;
#[cfg(target_arch = "wasm32")]
use super::socket_web::Socket;
use super::trust::Trust;
use futures::channel::mpsc;
use matchbox_socket::async_trait::async_trait;
use matchbox_socket::{PeerEvent, PeerRequest, SignalingError, Signaller, SignallerBuilder};

/// What becomes of a connection to the signaling server.
#[derive(Debug)]
pub(crate) enum News {
    /// It stands.
    Open,
    /// It has ended, or never stood; why.
    Over(String),
}

/// Connects to the signaling server, and tells when that is done and when it has gone.
#[derive(Debug)]
pub(crate) struct Signaling {
    /// Natively, for wss.
    pub(crate) trust: Trust,
    /// Who is told.
    pub(crate) news: mpsc::Sender<News>,
}

struct Connected {
    socket: Socket,
    news: mpsc::Sender<News>,
}

impl Connected {
    fn note<T>(&mut self, result: Result<T, SignalingError>) -> Result<T, SignalingError> {
        result.inspect_err(|_| {
            // Full means that it is known.
            let _ = self.news.try_send(News::Over("the signaling server has gone, or the way to it".to_owned()));
        })
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
        Ok(Box::new(Connected { socket, news }))
    }
}

#[cfg_attr(not(target_arch = "wasm32"), async_trait)]
#[cfg_attr(target_arch = "wasm32", async_trait(?Send))]
impl Signaller for Connected {
    async fn send(&mut self, request: PeerRequest) -> Result<(), SignalingError> {
        let text =
            serde_json::to_string(&request).map_err(|e| SignalingError::UserImplementationError(e.to_string()))?;
        let result = self.socket.send(text).await;
        self.note(result)
    }

    async fn next_message(&mut self) -> Result<PeerEvent, SignalingError> {
        let result = self.socket.next().await;
        let text = self.note(result)?.ok_or(SignalingError::UnknownFormat)?;
        // What makes no sense is passed over, as matchbox does.
        serde_json::from_str(&text).map_err(|_| SignalingError::UnknownFormat)
    }
}
