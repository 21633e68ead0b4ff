//! The signaling WebSocket, natively: ws or wss, with certificates of the user's choice.

use crate::net::tls;
use crate::net::trust::Trust;
use async_tungstenite::WebSocketStream;
use async_tungstenite::smol::{ConnectStream, client_async_tls_with_connector_and_config};
use async_tungstenite::tungstenite::Message;
use async_tungstenite::tungstenite::protocol::WebSocketConfig;
use futures::StreamExt;
use futures::future::{Either, select};
use matchbox_socket::SignalingError;
use std::pin::pin;
use std::time::Duration;

/// A handshake must be over within this.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// The longest message; our server lets 64 KiB pass.
const MESSAGE_BYTES_MAX: usize = 256 << 10;

/// An open WebSocket.
pub(crate) struct Socket(WebSocketStream<ConnectStream>);

impl Socket {
    /// Connects, within a bounded time.
    pub(crate) async fn connect(url: &str, trust: &Trust) -> Result<Self, SignalingError> {
        match select(pin!(connect(url, trust)), futures_timer::Delay::new(HANDSHAKE)).await {
            Either::Left((result, _)) => result.map(Self),
            Either::Right(_) => Err(failed("it does not answer in time")),
        }
    }

    /// Sends a text.
    pub(crate) async fn send(&mut self, text: String) -> Result<(), SignalingError> {
        Ok(self.0.send(Message::Text(text.into())).await?)
    }

    /// The next message: its text, or `None` for one that is no text.
    pub(crate) async fn next(&mut self) -> Result<Option<String>, SignalingError> {
        match self.0.next().await {
            Some(Ok(Message::Text(text))) => Ok(Some(text.as_str().to_owned())),
            Some(Ok(_)) => Ok(None),
            Some(Err(error)) => Err(error.into()),
            None => Err(SignalingError::StreamExhausted),
        }
    }
}

fn failed(why: impl std::fmt::Display) -> SignalingError {
    SignalingError::UserImplementationError(why.to_string())
}

async fn connect(url: &str, trust: &Trust) -> Result<WebSocketStream<ConnectStream>, SignalingError> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("ws", url));
    let host = rest.split(['/', '?']).next().unwrap_or("");
    let address = tls::with_port(host, if scheme == "wss" { 443 } else { 80 });
    let stream = async_net::TcpStream::connect(address).await.map_err(failed)?;
    let connector = futures_rustls::TlsConnector::from(tls::config(trust).map_err(failed)?);
    let config =
        WebSocketConfig::default().max_message_size(Some(MESSAGE_BYTES_MAX)).max_frame_size(Some(MESSAGE_BYTES_MAX));
    // Over ws the connector is not used.
    Ok(client_async_tls_with_connector_and_config(url, stream, Some(connector), Some(config)).await?.0)
}
