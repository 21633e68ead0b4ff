//! What a request carries, parsed into types before any handler sees it.

use crate::api_error::ApiError;
use crate::doors::Client;
use crate::names::{PersonName, RoomName, WORLD_BYTES_MAX, clean};
use crate::rooms::{Change, Refusal, Token};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::response::IntoResponse;
use matchbox_protocol::PeerId;
use serde::Deserialize;

/// What may follow `?`. Names that are unknown here are passed over: the page's links carry its own.
#[derive(Deserialize)]
struct Parameters {
    room: Option<String>,
    name: Option<String>,
    key: Option<String>,
    ticket: Option<String>,
}

impl Parameters {
    fn of(parts: &Parts) -> Result<Self, ApiError> {
        Query::try_from_uri(&parts.uri).map(|Query(parameters)| parameters).map_err(|_| ApiError::Query)
    }
}

/// `/rooms/NAME`
pub(crate) struct RoomOfPath(pub RoomName);

impl<S: Send + Sync> FromRequestParts<S> for RoomOfPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(name) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| ApiError::NotFound)?;
        Ok(Self(RoomName::parse(&name)?))
    }
}

/// `?room=NAME`, or nothing where the page as such is meant.
pub(crate) struct RoomOfQuery(pub Option<RoomName>);

impl<S: Send + Sync> FromRequestParts<S> for RoomOfQuery {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let room = Parameters::of(parts)?.room.map(|room| RoomName::parse(&room)).transpose()?;
        Ok(Self(room))
    }
}

/// `?room=NAME&name=PERSON&key=KEY`; the key where somebody comes back.
pub(crate) struct Joining {
    pub room: RoomName,
    pub name: PersonName,
    pub key: Option<Token>,
}

impl<S: Send + Sync> FromRequestParts<S> for Joining {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let Parameters { room, name, key, .. } = Parameters::of(parts)?;
        Ok(Self {
            room: RoomName::parse(&room.unwrap_or_default())?,
            name: PersonName::clean(&name.unwrap_or_default()),
            key: key.map(|key| Token::parse(&key).ok_or(ApiError::Key)).transpose()?,
        })
    }
}

/// `?key=KEY` of who asks for a change. A text that is no key is nobody's.
pub(crate) struct Key(pub Token);

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let key = Parameters::of(parts)?.key.and_then(|key| Token::parse(&key));
        key.map(Self).ok_or(ApiError::Refused(Refusal::NotAllowed))
    }
}

/// The ticket of a WebSocket's address, if it has one.
pub(crate) struct TicketOfQuery(pub Option<Token>);

impl<S: Send + Sync> FromRequestParts<S> for TicketOfQuery {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let ticket = Parameters::of(parts)?.ticket;
        let ticket = ticket.map(|ticket| Token::parse(&ticket).ok_or(Refusal::BadTicket)).transpose()?;
        Ok(Self(ticket))
    }
}

/// The body of `POST /rooms/NAME`. It is read as JSON whatever its declared type, since that declaration would cost a
/// browser another request.
pub(crate) struct RoomChange(pub Change);

#[derive(Deserialize)]
struct ChangeBody {
    world: Option<String>,
    places: Option<usize>,
    host: Option<PeerId>,
    name: Option<String>,
}

impl<S: Send + Sync> FromRequest<S> for RoomChange {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|error: BytesRejection| ApiError::of_status(error.into_response().status()))?;
        let body: ChangeBody = serde_json::from_slice(&body).map_err(|_| ApiError::Body)?;
        Ok(Self(Change {
            world: body.world.map(|world| clean(&world, WORLD_BYTES_MAX)),
            places: body.places,
            host: body.host,
            name: body.name.map(|name| PersonName::clean(&name)),
        }))
    }
}

/// As the stack of middleware has found it out.
impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().copied().ok_or(ApiError::Fault)
    }
}
