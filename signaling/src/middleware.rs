//! What every request passes on its way in and every answer on its way out.

use crate::api_error::{ApiError, InWords};
use crate::app::App;
use crate::doors::Client;
use crate::metrics::count;
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, Version, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use std::any::Any;
use std::net::SocketAddr;
use std::sync::Arc;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::map_response_body::MapResponseBodyLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;
use tracing::Span;

/// The whole stack, the outermost first.
pub(crate) fn apply(routes: Router<Arc<App>>, app: &Arc<App>) -> Router<Arc<App>> {
    let limits = app.limits();
    let unless_set = |name, value| SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value));
    routes.layer(
        ServiceBuilder::new()
            .layer(from_fn_with_state(Arc::clone(app), identify))
            .layer(TraceLayer::new_for_http().make_span_with(span).on_failure(()))
            // Nothing is kept unless its answer allows it, and nothing is taken for what it does not say that it is.
            .layer(unless_set(header::CACHE_CONTROL, "no-store"))
            .layer(unless_set(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .layer(unless_set(header::REFERRER_POLICY, "no-referrer"))
            .layer(CompressionLayer::new().compress_when(is_json))
            .layer(from_fn_with_state(Arc::clone(app), in_words))
            .layer(CatchPanicLayer::custom(panicked))
            .layer(from_fn_with_state(Arc::clone(app), charge))
            .layer(MapResponseBodyLayer::new(Body::new))
            .layer(RequestBodyLimitLayer::new(limits.body_bytes_max))
            .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, limits.answer)),
    )
}

/// Says whose request it is.
async fn identify(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() else {
        return ApiError::Fault.into_response();
    };
    let names_others = ["x-forwarded-for", "forwarded"].iter().any(|name| request.headers().contains_key(*name));
    if names_others && !app.proxies().trust(peer.ip()) && app.is_first_untrusted_proxy() {
        let peer = peer.ip().to_canonical();
        tracing::warn!(
            "requests from {peer} name other clients, which is not believed: if it is your proxy, start with \
             --trusted-proxy {peer}, or all who come through it share one address's budgets"
        );
    }
    let client = app.proxies().client(peer.ip(), request.headers());
    request.extensions_mut().insert(Client(client));
    next.run(request).await
}

/// The path without its query, in which tickets and keys are.
fn span<B>(request: &axum::http::Request<B>) -> Span {
    let client = request.extensions().get::<Client>().map(|client| client.0.to_string());
    let client = client.unwrap_or_default();
    tracing::debug_span!("request", method = %request.method(), path = request.uri().path(), client)
}

/// Lists of rooms grow long; files are compressed once, when the page is built.
fn is_json(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"))
}

/// Counts, and gives words to what a library has refused by a status alone.
async fn in_words(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    count(&app.metrics().requests);
    let response = next.run(request).await;
    let status = response.status();
    match status {
        StatusCode::REQUEST_TIMEOUT => count(&app.metrics().requests_timed_out),
        StatusCode::PAYLOAD_TOO_LARGE => count(&app.metrics().requests_too_long),
        StatusCode::INTERNAL_SERVER_ERROR => count(&app.metrics().faults),
        _ => {}
    }
    let is_refusal = status.is_client_error() || status.is_server_error();
    if !is_refusal || response.extensions().get::<InWords>().is_some() {
        return response;
    }
    let mut told = ApiError::of_status(status).into_response();
    if let Some(methods) = response.headers().get(header::ALLOW) {
        told.headers_mut().insert(header::ALLOW, methods.clone());
    }
    told
}

fn panicked(cause: Box<dyn Any + Send>) -> Response {
    let words = cause.downcast_ref::<String>().map(String::as_str).or_else(|| cause.downcast_ref::<&str>().copied());
    tracing::error!("a request ended in a panic: {}", words.unwrap_or("without a word"));
    ApiError::Fault.into_response()
}

/// Takes the request from its address's budget.
async fn charge(State(app): State<Arc<App>>, Client(source): Client, request: Request, next: Next) -> Response {
    let charged = app.requests().take(app.now(), source);
    match charged {
        Ok(()) => next.run(request).await,
        Err(wait) => {
            count(&app.metrics().requests_limited);
            ApiError::TooManyRequests(wait).into_response()
        }
    }
}
