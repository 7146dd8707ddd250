use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};

use async_graphql::{Request, Response as GraphqlResponse, ServerError, Variables};
use axum::{
    Extension,
    body::Bytes,
    extract::{ConnectInfo, FromRequest, RawQuery, Request as HttpRequest, State as Extracted},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::time::timeout;

use super::{
    accept::{MediaType, negotiate, wants_page},
    admission, playground,
    request_id::RequestId,
    router::State,
    who::by_cookie,
};
use crate::{
    graphql::{Plan, json},
    telemetry::Watch,
};

/// How long the body of a request may take to arrive (B3).
const ARRIVAL: Duration = Duration::from_secs(30);

/// A request as the GraphQL-over-HTTP specification has it. Derived, so that a key that stands twice is refused.
#[derive(Debug, Deserialize)]
struct Parameters {
    query: Option<String>,
    #[serde(rename = "operationName")]
    operation_name: Option<String>,
    variables: Option<Map<String, Value>>,
    extensions: Option<Map<String, Value>>,
}

/// A refusal before GraphQL has been reached.
pub struct Refusal(pub StatusCode, pub &'static str, pub String);

/// A query by POST.
pub async fn post(
    Extracted(state): Extracted<State>,
    Extension(id): Extension<RequestId>,
    Extension(watch): Extension<Arc<Watch>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    request: HttpRequest,
) -> Response {
    let Some(media) = negotiate(&headers) else { return not_acceptable() };
    let parameters = read(request).await.and_then(|body| from_body(&headers, &body));
    answer(&state, (peer, id, watch), &headers, media, parameters, true).await
}

async fn read(request: HttpRequest) -> Result<Bytes, Refusal> {
    let refusal = |status, message: &str| Refusal(status, "BAD_USER_INPUT", message.to_owned());
    match timeout(ARRIVAL, Bytes::from_request(request, &())).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Err(refusal(rejection.status(), "The request is larger than 256 KiB."))
        }
        Ok(Err(rejection)) => Err(bad_request(rejection.body_text())),
        Err(_) => Err(refusal(StatusCode::REQUEST_TIMEOUT, "The request took too long to arrive.")),
    }
}

/// A query by GET; a browser gets the playground.
pub async fn get(
    Extracted(state): Extracted<State>,
    Extension(id): Extension<RequestId>,
    Extension(watch): Extension<Arc<Watch>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let query = query.as_deref().unwrap_or_default();
    let asks = query.split('&').any(|pair| pair.split('=').next() == Some("query"));
    if wants_page(&headers) && !asks {
        return playground::page(&state);
    }
    let Some(media) = negotiate(&headers) else { return not_acceptable() };
    answer(&state, (peer, id, watch), &headers, media, from_query(query), false).await
}

async fn answer(
    state: &State,
    (peer, id, watch): (SocketAddr, RequestId, Arc<Watch>),
    headers: &HeaderMap,
    media: MediaType,
    parameters: Result<Parameters, Refusal>,
    may_change: bool,
) -> Response {
    let shared = &state.0;
    let found = parameters.and_then(|parameters| {
        let (query, extensions) = (parameters.query.clone(), parameters.extensions.as_ref());
        let document = shared.persisted.document(query, extensions, not_run(media))?;
        Ok((parameters.into_request(&document.text), document))
    });
    let (mut request, document) = match found {
        Ok(found) => found,
        Err(refusal) => {
            watch.errors([refusal.1].into_iter());
            return refused(media, &refusal);
        }
    };
    if !may_change && Plan::of(&mut request).is_ok_and(|plan| plan.mutation) {
        let message = "A mutation is sent by POST.".to_owned();
        let mut response =
            refused(media, &Refusal(StatusCode::METHOD_NOT_ALLOWED, "BAD_USER_INPUT", message));
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
        return response;
    }
    if by_cookie(shared, headers) && shared.origins.is_foreign(headers) {
        // What a page of somebody else makes a browser send (CSRF).
        let message = "A page of another origin does not act by somebody's session cookie.".to_owned();
        return refused(media, &Refusal(StatusCode::FORBIDDEN, "FORBIDDEN", message));
    }
    let (response, cookie) = admission::execute(shared, headers, (peer, id, watch), request).await;
    if !is_not_run(&response) {
        shared.persisted.keep(document);
    }
    let mut answered = encode(media, status(media, &response), &response);
    let change = cookie.and_then(|change| shared.cookies.header(&change, shared.env.now()));
    if let Some(change) = change {
        answered.headers_mut().insert(header::SET_COOKIE, change);
    }
    if answered.status() == StatusCode::SERVICE_UNAVAILABLE {
        answered.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(admission::RETRY_AFTER));
    }
    answered
}

