use axum::http::{HeaderMap, header};

/// The media types that GraphQL answers come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// `application/graphql-response+json`: the status says whether the request was one at all.
    GraphqlResponse,
    /// `application/json`: the older one, with 200 for every well-formed request.
    Json,
}

impl MediaType {
    /// As a `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

/// The media type that the caller likes best, `application/json` where it says nothing; none where it likes neither.
pub fn negotiate(headers: &HeaderMap) -> Option<MediaType> {
    let mut accepted = ranges(headers).peekable();
    if accepted.peek().is_none() {
        return Some(MediaType::Json);
    }
    let mut best: Option<(f32, MediaType)> = None;
    for (range, quality) in accepted {
        let offered = match range.as_str() {
            "application/graphql-response+json" => MediaType::GraphqlResponse,
            "application/json" | "application/*" | "*/*" => MediaType::Json,
            _ => continue,
        };
        if quality > 0.0 && best.is_none_or(|(so_far, _)| quality > so_far) {
            best = Some((quality, offered));
        }
    }
    best.map(|(_, offered)| offered)
}

/// Whether a browser asks for a page.
pub fn wants_page(headers: &HeaderMap) -> bool {
    ranges(headers).any(|(range, _)| range == "text/html")
}

fn ranges(headers: &HeaderMap) -> impl Iterator<Item = (String, f32)> {
    let values = headers.get_all(header::ACCEPT).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().filter(|name| !name.is_empty())?.to_ascii_lowercase();
        let quality = parts.find_map(|p| p.strip_prefix("q=")).and_then(|q| q.parse().ok()).unwrap_or(1.0);
        Some((name, quality))
    })
}
