//! Every refusal of this server, with its status and its words: what happened, why, and what to do next.

use crate::names::RoomNameError;
use crate::rooms::Refusal;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::time::Duration;

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ApiError {
    /// By the directory.
    Refused(Refusal),
    /// The room's name cannot be one.
    RoomName(RoomNameError),
    /// The query cannot be read.
    Query,
    /// The key is none.
    Key,
    /// The body is not the JSON that the address takes.
    Body,
    /// The body is longer than `body_bytes_max`.
    TooLong,
    /// The address's budget of requests is spent; it has some again after this time.
    TooManyRequests(Duration),
    /// The request or its answer took longer than `answer`.
    TooSlow,
    /// There is nothing at this address.
    NotFound,
    /// There is something, for another method.
    Method,
    /// The request for a WebSocket is none.
    WebSocket,
    /// The part of the file that was asked for does not exist.
    Range,
    /// The link is too long for a QR code.
    LinkTooLong,
    /// Any other refusal of a library's.
    Other(StatusCode),
    /// A fault of the server's own.
    Fault,
}

/// What is said of a refusal. The sentences' parts are joined by colons, so they begin in lower case.
struct Words {
    status: StatusCode,
    /// For programs; never changes.
    code: &'static str,
    what: &'static str,
    why: &'static str,
    next: &'static str,
}

/// The body of every refusal.
#[derive(Serialize)]
struct Told<'a> {
    /// All that a person needs, in one line.
    error: String,
    code: &'a str,
    what: &'a str,
    why: &'a str,
    next: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_s: Option<u64>,
}

/// Marks an answer that tells its error in words already.
#[derive(Clone, Copy)]
pub(crate) struct InWords;

impl ApiError {
    /// For a refusal by a library, known by its status alone.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::Method,
            StatusCode::REQUEST_TIMEOUT => Self::TooSlow,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLong,
            StatusCode::RANGE_NOT_SATISFIABLE => Self::Range,
            StatusCode::INTERNAL_SERVER_ERROR => Self::Fault,
            other => Self::Other(other),
        }
    }

    fn words(self) -> Words {
        let words = |status, code, what, why, next| Words { status, code, what, why, next };
        match self {
            Self::Refused(refusal) => refused(refusal),
            Self::RoomName(error) => {
                let (why, next) = match error {
                    RoomNameError::Length => ("a room's name has 1 to 32 letters", "choose one such as `tide`"),
                    RoomNameError::Letters => {
                        ("a room's name consists of letters a-z, digits, - and _", "choose one such as `my-room`")
                    }
                    RoomNameError::Reserved => ("this name is taken by the server itself", "choose another"),
                };
                words(StatusCode::BAD_REQUEST, "room_name", "no room can have this name", why, next)
            }
            Self::Query => words(
                StatusCode::BAD_REQUEST,
                "query",
                "the address cannot be read",
                "what follows its `?` is no list of names and values",
                "write ?room=NAME&name=PERSON",
            ),
            Self::Key => words(
                StatusCode::BAD_REQUEST,
                "key",
                "this key is none",
                "a key has 32 hexadecimal digits",
                "use the one of an earlier answer, or join without one",
            ),
            Self::Body => words(
                StatusCode::BAD_REQUEST,
                "body",
                "the change of the room cannot be read",
                "the body is not the JSON that this address takes",
                "send any of {\"world\": TEXT, \"places\": NUMBER, \"host\": ID, \"name\": TEXT}",
            ),
            Self::TooLong => words(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_long",
                "the request is too long",
                "its body has more bytes than this server reads",
                "send less",
            ),
            Self::TooManyRequests(_) => words(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "this address asks too often",
                "each address has so many requests a second",
                "try again in a few seconds",
            ),
            Self::TooSlow => words(
                StatusCode::REQUEST_TIMEOUT,
                "too_slow",
                "the request took too long",
                "it did not arrive, or could not be answered, in time",
                "try again",
            ),
            Self::NotFound => words(
                StatusCode::NOT_FOUND,
                "not_found",
                "there is nothing at this address",
                "it is no file of the page and no address of the server's",
                "begin at /",
            ),
            Self::Method => words(
                StatusCode::METHOD_NOT_ALLOWED,
                "method",
                "this address takes no such request",
                "the method is another one",
                "use GET, or POST for /rooms/NAME",
            ),
            Self::WebSocket => words(
                StatusCode::BAD_REQUEST,
                "websocket",
                "this is no request for a WebSocket",
                "it asks for an upgrade that the server cannot make",
                "connect with WebSocket version 13 over HTTP/1.1",
            ),
            Self::Range => words(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "range",
                "this part of the file cannot be sent",
                "it lies outside the file, or it is more than one part",
                "ask for the whole file",
            ),
            Self::LinkTooLong => words(
                StatusCode::INTERNAL_SERVER_ERROR,
                "link_too_long",
                "there is no QR code of this link",
                "the link is too long for one",
                "send the link itself",
            ),
            Self::Other(status) => words(
                status,
                "refused",
                "the request was refused",
                status.canonical_reason().unwrap_or("it makes no sense here"),
                "check the address and the program that asks",
            ),
            Self::Fault => words(
                StatusCode::INTERNAL_SERVER_ERROR,
                "fault",
                "the server failed to answer",
                "this is a fault of its own, and its log says more",
                "try again; if that does not help, tell who runs the server",
            ),
        }
    }

    fn retry_after(self) -> Option<Duration> {
        match self {
            Self::TooManyRequests(wait) | Self::Refused(Refusal::TooManyTickets(wait)) => Some(wait),
            _ => None,
        }
    }
}

