//! First factors once more: another one, or another code. Only the login pages have that.

use super::challenge_session::ChallengeKind;
use super::first_factor::{select_required, send};
use super::named_user::resume;
use super::outcome::Outcome;
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::failure::Failure;
use crate::domain::first_factor::Choice;
use crate::flows::lookup::ClientContext;
use crate::flows::{Result, boxed, equal_times, refuse};

/// The choice among the first factors once more, for a user who was asked for this one.
///
/// # Errors
/// What behaviour 5.5 lists.
pub async fn choose_again(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    asked: Choice,
    (session, name): (&str, &str),
) -> Result<Outcome> {
    let kind = ChallengeKind::FirstFactor(asked);
    let (_, named) = resume(app, context, client_context, kind, (session, name)).await?;
    let select = select_required(app, context, client_context, &named);
    equal_times::answer(app, context, &client_context.client, select).await
}

/// Sends the code of a first factor anew; the former one is worth nothing from then on.
///
/// # Errors
/// Those of sending a code, and what behaviour 5.5 lists.
pub async fn send_again(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    choice: Choice,
    (session, name): (&str, &str),
) -> Result<Outcome> {
    let kind = ChallengeKind::FirstFactor(choice);
    let (state, named) = resume(app, context, client_context, kind, (session, name)).await?;
    if !named.choices(&client_context.pool).contains(&choice) {
        return refuse(Failure::FactorNotOffered);
    }
    let of = (client_context, name);
    let sending = boxed(|| send(app, context, of, &named, choice, Some(&state)));
    equal_times::answer(app, context, &client_context.client, sending).await
}
