//! What a visitor writes to a queue by e-mail (N 0043).

use crate::body::{VISITOR_BODY, json_answer, read_json};
use crate::client::Client;
use crate::cors::PageOrigin;
use crate::limit::address_key;
use crate::mail::settings::is_email;
use crate::offer;
use crate::problem::Refusal;
use crate::state::WebState;
use crate::text;
use crate::visitor::{PageBody, site};
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use warmline_coordination::letter::{Correspondent, Writing};
use warmline_coordination::request;

/// Characters of a message.
const TEXT: usize = 4_000;

#[derive(Deserialize)]
struct MessageBody {
    site: String,
    visitor: String,
    page: PageBody,
    name: Option<String>,
    email: String,
    text: String,
    topic: Option<String>,
    identity: Option<String>,
    language: Option<String>,
}

/// `POST /v1/web/messages`
pub(crate) async fn write(
    State(state): State<Arc<WebState>>,
    Extension(origin): Extension<PageOrigin>,
    client: Client,
    request: Request,
) -> Result<Response, Refusal> {
    let settings = state.settings();
    state.allow(&state.rates.reservations, settings.limits.reservations, client.address)?;
    let (parts, body) = request.into_parts();
    let body: MessageBody =
        read_json(&parts.headers, body, VISITOR_BODY, settings.limits.body_within).await?;
    let site = site(&settings, &origin, &body.site)?;
    let visitor = state.keys.open_visitor(&site.firm, &body.visitor).ok_or_else(|| {
        Refusal::rule("unknown_visitor", "The visitor id is not one of ours; open a session first.")
    })?;
    let (identity, _) = offer::signed_in(&settings, site, body.identity.as_deref());
    let name = body.name.unwrap_or_default();
    text::line("name", &name, 100)?;
    if let Some(topic) = &body.topic {
        text::line("topic", topic, 100)?;
    }
    if body.text.trim().is_empty() {
        return Err(Refusal::rule("text_missing", "A message needs a text."));
    }
    let to = correspondent(&body.email, body.language.as_deref(), &parts.headers)?;
    let writing = Writing {
        site: site.name.clone(),
        visitor,
        address: address_key(client.address).to_string(),
        page: body.page.checked()?,
        name,
        email: to.email,
        topic: body.topic,
        text: text::paragraphs("text", &body.text, TEXT)?,
        language: to.language,
        identity,
    };
    state.ask_done(request::Request::Write(Box::new(writing))).await?;
    Ok(json_answer(StatusCode::ACCEPTED, &json!({ "accepted": true })))
}

/// How a visitor is written to: an address that is one, and the language he says or his browser asks for.
pub(crate) fn correspondent(
    email: &str,
    language: Option<&str>,
    headers: &HeaderMap,
) -> Result<Correspondent, Refusal> {
    let email = email.trim();
    if !is_email(email) {
        return Err(Refusal::rule("email_invalid", "This is not an e-mail address."));
    }
    let browser = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let language = match language {
        Some(said) => {
            text::line("language", said, 35)?;
            said.to_owned()
        }
        None => crate::dates::Tongue::accepted(browser).tag().to_owned(),
    };
    Ok(Correspondent { email: email.to_owned(), language })
}