fn refused(refusal: Refusal) -> Words {
    let words = |status, code, what, why, next| Words { status, code, what, why, next };
    match refusal {
        Refusal::RoomFull => words(
            StatusCode::CONFLICT,
            "room_full",
            "this room is full",
            "all of its places are taken",
            "wait until somebody leaves, or open a room of another name",
        ),
        Refusal::ServerFull => words(
            StatusCode::SERVICE_UNAVAILABLE,
            "server_full",
            "this server is full",
            "it carries as many rooms and people as it can",
            "try again later",
        ),
        Refusal::AddressFull => words(
            StatusCode::TOO_MANY_REQUESTS,
            "address_full",
            "too many people of this address are on this server",
            "each address has so many places",
            "wait until somebody leaves",
        ),
        Refusal::TooManyTickets(_) => words(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_tickets",
            "too many requests to join",
            "each address can join so many times a second",
            "try again in a few seconds",
        ),
        Refusal::BadTicket => words(
            StatusCode::FORBIDDEN,
            "bad_ticket",
            "this way into the room has expired",
            "a ticket works once, for half a minute, for its own room",
            "join again",
        ),
        Refusal::NoTicket => words(
            StatusCode::FORBIDDEN,
            "no_ticket",
            "the address lacks a ticket",
            "this server asks for one",
            "join first: /join?room=NAME answers with it",
        ),
        Refusal::NotAllowed => words(
            StatusCode::FORBIDDEN,
            "not_allowed",
            "this change is not allowed",
            "only a member may change its own name, and only the host the room itself",
            "join the room, or ask its host",
        ),
        Refusal::NoRoom => words(
            StatusCode::NOT_FOUND,
            "no_room",
            "there is no such room",
            "nobody is in a room of this name",
            "check the name, or join it to open it",
        ),
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<RoomNameError> for ApiError {
    fn from(error: RoomNameError) -> Self {
        Self::RoomName(error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Words { status, code, what, why, next } = self.words();
        let retry_after_s = self.retry_after().map(|wait| wait.as_secs_f64().ceil().max(1.0) as u64);
        // What cannot be done again is explained; what can be is told briefly.
        let error = match self {
            Self::RoomName(_) | Self::Key | Self::Body => format!("{why}: {next}"),
            _ => format!("{what}: {next}"),
        };
        let mut response = (status, Json(Told { error, code, what, why, next, retry_after_s })).into_response();
        if let Some(seconds) = retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(InWords);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_refusal_has_a_status_a_code_and_words() {
        let refusals = [
            Refusal::RoomFull,
            Refusal::ServerFull,
            Refusal::AddressFull,
            Refusal::TooManyTickets(Duration::from_millis(250)),
            Refusal::BadTicket,
            Refusal::NoTicket,
            Refusal::NotAllowed,
            Refusal::NoRoom,
        ];
        let names = [RoomNameError::Length, RoomNameError::Letters, RoomNameError::Reserved];
        let statuses = [404, 405, 408, 413, 416, 418, 500].map(|code| StatusCode::from_u16(code).unwrap());
        let others = [ApiError::Query, ApiError::Key, ApiError::Body, ApiError::WebSocket, ApiError::LinkTooLong];
        let all = refusals
            .map(ApiError::from)
            .into_iter()
            .chain(names.map(ApiError::from))
            .chain(statuses.map(ApiError::of_status))
            .chain(others);
        for error in all {
            let response = error.into_response();
            assert!(response.status().is_client_error() || response.status().is_server_error());
            assert!(response.extensions().get::<InWords>().is_some());
            let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap();
            let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
            for part in ["error", "code", "what", "why", "next"] {
                assert!(body[part].as_str().is_some_and(|text| text.len() > 2), "{error:?} lacks {part}");
            }
        }
    }

    #[test]
    fn a_wait_is_told_in_whole_seconds() {
        let response = ApiError::TooManyRequests(Duration::from_millis(20)).into_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
    }
}
