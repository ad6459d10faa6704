//! Passwords: deriving credentials from a new one, and verifying one.

use std::borrow::Cow;

use secrecy::{ExposeSecret, SecretString};

use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::imported_hash::{ImportedHash, is_imported};
use crate::crypto::password_pepper::OpenedHash;
use crate::crypto::simulated::{simulated_salt, simulated_verifier};
use crate::crypto::{KeyPurpose, SrpVerifier, Turn, srp};
use crate::domain::failure::Failure;
use crate::domain::password;
use crate::domain::user::{Credentials, User};
use crate::domain::user_pool::{self, UserPool};
use crate::flows::{Error, Result, refuse, turn};
use crate::store;
use crate::store::sealed_credentials::{self, SealedCredentials};

/// Refuses a password that breaks the pool's policy.
///
/// # Errors
/// [`Failure::Password`].
pub fn check_policy(pool: &UserPool, password: &SecretString) -> std::result::Result<(), Failure> {
    match password::fault(&pool.settings.password_policy, password.expose_secret()) {
        Some(fault) => Err(Failure::Password(fault)),
        None => Ok(()),
    }
}

/// Refuses a password that breaks the pool's policy, or that is known where the pool refuses those.
///
/// # Errors
/// [`Failure::Password`], [`Failure::PasswordKnown`].
pub async fn check_new(app: &App, pool: &UserPool, password: &SecretString) -> Result<()> {
    check_policy(pool, password)?;
    check_known(app, pool, password).await
}

/// Refuses a password that is known, where the pool refuses those. May read a file: to be called while no
/// transaction is open.
///
/// # Errors
/// [`Failure::PasswordKnown`].
pub async fn check_known(app: &App, pool: &UserPool, password: &SecretString) -> Result<()> {
    if !app.config.for_pool(&pool.id).refuse_known_passwords {
        return Ok(());
    }
    if is_known(app, password).await? {
        return refuse(Failure::PasswordKnown);
    }
    Ok(())
}

/// Whether the password is known to strangers. May read a file: to be called while no transaction is open.
///
/// # Errors
/// If the file cannot be read.
pub async fn is_known(app: &App, password: &SecretString) -> Result<bool> {
    let known = app.known_passwords.contains(password).await;
    known.map_err(|error| {
        Error::Internal(
            anyhow::Error::new(error).context("the list of known passwords cannot be read"),
        )
    })
}

/// The credentials of a user for a password: its Argon2id hash and its SRP verifier, sealed, and as
/// many hashes of the passwords before it (`replaced`) as the pool's history holds. Slow: to be called
/// while no transaction is open.
///
/// # Errors
/// [`Error::Busy`] if too many passwords are being hashed.
pub async fn derive(
    app: &App,
    context: &RequestContext,
    turn: &Turn,
    pool: &UserPool,
    user: &User,
    password: &SecretString,
    replaced: Option<&Credentials>,
) -> Result<Credentials> {
    let srp_salt = srp::salt(app.entropy.bytes());
    let derive = {
        let (pool_name, username) = (pool.srp_name().to_owned(), user.username.clone());
        let password = password.clone();
        move || SrpVerifier::derive(&pool_name, &username, &password, &srp_salt)
    };
    let salt = app.entropy.bytes();
    let (hash, verifier) = app.passwords.hash_and(turn, password, salt, derive).await?;
    let password_hash = stored_hash(app, user, hash)?;
    let srp_verifier = sealed_verifier(app, user, &verifier)?;
    let former = replaced
        .into_iter()
        .flat_map(Credentials::newest_first)
        .take(history_size(pool))
        .map(|stored| renewed_hash(app, user, stored))
        .collect::<Result<_>>()?;
    Ok(Credentials {
        password_hash,
        srp_salt: srp_salt.to_vec(),
        srp_verifier,
        set_at: context.now,
        former,
    })
}

