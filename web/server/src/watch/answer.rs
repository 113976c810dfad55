//! `POST /v1/web/invitations/{id}`: what a visitor makes of an invitation.

use crate::api::key::bearer;
use crate::body::{VISITOR_BODY, read_json};
use crate::client::Client;
use crate::cors::PageOrigin;
use crate::problem::Refusal;
use crate::state::WebState;
use axum::extract::{Extension, Path, Request as HttpRequest, State};
use axum::http::StatusCode;
use serde::Deserialize;
use std::sync::Arc;
use warmline_coordination::activity::{PRIORITY, Who};
use warmline_coordination::ids::{InvitationId, VisitorId};
use warmline_coordination::invitation::{Response, Way};
use warmline_coordination::request::Request;

#[derive(Deserialize)]
struct Body {
    answer: Response,
    option: Option<Way>,
    /// As the page has it of its session: who asks next.
    visitor: Option<String>,
}

/// With the key of the invitation.
pub(crate) async fn answer(
    State(state): State<Arc<WebState>>,
    Extension(origin): Extension<PageOrigin>,
    client: Client,
    Path(id): Path<String>,
    request: HttpRequest,
) -> Result<StatusCode, Refusal> {
    let settings = state.settings();
    state.allow(&state.rates.visitor_calls, settings.limits.visitor_calls, client.address)?;
    let (parts, body) = request.into_parts();
    let wrong =
        || Refusal::new(StatusCode::UNAUTHORIZED, "wrong_key", "The key is not that of this invitation.");
    let firms: Vec<String> =
        settings.all_sites().filter(|site| origin.is_of(site)).map(|site| site.firm.clone()).collect();
    let token = bearer(&parts.headers).ok_or_else(wrong)?;
    let (firm, who) =
        state.watch_seals.open_token(firms.iter().map(String::as_str), token).ok_or_else(wrong)?;
    let over = || Refusal::new(StatusCode::CONFLICT, "over", "This invitation is over.");
    let invitation: InvitationId = id.parse().map_err(|_| over())?;
    let body: Body = read_json(&parts.headers, body, VISITOR_BODY, settings.limits.body_within).await?;
    let visitor = body.visitor.as_deref().and_then(|text| state.keys.open_visitor(firm, text));
    state
        .ask_done(Request::AnswerInvitation {
            firm: firm.to_owned(),
            who,
            invitation,
            answer: body.answer,
            way: body.option,
            visitor,
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is asked for next under this id follows from an invitation, and who he is as one who is watched; a wrong key says nothing, and
/// keeps nobody from help.
pub(crate) fn follow(
    state: &WebState,
    firm: &str,
    (id, key): (&str, &str),
    visitor: VisitorId,
) -> Option<Who> {
    let (_, who) = state.watch_seals.open_token(std::iter::once(firm), key)?;
    if let Ok(invitation) = id.parse::<InvitationId>() {
        state.tell(Request::FollowInvitation { firm: firm.to_owned(), who, invitation, visitor });
    }
    Some(who)
}

/// What triggers have made of the priority of somebody who is watched now; none: nothing.
pub(crate) fn priority_now(state: &WebState, firm: &str, who: Who) -> Option<u8> {
    let firm = state.hub.watching.firm(firm)?;
    let live = firm.shard(who).live(0, who)?;
    Some(live.priority).filter(|&priority| priority != PRIORITY && priority > 0)
}