/// With the newer media type the status tells a request that could not be run; with the older it is 200 for every
/// well-formed one.
fn status(media: MediaType, response: &GraphqlResponse) -> StatusCode {
    if let Some(failure) = admission::failure(response) {
        return failure;
    }
    if is_not_run(response) { not_run(media) } else { StatusCode::OK }
}

/// The status of a well-formed request that could not be run.
fn not_run(media: MediaType) -> StatusCode {
    match media {
        MediaType::GraphqlResponse => StatusCode::BAD_REQUEST,
        MediaType::Json => StatusCode::OK,
    }
}

fn is_not_run(response: &GraphqlResponse) -> bool {
    response.is_err() && response.errors.iter().all(|error| error.path.is_empty())
}

fn from_body(headers: &HeaderMap, body: &[u8]) -> Result<Parameters, Refusal> {
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = content_type.split(';').map(|part| part.trim().to_ascii_lowercase());
    let json = parts.next().as_deref() == Some("application/json");
    let utf8 = parts.all(|p| p.strip_prefix("charset=").is_none_or(|c| c.trim_matches('"') == "utf-8"));
    if !json || !utf8 {
        // Anything that a form of another site could send is refused here (CSRF).
        let message = "Send the request as application/json in UTF-8.".to_owned();
        return Err(Refusal(StatusCode::UNSUPPORTED_MEDIA_TYPE, "BAD_USER_INPUT", message));
    }
    serde_json::from_slice(body)
        .map_err(|error| bad_request(format!("The request is not a GraphQL request: {error}.")))
}

fn from_query(query: &str) -> Result<Parameters, Refusal> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query)
        .map_err(|error| bad_request(format!("The query string cannot be read: {error}.")))?;
    let mut given = BTreeMap::new();
    for (name, value) in pairs {
        if given.insert(name.clone(), value).is_some() {
            return Err(bad_request(format!("The parameter {name} stands twice.")));
        }
    }
    let object = |name: &str| match given.get(name).filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => {
            serde_json::from_str(text).map_err(|_| bad_request(format!("{name} is not a JSON object.")))
        }
    };
    Ok(Parameters {
        query: given.get("query").cloned(),
        operation_name: given.get("operationName").filter(|name| !name.is_empty()).cloned(),
        variables: object("variables")?,
        extensions: object("extensions")?,
    })
}

impl Parameters {
    fn into_request(self, query: &str) -> Request {
        let Self { query: _, operation_name, variables, extensions: _ } = self;
        let mut request = Request::new(query);
        request.operation_name = operation_name;
        request.variables(Variables::from_json(Value::Object(variables.unwrap_or_default())))
    }
}

/// Something is wrong with the request itself.
pub fn bad_request(message: String) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, "BAD_USER_INPUT", message)
}

fn refused(media: MediaType, Refusal(status, code, message): &Refusal) -> Response {
    let mut error = ServerError::new(message.clone(), None);
    error.extensions.get_or_insert_default().set("code", *code);
    encode(media, *status, &GraphqlResponse::from_errors(vec![error]))
}

fn not_acceptable() -> Response {
    let message = "Answers come as application/graphql-response+json or application/json.".to_owned();
    refused(MediaType::Json, &Refusal(StatusCode::NOT_ACCEPTABLE, "BAD_USER_INPUT", message))
}

fn encode(media: MediaType, status: StatusCode, response: &GraphqlResponse) -> Response {
    match json::body(response, !is_not_run(response)) {
        Ok(body) => (status, [(header::CONTENT_TYPE, media.content_type())], body).into_response(),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