/// The credentials of a user whose password only another system has hashed. The SRP verifier is one that no password
/// solves: nobody can make one without the password, and a sign-in by SRP fails as one with a wrong password until the
/// user has signed in with the plain one ([`is_right`]).
///
/// # Errors
/// If cryptography fails.
pub fn imported(
    app: &App,
    context: &RequestContext,
    user: &User,
    hash: &ImportedHash,
) -> Result<Credentials> {
    let verifier = simulated_verifier(&app.vault, &user.pool_id, &user.id)?;
    Ok(Credentials {
        password_hash: stored_hash(app, user, hash.stored())?,
        srp_salt: srp::salt(app.entropy.bytes()).to_vec(),
        srp_verifier: sealed_verifier(app, user, &verifier)?,
        set_at: context.now,
        former: Vec::new(),
    })
}

fn sealed_verifier(app: &App, user: &User, verifier: &SrpVerifier) -> Result<Vec<u8>> {
    let context = [user.pool_id.as_str(), user.id.as_str()];
    let purpose = KeyPurpose::SrpVerifier;
    Ok(app.vault.seal(purpose, &context, verifier.as_bytes())?)
}

/// The hash as it is stored: sealed, where this server writes sealed hashes.
fn stored_hash(app: &App, user: &User, hash: String) -> Result<String> {
    if app.caches.keys.seals_password_hashes() {
        Ok(app.pepper.seal(&user.pool_id, &user.id, &hash)?)
    } else {
        Ok(hash)
    }
}

/// A stored hash in the form that this server writes, so that all hashes of a user have the same. One that does
/// not open stays as it is.
fn renewed_hash(app: &App, user: &User, stored: &str) -> Result<String> {
    let wraps = app.caches.keys.seals_password_hashes();
    let renewed = app.pepper.renew(&user.pool_id, &user.id, stored, wraps)?;
    Ok(renewed.map_or_else(|| stored.to_owned(), Cow::into_owned))
}

/// The Argon2id hash within a stored one.
///
/// # Errors
/// If it does not open, which means that the master key is not the one it was sealed under.
fn opened_hash(app: &App, pool_id: &str, user_id: &str, stored: &str) -> Result<OpenedHash> {
    app.pepper
        .open(pool_id, user_id, stored)
        .ok_or_else(|| Error::internal("a password hash does not open under the master key"))
}

/// Refuses a password whose hash is among the newest of `hashes`, as far back as the pool's history
/// goes. Slow: a hash for each.
///
/// # Errors
/// [`Failure::PasswordReused`].
pub async fn check_history<'h>(
    app: &App,
    turn: &Turn,
    pool: &UserPool,
    user_id: &str,
    hashes: impl Iterator<Item = &'h String>,
    password: &SecretString,
) -> Result<()> {
    let hashes: Vec<&String> = hashes.take(history_size(pool)).collect();
    for hash in hashes {
        let hash = opened_hash(app, &pool.id, user_id, hash)?;
        if app
            .passwords
            .verify(turn, password, hash.as_str())
            .await?
            .matches
        {
            return refuse(Failure::PasswordReused);
        }
    }
    Ok(())
}

fn history_size(pool: &UserPool) -> usize {
    let size = pool.settings.password_policy.history_size.unwrap_or(0);
    usize::try_from(size).unwrap_or(0)
}

/// Whether the password is the one that the user's credentials were derived from. It costs the same
/// where there is no such user, for a user that has no password, and for a password that is longer than any
/// can be, of which only the beginning is hashed. What is hashed for a `name` that has no password has a salt of its
/// own, as a user's: the time depends on it, since Argon2id reads its memory in an order that does. A hash with outdated
/// parameters, or of another system, is replaced.
///
/// # Errors
/// [`Error::Busy`] if too many passwords are being hashed.
pub async fn is_right(
    app: &App,
    turn: &Turn,
    (pool_id, name): (&str, &str),
    known: Option<&(User, Credentials)>,
    password: &SecretString,
) -> Result<bool> {
    let salt = simulated_salt(&app.vault, pool_id, name);
    if let Some(beginning) = password::beginning_of_too_long(password.expose_secret()) {
        let password = beginning.into();
        app.passwords.verify_nobody(turn, &password, salt).await?;
        return Ok(false);
    }
    let Some((user, credentials)) = known else {
        app.pepper.open_nobody();
        app.passwords.verify_nobody(turn, password, salt).await?;
        return Ok(false);
    };
    let hash = opened_hash(app, &user.pool_id, &user.id, &credentials.password_hash)?;
    let verdict = app.passwords.verify(turn, password, hash.as_str()).await?;
    if verdict.matches && verdict.outdated {
        let turn = turn::of_user(turn.clone());
        let is_imported = is_imported(hash.as_str());
        rehash(app, &turn, user, (credentials, is_imported), password).await;
    }
    Ok(verdict.matches)
}

