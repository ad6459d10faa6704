//! Signing in by password, and the steps that every flow ends with once the user is proven.

use secrecy::SecretString;

use super::outcome::{ChallengeState, NewPasswordRequired, Outcome};
use super::tokens::{self, Tokens};
use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::tokens::seal_session;
use crate::domain::app_client::AuthFlow;
use crate::domain::attribute_update;
use crate::domain::failure::Failure;
use crate::domain::grant::{ClaimOverrides, Grant};
use crate::domain::permissions::may_read;
use crate::domain::session::SignInMethod;
use crate::domain::time::Timestamp;
use crate::domain::user::{Credentials, User, UserStatus};
use crate::flows::limits::{Requester, Usage, lock_out, usage};
use crate::flows::lookup::ClientContext;
use crate::flows::passwords::credentials;
use crate::flows::{Result, equal_times, lookup, refuse, turn};
use crate::store::sign_in::UserWithCredentials;

const DAY_SECONDS: i64 = 86_400;

/// Refuses a flow that the client does not allow.
///
/// # Errors
/// [`Failure::FlowNotEnabled`].
pub fn check_flow(client_context: &ClientContext, flow: AuthFlow) -> Result<()> {
    if client_context.client.settings.allows(flow) {
        Ok(())
    } else {
        refuse(Failure::FlowNotEnabled(flow))
    }
}

/// USER_PASSWORD_AUTH.
///
/// # Errors
/// What behaviour 3.6, 3.7 and 5.2 list.
pub async fn by_password(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    name: &str,
    password: &SecretString,
) -> Result<Outcome> {
    let pool = &client_context.pool;
    let found = lookup::for_sign_in(app, pool, name).await?;
    let user = found.as_ref().map(|found| &found.user);
    refuse_before_password(client_context, user)?;
    let requester = Requester::at_client(app, context, pool, &client_context.client, name, user);
    usage::check_left(app, context, &requester, Usage::WrongGuesses)?;
    usage::spend(app, context, &requester, Usage::Hashes, 1)?;
    lock_out::check_lockout(app, context, &requester).await?;
    let known = found.and_then(UserWithCredentials::with_password);
    let turn = turn::of_client(context, &client_context.client);
    let subject = (pool.id.as_str(), requester.user.as_str());
    let right = credentials::is_right(app, &turn, subject, known.as_ref(), password).await?;
    let (true, Some((user, credentials))) = (right, known) else {
        let refused = lock_out::refuse_wrong_password(app, context, &requester);
        return equal_times::answer(app, context, &client_context.client, refused).await;
    };
    let method = SignInMethod::Password;
    after_password(
        app,
        context,
        (client_context, &requester),
        user,
        &credentials,
        method,
    )
    .await
}

/// What is refused before a password is looked at, where the client does not hide users: that there
/// is no such user, that the password must be reset first, and that the sign-up is not confirmed
/// (behaviour 3.1, 3.5, 3.6; ADR 21).
///
/// # Errors
/// [`Failure::UserNotFound`], [`Failure::PasswordResetRequired`], [`Failure::UserNotConfirmed`].
pub(super) fn refuse_before_password(
    client_context: &ClientContext,
    user: Option<&User>,
) -> Result<()> {
    if client_context.client.settings.hides_users() {
        return Ok(());
    }
    let Some(user) = user else {
        return refuse(Failure::UserNotFound);
    };
    match user.status {
        UserStatus::ResetRequired => refuse(Failure::PasswordResetRequired),
        UserStatus::Unconfirmed if user.enabled => refuse(Failure::UserNotConfirmed),
        UserStatus::Unconfirmed | UserStatus::Confirmed | UserStatus::ForceChangePassword => Ok(()),
    }
}

/// Continues after a right password: checks the lock-out once more and the user's state, then answers
/// with a challenge or with tokens.
///
/// # Errors
/// [`Failure::PasswordAttemptsExceeded`], or the failure that the user's state causes.
pub(super) async fn after_password(
    app: &App,
    context: &RequestContext,
    (client_context, requester): (&ClientContext, &Requester<'_>),
    user: User,
    credentials: &Credentials,
    method: SignInMethod,
) -> Result<Outcome> {
    let groups = lock_out::check_lockout_and_load_groups(app, context, requester, &user).await?;
    if !user.enabled {
        return refuse(Failure::UserDisabled);
    }
    match user.status {
        UserStatus::Confirmed => {
            let session = tokens::new_session(app, context, &client_context.client, method);
            let grant = Grant {
                user,
                groups,
                session,
                overrides: ClaimOverrides::default(),
            };
            let tokens = sign_in(app, context, client_context, &grant).await?;
            Ok(Outcome::SignedIn(tokens))
        }
        UserStatus::Unconfirmed => refuse(Failure::UserNotConfirmed),
        // Only reached where the client hides users: it gets the answer to a wrong password.
        UserStatus::ResetRequired => refuse(Failure::WrongCredentials),
        UserStatus::ForceChangePassword => {
            let days = client_context
                .pool
                .settings
                .password_policy
                .temporary_password_validity_days;
            if credentials
                .set_at
                .plus_seconds(i64::from(days) * DAY_SECONDS)
                <= context.now
            {
                return refuse(Failure::TemporaryPasswordExpired);
            }
            let schema = &client_context.pool.settings.schema;
            let state = ChallengeState {
                id: app.entropy.uuid(),
                pool: client_context.pool.id.clone(),
                client: client_context.client.id.clone(),
                user: user.id.clone(),
                credentials_version: user.credentials_version,
                exp: challenge_end(client_context, context.now).millis(),
            };
            Ok(Outcome::NewPasswordRequired(NewPasswordRequired {
                session: seal_session(&app.vault, &state)?,
                required: attribute_update::missing_required(schema, &user.attributes),
                username: user.username,
                attributes: user
                    .attributes
                    .into_iter()
                    .filter(|(name, _)| may_read(&client_context.client.settings, schema, name))
                    .collect(),
            }))
        }
    }
}

/// The end of a challenge that begins now (behaviour 5.5).
pub(super) fn challenge_end(client_context: &ClientContext, now: Timestamp) -> Timestamp {
    now.plus_seconds(i64::from(client_context.client.settings.auth_session_validity_minutes) * 60)
}

/// Issues the tokens of a grant and opens its session.
///
/// # Errors
/// [`Failure::WrongCredentials`] if the user is disabled meanwhile, or its credentials version rose.
async fn sign_in(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    grant: &Grant,
) -> Result<Tokens> {
    let (pool, client) = (&client_context.pool, &client_context.client);
    let mut issued = tokens::issue(app, context, pool, client, grant).await?;
    let mut tx = app.db.begin().await?;
    let (refresh, notices) =
        tokens::open_session(app, context, &mut tx, client_context, grant).await?;
    issued.refresh = Some(refresh);
    tx.commit().await?;
    notices.dispatch(app);
    Ok(issued)
}
