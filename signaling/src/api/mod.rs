//! The answers in JSON, and the few in text.

pub(crate) mod extract;

use crate::api_error::ApiError;
use crate::app::App;
use crate::doors::Client;
use crate::invite::Invitation;
use crate::metrics::count;
use crate::rooms::{Entry, Joined, Refusal};
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use extract::{Joining, Key, RoomChange, RoomOfPath, RoomOfQuery};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// `GET /join`
pub(crate) async fn join(
    State(app): State<Arc<App>>,
    Client(from): Client,
    Joining { room, name, key }: Joining,
) -> Result<Json<Joined>, ApiError> {
    let joined = app.rooms().join(app.now(), room, name, key, from);
    count(if joined.is_ok() { &app.metrics().joins } else { &app.metrics().refusals });
    Ok(Json(joined?))
}

/// The answer of `GET /rooms`.
#[derive(Serialize)]
pub(crate) struct RoomList {
    rooms: Vec<Entry>,
}

/// `GET /rooms`
pub(crate) async fn list(State(app): State<Arc<App>>) -> Json<RoomList> {
    Json(RoomList { rooms: app.rooms().list(app.now()) })
}

/// `GET /rooms/NAME`
pub(crate) async fn entry(State(app): State<Arc<App>>, RoomOfPath(room): RoomOfPath) -> Result<Json<Entry>, ApiError> {
    let entry = app.rooms().entry(app.now(), &room);
    Ok(Json(entry.ok_or(Refusal::NoRoom)?))
}

/// `POST /rooms/NAME?key=KEY`
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    RoomOfPath(room): RoomOfPath,
    Key(key): Key,
    RoomChange(change): RoomChange,
) -> Result<Json<Entry>, ApiError> {
    Ok(Json(app.rooms().change(app.now(), &room, &key, change)?))
}

/// `GET /config.json`
pub(crate) async fn config(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!({
        "ice": app.config().ice,
        "http_port": app.http_port(),
        "https_port": app.https_port(),
        "version": env!("CARGO_PKG_VERSION"),
    }))
}

/// `GET /invite.json?room=NAME`; without a room: the links to the page as such.
pub(crate) async fn invite_json(State(app): State<Arc<App>>, RoomOfQuery(room): RoomOfQuery) -> Json<Invitation> {
    Json(app.invites().invitation(room.as_ref()))
}

/// `GET /invite.svg?room=NAME`
pub(crate) async fn invite_svg(
    State(app): State<Arc<App>>,
    RoomOfQuery(room): RoomOfQuery,
) -> Result<Response, ApiError> {
    let link = app.invites().invitation(room.as_ref()).link;
    let svg = crate::invite::qr_svg(&link).ok_or(ApiError::LinkTooLong)?;
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response())
}

/// `GET /healthz`
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /metrics`
pub(crate) async fn metrics(State(app): State<Arc<App>>) -> Response {
    app.gauge();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], app.metrics().render()).into_response()
}
