//! The answers in JSON, and the few in text.

use crate::invite::Invitation;
use crate::metrics::count;
use crate::names::{PersonName, RoomName, WORLD_BYTES_MAX, clean};
use crate::rooms::{Change, Refusal, Token};
use crate::server::App;
use axum::Json;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use matchbox_protocol::PeerId;
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

type Parameters = Query<HashMap<String, String>>;

/// An error in words, as every answer of this server gives it.
pub fn refuse(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({ "error": why }))).into_response()
}

/// The same for a refusal of the directory's.
pub fn refusal(why: Refusal) -> Response {
    let status = match why {
        Refusal::RoomFull => StatusCode::CONFLICT,
        Refusal::ServerFull => StatusCode::SERVICE_UNAVAILABLE,
        Refusal::TooManyTickets => StatusCode::TOO_MANY_REQUESTS,
        Refusal::BadTicket | Refusal::NoTicket | Refusal::NotAllowed => StatusCode::FORBIDDEN,
        Refusal::NoRoom => StatusCode::NOT_FOUND,
    };
    refuse(status, &why.to_string())
}

fn room_of(text: Option<&str>) -> Result<RoomName, Box<Response>> {
    RoomName::parse(text.unwrap_or("")).map_err(|why| Box::new(refuse(StatusCode::BAD_REQUEST, why)))
}

/// `GET /join`
pub async fn join(
    State(app): State<Arc<App>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    Query(query): Parameters,
) -> Response {
    let room = match room_of(query.get("room").map(String::as_str)) {
        Ok(room) => room,
        Err(response) => return *response,
    };
    let name = PersonName::clean(query.get("name").map_or("", String::as_str));
    let key = match query.get("key").map(|text| Token::parse(text)) {
        Some(None) => return refuse(StatusCode::BAD_REQUEST, "this key is none: use the one of an earlier answer"),
        key => key.flatten(),
    };
    match app.rooms().join(app.now(), room, name, key, from.ip()) {
        Ok(joined) => {
            count(&app.metrics.joins);
            Json(joined).into_response()
        }
        Err(why) => {
            count(&app.metrics.refusals);
            refusal(why)
        }
    }
}

/// `GET /rooms`
pub async fn list(State(app): State<Arc<App>>) -> Response {
    let rooms = app.rooms().list(app.now());
    Json(json!({ "rooms": rooms })).into_response()
}

/// `GET /rooms/NAME`
pub async fn entry(State(app): State<Arc<App>>, Path(room): Path<String>) -> Response {
    let room = match room_of(Some(&room)) {
        Ok(room) => room,
        Err(response) => return *response,
    };
    let entry = app.rooms().entry(app.now(), &room);
    entry.map_or_else(|| refusal(Refusal::NoRoom), |entry| Json(entry).into_response())
}

/// The body of `POST /rooms/NAME`.
#[derive(Deserialize)]
pub struct ChangeBody {
    world: Option<String>,
    places: Option<usize>,
    host: Option<PeerId>,
    name: Option<String>,
}

/// `POST /rooms/NAME?key=KEY`. The body is read as JSON whatever its declared type, since that declaration
/// would cost a browser another request.
pub async fn change(
    State(app): State<Arc<App>>,
    Path(room): Path<String>,
    Query(query): Parameters,
    body: axum::body::Bytes,
) -> Response {
    let room = match room_of(Some(&room)) {
        Ok(room) => room,
        Err(response) => return *response,
    };
    let Ok(body) = serde_json::from_slice::<ChangeBody>(&body) else {
        return refuse(StatusCode::BAD_REQUEST, "the body is not the JSON that this address takes");
    };
    let Some(key) = query.get("key").and_then(|text| Token::parse(text)) else {
        return refusal(Refusal::NotAllowed);
    };
    let change = Change {
        world: body.world.map(|world| clean(&world, WORLD_BYTES_MAX)),
        places: body.places,
        host: body.host,
        name: body.name.map(|name| PersonName::clean(&name)),
    };
    match app.rooms().change(app.now(), &room, &key, change) {
        Ok(entry) => Json(entry).into_response(),
        Err(why) => refusal(why),
    }
}

/// `GET /config.json`
pub async fn config(State(app): State<Arc<App>>) -> Response {
    Json(json!({
        "ice": app.config.ice,
        "http_port": app.http_port,
        "https_port": app.https_port,
        "version": env!("CARGO_PKG_VERSION"),
    }))
    .into_response()
}

/// `GET /invite.json?room=NAME`; without a room: the links to the page as such.
pub async fn invite_json(State(app): State<Arc<App>>, Query(query): Parameters) -> Response {
    match invitation(&app, &query) {
        Ok(invitation) => Json(invitation).into_response(),
        Err(response) => *response,
    }
}

/// `GET /invite.svg?room=NAME`
pub async fn invite_svg(State(app): State<Arc<App>>, Query(query): Parameters) -> Response {
    let link = match invitation(&app, &query) {
        Ok(invitation) => invitation.link,
        Err(response) => return *response,
    };
    match crate::invite::qr_svg(&link) {
        Some(svg) => ([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response(),
        None => refuse(StatusCode::INTERNAL_SERVER_ERROR, "the link is too long for a QR code"),
    }
}

fn invitation(app: &App, query: &HashMap<String, String>) -> Result<Invitation, Box<Response>> {
    let room = query.get("room").map(|room| room_of(Some(room))).transpose()?;
    Ok(app.invites().invitation(room.as_ref()))
}

/// `GET /healthz`
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /metrics`
pub async fn metrics(State(app): State<Arc<App>>) -> Response {
    let counts = app.rooms().counts();
    let text = app.metrics.render(counts);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
