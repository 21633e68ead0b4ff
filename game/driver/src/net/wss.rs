//! matchbox's signaling over wss, natively: like matchbox's own, but with certificates of the user's choice.

use super::tls;
use super::trust::Trust;
use async_tungstenite::WebSocketStream;
use async_tungstenite::smol::{ConnectStream, client_async_tls_with_connector_and_config};
use async_tungstenite::tungstenite::Message;
use async_tungstenite::tungstenite::protocol::WebSocketConfig;
use futures::StreamExt;
use futures::future::{Either, select};
use matchbox_socket::async_trait::async_trait;
use matchbox_socket::{PeerEvent, PeerRequest, SignalingError, Signaller, SignallerBuilder};
use std::pin::pin;
use std::time::Duration;

/// A handshake must be over within this.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// The longest message; our server lets 64 KiB pass.
const MESSAGE_BYTES_MAX: usize = 256 << 10;

/// Connects sockets that believe a [`Trust`].
#[derive(Debug)]
pub(crate) struct SecureSignaling(pub(crate) Trust);

struct Secure(WebSocketStream<ConnectStream>);

fn failed(why: impl std::fmt::Display) -> SignalingError {
    SignalingError::UserImplementationError(why.to_string())
}

async fn connect(trust: &Trust, url: &str) -> Result<Secure, SignalingError> {
    let host = url.strip_prefix("wss://").and_then(|rest| rest.split('/').next()).unwrap_or("");
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    let address = if has_port { host.to_owned() } else { format!("{host}:443") };
    let stream = async_net::TcpStream::connect(address).await.map_err(failed)?;
    let connector = futures_rustls::TlsConnector::from(tls::config(trust).map_err(failed)?);
    let config =
        WebSocketConfig::default().max_message_size(Some(MESSAGE_BYTES_MAX)).max_frame_size(Some(MESSAGE_BYTES_MAX));
    let (socket, _) = client_async_tls_with_connector_and_config(url, stream, Some(connector), Some(config)).await?;
    Ok(Secure(socket))
}

#[async_trait]
impl SignallerBuilder for SecureSignaling {
    async fn new_signaller(&self, _: Option<u16>, url: String) -> Result<Box<dyn Signaller>, SignalingError> {
        // One attempt: a ticket works once.
        match select(pin!(connect(&self.0, &url)), futures_timer::Delay::new(HANDSHAKE)).await {
            Either::Left((result, _)) => result.map(|s| Box::new(s) as Box<dyn Signaller>),
            Either::Right(_) => Err(failed("it does not answer in time")),
        }
    }
}

#[async_trait]
impl Signaller for Secure {
    async fn send(&mut self, request: PeerRequest) -> Result<(), SignalingError> {
        let text = serde_json::to_string(&request).map_err(failed)?;
        self.0.send(Message::Text(text.into())).await.map_err(SignalingError::from)
    }

    async fn next_message(&mut self) -> Result<PeerEvent, SignalingError> {
        match self.0.next().await {
            Some(Ok(Message::Text(text))) => serde_json::from_str(&text).map_err(|_| SignalingError::UnknownFormat),
            Some(Ok(_)) => Err(SignalingError::UnknownFormat),
            Some(Err(error)) => Err(error.into()),
            None => Err(SignalingError::StreamExhausted),
        }
    }
}