/// Replaces a hash with outdated parameters; with one of another system, the SRP verifier too, which no password
/// solved. The password is right whether or not this succeeds; the next sign-in tries again.
async fn rehash(
    app: &App,
    turn: &Turn,
    user: &User,
    (credentials, is_imported): (&Credentials, bool),
    password: &SecretString,
) {
    let replaced = async {
        let salt = app.entropy.bytes();
        let derive = {
            let pool_name = user_pool::srp_name(&user.pool_id).to_owned();
            let (username, password) = (user.username.clone(), password.clone());
            let srp_salt = is_imported.then(|| credentials.srp_salt.clone());
            move || {
                srp_salt.map(|salt| SrpVerifier::derive(&pool_name, &username, &password, &salt))
            }
        };
        let (hash, verifier) = app.passwords.hash_and(turn, password, salt, derive).await?;
        let former = credentials.former.iter();
        let outdated = SealedCredentials {
            pool_id: user.pool_id.clone(),
            user_id: user.id.clone(),
            srp_verifier: credentials.srp_verifier.clone(),
            password_hash: credentials.password_hash.clone(),
            former: credentials.former.clone(),
        };
        let replacing = SealedCredentials {
            srp_verifier: match &verifier {
                Some(verifier) => sealed_verifier(app, user, verifier)?,
                None => credentials.srp_verifier.clone(),
            },
            password_hash: stored_hash(app, user, hash)?,
            former: former
                .map(|stored| renewed_hash(app, user, stored))
                .collect::<Result<_>>()?,
            ..outdated.clone()
        };
        let mut conn = app.db.write().await?;
        sealed_credentials::replace(&mut conn, &outdated, &replacing).await?;
        Result::Ok(())
    };
    if let Err(error) = replaced.await {
        tracing::warn!(
            ?error,
            "a password could not be hashed with today's parameters"
        );
    }
}

/// The user's SRP verifier, opened.
///
/// # Errors
/// If it does not open, which means that the master key is not the one it was sealed under.
pub fn srp_verifier(app: &App, user: &User, credentials: &Credentials) -> Result<SrpVerifier> {
    app.vault
        .open(
            KeyPurpose::SrpVerifier,
            &[&user.pool_id, &user.id],
            &credentials.srp_verifier,
        )
        .and_then(|bytes| SrpVerifier::from_bytes(&bytes))
        .ok_or_else(|| Error::internal("an SRP verifier does not open under the master key"))
}

/// The user as it is now, if its password is still `read`, which new credentials were derived for;
/// `None` if it has another password, or is deleted. The caller writes on the condition of this user's
/// version, and reads again where that fails: neither derives credentials a second time nor writes a
/// status that may be outdated.
///
/// # Errors
/// If the store fails.
pub async fn user_with_password(
    app: &App,
    pool_id: &str,
    user_id: &str,
    read: Option<&Credentials>,
) -> Result<Option<User>> {
    let mut conn = app.db.read().await?;
    let Some(found) = store::sign_in::find(&mut conn, pool_id, user_id).await? else {
        return Ok(None);
    };
    let set_at = |credentials: &Credentials| credentials.set_at;
    let is_same = found.credentials.as_ref().map(set_at) == read.map(set_at);
    Ok(is_same.then_some(found.user))
}
