//! The signaling WebSocket, in a page. Whom to trust the browser decides.

use crate::net::trust::Trust;
use futures::{SinkExt, StreamExt};
use matchbox_socket::SignalingError;
use ws_stream_wasm::{WsMessage, WsMeta, WsStream};

/// An open WebSocket.
pub(crate) struct Socket(WsStream);

impl Socket {
    /// Connects.
    pub(crate) async fn connect(url: &str, _: &Trust) -> Result<Self, SignalingError> {
        Ok(Self(WsMeta::connect(url, None).await?.1))
    }

    /// Sends a text.
    pub(crate) async fn send(&mut self, text: String) -> Result<(), SignalingError> {
        Ok(self.0.send(WsMessage::Text(text)).await?)
    }

    /// The next message: its text, or `None` for one that is no text.
    pub(crate) async fn next(&mut self) -> Result<Option<String>, SignalingError> {
        match self.0.next().await {
            Some(WsMessage::Text(text)) => Ok(Some(text)),
            Some(_) => Ok(None),
            None => Err(SignalingError::StreamExhausted),
        }
    }
}
