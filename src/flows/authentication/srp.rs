//! Signing in by SRP (behaviour 5.1).

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::challenge_session::challenge_end;
use super::custom_challenge::{PASSWORD_VERIFIER, SRP_A, passed};
use super::outcome::{Outcome, PasswordVerifier};
use super::password::{self, PasswordProof, after_password};
use super::sign_in_triggers::{self, Entry};
use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::simulated::{simulated_salt, simulated_verifier};
use crate::crypto::srp::verify_claim_signature;
use crate::crypto::tokens::{open_secret_block, seal_secret_block};
use crate::crypto::{ClientPublic, ServerChallenge, SessionKey};
use crate::domain::acr::StepUp;
use crate::domain::failure::Failure;
use crate::domain::session::SignInMethod;
use crate::domain::sign_in::Proven;
use crate::domain::time::Timestamp;
use crate::domain::username;
use crate::flows::devices::sign_in;
use crate::flows::limits::lock_out::{self, Guess};
use crate::flows::limits::{Requester, Usage, usage};
use crate::flows::lookup::ClientContext;
use crate::flows::passwords::credentials;
use crate::flows::{Result, equal_times, lookup, refuse, turn};
use crate::store;
use crate::store::sign_in::UserWithCredentials;

/// How far a client's clock, from which its claim takes the TIMESTAMP, may be off.
const CLOCK_SKEW_MS: i64 = 5 * 60 * 1000;

/// The state of an exchange, sealed as the secret block that the client returns.
#[derive(Serialize, Deserialize)]
struct BlockState {
    id: Uuid,
    pool: String,
    client: String,
    /// The name in the request that began the exchange.
    name: String,
    /// The name that the client puts into its computation.
    username: String,
    /// The user; none if there is no such user.
    user: Option<String>,
    /// When the password was set whose verifier the exchange uses. The exchange proves only that
    /// password, so it fails once the user has changed it, although sessions go on.
    password_set_at: i64,
    key: [u8; 16],
    exp: i64,
    /// The DEVICE_KEY of the request that began the exchange.
    #[serde(default)]
    device_key: Option<String>,
    /// Whether the exchange is part of a custom sign-in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    custom: bool,
    /// What the sign-in was asked to prove.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    step_up: Option<StepUp>,
}

/// The answer to PASSWORD_VERIFIER: the client's proof that it has the password.
pub struct Claim<'a> {
    /// The name that the answer gives.
    pub name: &'a str,
    /// The secret block.
    pub secret_block: &'a str,
    /// The signature, base64.
    pub signature: &'a str,
    /// The client's time, as text.
    pub timestamp: &'a str,
    /// The key of the device, if the answer names one.
    pub device_key: Option<&'a str>,
}

/// USER_SRP_AUTH: answers A with B. A user that does not exist gets a challenge that no password
/// solves, the same salt each time, if the client hides users. `device_key` counts if the answer to the challenge
/// names none.
///
/// # Errors
/// [`Failure::MalformedSrpA`], [`Failure::DeviceKeyNotIssued`], those of the checks that precede the password (ADR 21),
/// and those of a trigger.
pub async fn begin(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    name: &str,
    (srp_a, device_key): (&str, Option<&str>),
    entry: Entry,
) -> Result<Outcome> {
    let device_key = sign_in::well_formed(&client_context.pool, device_key)?;
    let challenge = challenge(
        app,
        context,
        client_context,
        name,
        (srp_a, device_key),
        entry,
    );
    equal_times::answer(app, context, &client_context.client, challenge).await
}

/// The challenge of [`begin`], without regard to the time that it takes.
pub(super) async fn challenge(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    name: &str,
    (srp_a, device_key): (&str, Option<&str>),
    entry: Entry,
) -> Result<Outcome> {
    let pool = &client_context.pool;
    let Some(client_public) = ClientPublic::parse(srp_a) else {
        return refuse(Failure::MalformedSrpA);
    };
    let found = lookup::for_sign_in(app, pool, name).await?;
    let user = found.as_ref().map(|found| &found.user);
    password::refuse_before_password(client_context, user)?;
    let requester = Requester::at_client(app, context, pool, &client_context.client, name, user);
    usage::spend(app, context, &requester, Usage::Hashes, 1)?;
    if matches!(entry, Entry::First(_)) {
        sign_in_triggers::ask_before(app, context, client_context, user, name).await?;
    }
    let (salt, verifier, set_at) = match &found {
        Some(UserWithCredentials {
            user,
            credentials: Some(credentials),
        }) => (
            credentials.srp_salt.clone(),
            credentials::srp_verifier(app, user, credentials)?,
            credentials.set_at,
        ),
        _ => {
            // A user without a password has one salt for all its names, as those with one.
            let name = user.map_or(name, |user| &user.username);
            let key = username::key(&pool.settings, name);
            (
                simulated_salt(&app.vault, &pool.id, &key).to_vec(),
                simulated_verifier(&app.vault, &pool.id, &key)?,
                Timestamp::default(),
            )
        }
    };
    let secret = app.entropy.bytes();
    let turn = turn::of_client(context, &client_context.client);
    let (public, key) = app
        .passwords
        .run(&turn, move || {
            let challenge = ServerChallenge::new(&verifier, secret);
            (
                challenge.public_hex(),
                challenge.session_key(&client_public),
            )
        })
        .await?;
    let Some(key) = key else {
        return refuse(Failure::MalformedSrpA);
    };
    let username = user.map_or_else(
        || lookup::simulated_username(app, pool, name),
        |user| user.username.clone(),
    );
    let state = BlockState {
        id: app.entropy.uuid(),
        pool: pool.id.clone(),
        client: client_context.client.id.clone(),
        name: name.to_owned(),
        username: username.clone(),
        user: user.map(|user| user.id.clone()),
        password_set_at: set_at.millis(),
        key: *key.as_bytes(),
        exp: challenge_end(client_context, context.now).millis(),
        device_key: device_key.map(ToOwned::to_owned),
        custom: entry == Entry::Custom,
        step_up: entry.step_up(),
    };
    Ok(Outcome::PasswordVerifier(PasswordVerifier {
        salt: hex::encode(salt),
        secret_block: seal_secret_block(&app.vault, &[], &state)?,
        public,
        username,
    }))
}

