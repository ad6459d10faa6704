//! The end of a sign-in at a pool's domain: the browser keeps it, and gets codes and tokens by it.

use secrecy::SecretString;
use uuid::Uuid;

use super::activity;
use super::outcome::BrowserSignIn;
use super::results::Results;
use super::sign_in_triggers;
use super::standing::Standing;
use super::tokens::new_session;
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::auth_event::{Outcome, right_answers};
use crate::domain::browser_session::{BrowserSession, SignInFacts, life_seconds};
use crate::domain::failure::Failure;
use crate::flows::auth_events::{self, Subject};
use crate::flows::lookup::ClientContext;
use crate::flows::{Result, browser_sessions, notices, refuse};
use crate::store;

/// Tells the pool's function of the sign-in and, in one transaction, spends the answered challenge, writes what the
/// answer changes, and stores the browser's session. Devices have no part in it: they are remembered by programs.
///
/// # Errors
/// Those of `step::sign_in`.
pub(super) async fn sign_in(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    standing: Standing,
) -> Result<BrowserSignIn> {
    let (pool, client) = (&client_context.pool, client_context.client.as_ref());
    let proven = standing.proven;
    let mut results = Results::of(pool, &standing);
    results.update.after.mfa.first_sign_in = false;
    let user = results.update.after.clone();
    sign_in_triggers::tell_signed_in(app, context, pool, (&client.id, &user), false).await?;
    let facts = new_session(app, context, client_context, proven, None);
    let tracked = activity::of_browser(app, context, client_context);
    let mut sign_in = SignInFacts::new(
        facts.auth_time,
        (facts.method, facts.factors),
        facts.second_factor,
        facts.acr,
    );
    sign_in.listed_id = tracked.as_ref().map(|tracked| tracked.listed_id.clone());
    let session = BrowserSession {
        user_id: user.id.clone(),
        credentials_version: user.credentials_version,
        sign_in,
        expires_at: context
            .now
            .plus_seconds(life_seconds(client.settings.browser_session_seconds())),
    };
    // All of its 128 bits are random.
    let token = SecretString::from(Uuid::from_bytes(app.entropy.bytes()).to_string());
    let hash = browser_sessions::hash(app, &pool.id, &token);
    let mut tx = app.db.begin().await?;
    let written = results.write(app, context, &mut tx, pool).await?;
    if !store::browser_sessions::insert(&mut tx, &pool.id, &hash, &session).await? {
        return refuse(Failure::WrongCredentials);
    }
    if let Some(tracked) = &tracked {
        let begin = store::tracked_sessions::begin_browser;
        begin(&mut tx, &pool.id, &user.id, &hash, tracked).await?;
    }
    let most = app.config.tokens.max_sessions_per_user;
    store::browser_sessions::end_oldest(&mut tx, &pool.id, &user.id, &hash, most).await?;
    let of = (Subject::user(&pool.id, &user.id), Some(client));
    let answers = right_answers(proven);
    auth_events::record_sign_in(app, context, &mut tx, of, Outcome::Pass, answers).await?;
    let told = notices::signed_in(app, context, &mut tx, client_context, &user).await?;
    tx.commit().await?;
    written.and(told).dispatch(app);
    Ok(BrowserSignIn { token, session })
}
