//! All addresses.

use crate::api;
use crate::api::extract::TicketOfQuery;
use crate::api_error::ApiError;
use crate::app::App;
use crate::doors::Client;
use crate::names::RoomName;
use crate::{middleware, socket};
use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, Uri, header};
use axum::response::Response;
use axum::routing::get;
use std::sync::Arc;
use tower::util::MapRequest;

/// The whole server but for its sockets. What is none of the named addresses is a room's WebSocket or a file of the
/// page. With a path in the public address everything is below that path, too: whether the proxy before this server
/// takes the path away or leaves it, both work.
pub(crate) fn router(app: &Arc<App>) -> Router {
    let routes = Router::new()
        .route("/join", get(api::join))
        .route("/rooms", get(api::list))
        .route("/rooms/{room}", get(api::entry).post(api::change))
        .route("/config.json", get(api::config))
        .route("/invite.json", get(api::invite_json))
        .route("/invite.svg", get(api::invite_svg))
        .route("/healthz", get(api::healthz))
        .route("/metrics", get(api::metrics))
        .fallback(room_or_page);
    let routes = middleware::apply(routes, app).with_state(Arc::clone(app));
    let prefix = app.config().public.as_ref().map_or("", |public| public.prefix()).to_owned();
    Router::new().fallback_service(MapRequest::new(routes, move |request| without_prefix(&prefix, request)))
}

/// Takes the public address's path off a request's.
fn without_prefix(prefix: &str, mut request: Request) -> Request {
    let rest = request.uri().path_and_query().and_then(|whole| whole.as_str().strip_prefix(prefix));
    // `/tidepool` is not below `/tide`.
    let Some(rest) = rest.filter(|rest| !prefix.is_empty() && rest.starts_with('/')) else { return request };
    if let Ok(rest) = rest.parse::<PathAndQuery>() {
        *request.uri_mut() = Uri::from(rest);
    }
    request
}

fn wants_socket(headers: &HeaderMap) -> bool {
    headers.get(header::UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

async fn room_or_page(State(app): State<Arc<App>>, request: Request) -> Result<Response, ApiError> {
    if !wants_socket(request.headers()) {
        return Ok(app.page().serve(request).await);
    }
    let (mut parts, _) = request.into_parts();
    let room = RoomName::parse(parts.uri.path().trim_start_matches('/'))?;
    let Client(from) = Client::from_request_parts(&mut parts, &()).await?;
    let TicketOfQuery(ticket) = TicketOfQuery::from_request_parts(&mut parts, &()).await?;
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await.map_err(|_| ApiError::WebSocket)?;
    socket::enter(app, upgrade, room, ticket, from)
}