/// PASSWORD_VERIFIER: checks the proof.
///
/// # Errors
/// What behaviour 5.1, 5.5 and 5.9 list.
pub async fn verify(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    claim: &Claim<'_>,
) -> Result<Outcome> {
    let pool = &client_context.pool;
    let Some(claimed_at) = parse_timestamp(claim.timestamp) else {
        return refuse(Failure::MalformedTimestamp);
    };
    let opened = open_secret_block::<BlockState>(&app.vault, &[], claim.secret_block);
    let Some((state, block)) = opened else {
        return refuse(Failure::WrongCredentials);
    };
    if state.pool != pool.id || state.client != client_context.client.id {
        return refuse(Failure::WrongCredentials);
    }
    let key = |name: &str| username::key(&pool.settings, name);
    if key(claim.name) != key(&state.username) && key(claim.name) != key(&state.name) {
        return refuse(Failure::InvalidSession);
    }
    if Timestamp::from_millis(state.exp) <= context.now {
        return refuse(Failure::SessionExpired);
    }
    let user_id = state.user.as_deref().unwrap_or_default();
    let found = store::sign_in::find(&mut app.db.read().await?, &pool.id, user_id).await?;
    let requester = Requester::at_client(
        app,
        context,
        pool,
        &client_context.client,
        &state.name,
        found.as_ref().map(|found| &found.user),
    );
    usage::check_left(app, context, &requester, Usage::WrongGuesses)?;
    lock_out::check_lockout(app, context, &requester, Guess::Password).await?;
    let session_key = SessionKey::from_bytes(*Zeroizing::new(state.key));
    let signed = verify_claim_signature(
        &session_key,
        pool.srp_name(),
        &state.username,
        &block,
        claim.timestamp,
        claim.signature,
    );
    let dated = is_of_now(app, context, claimed_at);
    let known = found
        .and_then(UserWithCredentials::with_password)
        .filter(|(_, credentials)| credentials.set_at.millis() == state.password_set_at);
    let (true, Some((user, credentials))) = (signed && dated, known) else {
        let refused = lock_out::refuse_wrong_password(app, context, &requester);
        return equal_times::answer(app, context, &client_context.client, refused).await;
    };
    let device_key = claim.device_key.or(state.device_key.as_deref());
    sign_in::check_named(app, context, &requester, (pool, &user), device_key).await?;
    let spent = {
        let mut conn = app.db.write().await?;
        let end = Timestamp::from_millis(state.exp);
        store::challenges::mark_answered(&mut conn, &pool.id, &state.id.to_string(), end).await?
    };
    if !spent {
        return refuse(Failure::SessionSpent);
    }
    let history = || vec![passed(SRP_A), passed(PASSWORD_VERIFIER)];
    let proof = PasswordProof {
        proven: Proven {
            step_up: state.step_up,
            ..Proven::first(SignInMethod::Srp)
        },
        custom: state.custom.then(history),
        device_key: device_key.map(ToOwned::to_owned),
    };
    after_password(
        app,
        context,
        (client_context, &requester),
        user,
        &credentials,
        proof,
    )
    .await
}

/// Whether a claim that is dated so is made now. A client takes the time from its machine's clock. In a test that
/// moves the server's clock it may follow either.
pub(super) fn is_of_now(app: &App, context: &RequestContext, claimed_at: Timestamp) -> bool {
    [context.now, app.clock.unmoved()]
        .iter()
        .any(|clock| claimed_at.millis_since(*clock).abs() <= CLOCK_SKEW_MS)
}

/// `Tue Sep 5 09:04:01 UTC 2023`, the day without a leading zero; nothing else.
pub(super) fn parse_timestamp(text: &str) -> Option<Timestamp> {
    const FORMAT: &str = "%a %b %-d %H:%M:%S UTC %Y";
    if text.len() > 32 {
        return None;
    }
    let civil = DateTime::strptime(FORMAT, text).ok()?;
    // What was parsed is written again: another spelling of the same time is refused.
    if civil.strftime(FORMAT).to_string() != text {
        return None;
    }
    let instant = civil.to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some(Timestamp::from_millis(instant.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_form_of_timestamp_is_read() {
        let time = parse_timestamp("Tue Sep 5 09:04:01 UTC 2023").unwrap();
        assert_eq!(time.millis(), 1_693_904_641_000);
        assert!(parse_timestamp("Mon Dec 25 23:59:59 UTC 2023").is_some());
        for bad in [
            "",
            "Tue Sep 05 09:04:01 UTC 2023",
            "Mon Sep 5 09:04:01 UTC 2023",
            "tue sep 5 09:04:01 UTC 2023",
            "Tue Sep 5 9:04:01 UTC 2023",
            "Tue Sep 5 09:04:01 GMT 2023",
            "2023-09-05T09:04:01Z",
            "Tue Sep 31 09:04:01 UTC 2023",
        ] {
            assert_eq!(parse_timestamp(bad), None, "{bad}");
        }
    }
}
