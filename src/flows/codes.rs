//! Codes: made, sent and redeemed.

use secrecy::{ExposeSecret, SecretString};

use super::limits::requester::address_key;
use super::limits::{self, AddressLimit, Limit, Requester, Usage, budgets, usage};
use super::{Error, Result, refuse};
use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::KeyPurpose;
use crate::domain::attribute::{Contact, Delivery};
use crate::domain::code::{CODE_DIGITS, Code, CodePurpose};
use crate::domain::failure::Failure;
use crate::domain::user::User;
use crate::domain::user_pool::UserPool;
use crate::domain::username;
use crate::entropy::DIGITS;
use crate::messaging::{self, EnqueuedMessage, MessageKind, OutgoingMessage, Recipient};
use crate::store::attempt_log::Budget;
use crate::store::{self, Conn};

/// A code to be sent.
pub struct NewCode<'a> {
    /// What it is for.
    pub purpose: CodePurpose,
    /// Why the message is sent.
    pub message: MessageKind,
    /// The contact that it is sent to, which redeeming it verifies.
    pub contact: Contact,
    /// The address.
    pub address: &'a str,
}

/// Who asked for a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedBy {
    /// The user, or a stranger in the user's name: so many messages go to one address.
    User,
    /// An administrator, who is not limited by address.
    Administrator,
}

/// Makes a code in place of any other for its purpose and puts its message into the outbox, both in the
/// caller's transaction. The caller hands the returned message to the outbox for delivery after the
/// commit.
///
/// # Errors
/// [`Failure::AttemptLimitExceeded`] if the address gets no more messages for now; then nothing is written. If
/// the store fails; then the transaction must not commit.
pub async fn send(
    app: &App,
    context: &RequestContext,
    conn: &mut Conn,
    pool: &UserPool,
    user: &User,
    new: &NewCode<'_>,
    asked_by: AskedBy,
) -> Result<(Delivery, EnqueuedMessage)> {
    // Before anything is written: a sign-up goes on without its code where this refuses.
    if asked_by == AskedBy::User {
        let address = address_key(app, &pool.id, new.contact, new.address);
        let budget = AddressLimit::Messages.budget(app, address);
        let mut budgets: Vec<Budget> = budget.into_iter().collect();
        budgets::spend(conn, context, &pool.id, &mut budgets).await?;
    }
    let text = SecretString::from(app.entropy.text(DIGITS, CODE_DIGITS));
    let code = Code {
        hash: hash(app, &pool.id, &user.id, new.purpose, text.expose_secret()).to_vec(),
        attribute: Some(new.contact.attribute().to_owned()),
        value: Some(new.address.to_owned()),
        expires_at: context.now.plus_seconds(new.purpose.lifetime_seconds()),
        failures: 0,
    };
    store::codes::replace(conn, &pool.id, &user.id, new.purpose, &code, context.now).await?;
    let queued = deliver(
        app,
        context,
        conn,
        pool,
        user,
        new.message,
        (new.contact, new.address),
        &text,
    )
    .await?;
    Ok((Delivery::to(new.contact, new.address), queued))
}

/// [`send`] in a transaction of its own.
///
/// # Errors
/// If the store fails.
pub async fn send_alone(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    user: &User,
    new: &NewCode<'_>,
) -> Result<Delivery> {
    let mut tx = app.db.begin().await?;
    let (delivery, queued) = send(app, context, &mut tx, pool, user, new, AskedBy::User).await?;
    tx.commit().await?;
    app.outbox.dispatch(queued);
    Ok(delivery)
}

/// Puts a message that carries `secret` into the outbox, in the caller's transaction. The caller hands
/// the returned message to the outbox for delivery after the commit.
///
/// # Errors
/// If the store fails.
#[expect(
    clippy::too_many_arguments,
    reason = "each is a different thing, and there are two callers"
)]
pub async fn deliver(
    app: &App,
    context: &RequestContext,
    conn: &mut Conn,
    pool: &UserPool,
    user: &User,
    purpose: MessageKind,
    (contact, address): (Contact, &str),
    secret: &SecretString,
) -> Result<EnqueuedMessage> {
    let sign_in_name = if pool.settings.username_attributes.is_empty() {
        user.username.as_str()
    } else {
        pool.settings
            .username_attributes
            .iter()
            .find_map(|name| user.attributes.get(name.attribute()))
            .map_or(user.username.as_str(), String::as_str)
    };
    let recipient = Recipient {
        user_id: &user.id,
        username: &user.username,
        sign_in_name,
        contact,
        address,
    };
    let message = OutgoingMessage::new(pool, recipient, purpose, secret);
    let place = app.outbox.try_slot(message.medium);
    Ok(messaging::enqueue(conn, &app.vault, app.entropy, context.now, &message, place).await?)
}

/// The code of this purpose that the user can still redeem.
///
/// # Errors
/// If the store fails.
pub async fn find_live(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    user_id: &str,
    purpose: CodePurpose,
) -> Result<Option<Code>> {
    let mut conn = app.db.read().await?;
    let found = store::codes::find(&mut conn, pool_id, user_id, purpose).await?;
    let most = i64::from(limits::wrong_tries_per_code(app));
    Ok(found.filter(|code| code.is_live(context.now, most)))
}

/// A try to redeem a code.
pub struct Try<'a> {
    /// Who tries.
    pub requester: &'a Requester<'a>,
    /// The user's limit on such tries.
    pub limit: Limit,
    /// The user whose code it is.
    pub user_id: &'a str,
    /// What the code is for.
    pub purpose: CodePurpose,
    /// The code that was sent, as [`find_live`] found it.
    pub sent: Option<Code>,
    /// A further budget that the try is counted against.
    pub further: Option<Budget>,
    /// The text that was entered.
    pub given: &'a str,
}

/// The code, if the text that was entered is that code. The try is counted before the two are compared, and
/// stays counted, against the user's limit, the address that the code was sent to, and the code itself. The
/// caller redeems the code in the transaction that carries out its purpose, and calls [`give_back`] where that
/// is refused.
///
/// # Errors
/// [`Failure::CodeExpired`] if there is none, [`Failure::CodeMismatch`] if the text differs from it,
/// [`Failure::AttemptLimitExceeded`], [`Failure::TooManyRequests`].
pub async fn check(app: &App, context: &RequestContext, tried: Try<'_>) -> Result<Code> {
    let Try {
        requester,
        user_id,
        purpose,
        ..
    } = tried;
    usage::check_left(app, context, requester, Usage::WrongGuesses)?;
    let pool_id = requester.pool_id;
    let sent_to = tried
        .sent
        .as_ref()
        .and_then(|code| Some((code.contact()?, code.value.as_deref()?)));
    let of_address = sent_to.and_then(|(contact, address)| {
        AddressLimit::Guesses.budget(app, address_key(app, pool_id, contact, address))
    });
    let mut budgets = tried.limit.budgets(app, requester);
    budgets.extend(of_address.into_iter().chain(tried.further));
    let mut tx = app.db.begin().await?;
    budgets::spend(&mut tx, context, pool_id, &mut budgets).await?;
    let most = i64::from(limits::wrong_tries_per_code(app));
    let counted = match &tried.sent {
        Some(_) => store::codes::count_try(&mut tx, pool_id, user_id, purpose, most).await?,
        None => false,
    };
    tx.commit().await?;
    let refuse_guess = |failure| {
        usage::count(app, context, requester, Usage::WrongGuesses);
        refuse(failure)
    };
    let Some(code) = tried.sent.filter(|_| counted) else {
        return refuse_guess(Failure::CodeExpired);
    };
    let parts: [&[u8]; 4] = [
        pool_id.as_bytes(),
        user_id.as_bytes(),
        purpose.as_str().as_bytes(),
        tried.given.as_bytes(),
    ];
    if app
        .vault
        .verify_keyed_hash(KeyPurpose::Code, &parts, &code.hash)
    {
        Ok(code)
    } else {
        refuse_guess(Failure::CodeMismatch)
    }
}

/// Passes on what came of the purpose of a code that was right. If it was refused, the try no longer counts as
/// a wrong one, so that a code outlives any number of passwords that the pool does not accept.
///
/// # Errors
/// Those of `done`.
pub async fn give_back<T>(
    app: &App,
    pool_id: &str,
    user_id: &str,
    purpose: CodePurpose,
    done: Result<T>,
) -> Result<T> {
    if let Err(Error::Refused(_)) = &done {
        let mut conn = app.db.write().await?;
        store::codes::uncount_try(&mut conn, pool_id, user_id, purpose).await?;
    }
    done
}

/// Redeems a checked code, in the caller's transaction.
///
/// # Errors
/// [`Failure::CodeExpired`] if another request redeemed or replaced it meanwhile.
pub async fn redeem(
    conn: &mut Conn,
    pool_id: &str,
    user_id: &str,
    purpose: CodePurpose,
    code: &Code,
) -> Result<()> {
    if store::codes::redeem(conn, pool_id, user_id, purpose, &code.hash).await? {
        Ok(())
    } else {
        refuse(Failure::CodeExpired)
    }
}

fn hash(app: &App, pool_id: &str, user_id: &str, purpose: CodePurpose, code: &str) -> [u8; 32] {
    let parts: [&[u8]; 4] = [
        pool_id.as_bytes(),
        user_id.as_bytes(),
        purpose.as_str().as_bytes(),
        code.as_bytes(),
    ];
    app.vault.keyed_hash(KeyPurpose::Code, &parts)
}

/// The delivery that is answered for a name that no user has, where the client hides users: derived
/// from the name's format (behaviour 3.6), the same each time. For a name that is neither an e-mail
/// address nor a phone number, an address in one of `media`, the media that the pool uses.
#[must_use]
pub fn simulated_delivery(app: &App, pool: &UserPool, name: &str, media: &[Contact]) -> Delivery {
    let name = username::key(&pool.settings, name);
    let name = name.as_str();
    if Contact::PhoneNumber.is_well_formed(name) {
        return Delivery::to(Contact::PhoneNumber, name);
    }
    if Contact::Email.is_well_formed(name) {
        return Delivery::to(Contact::Email, name);
    }
    let parts: [&[u8]; 3] = [b"delivery", pool.id.as_bytes(), name.as_bytes()];
    let [a, b, c, d, ..] = app.vault.keyed_hash(KeyPurpose::SimulatedUser, &parts);
    if media == [Contact::PhoneNumber] {
        let end = [a, b, c, d].map(|byte| char::from(b'0' + byte % 10));
        let number = format!("+1555555{}", String::from_iter(end));
        return Delivery::to(Contact::PhoneNumber, &number);
    }
    let letter = |byte: u8| char::from(b'a' + byte % 26);
    Delivery::to(Contact::Email, &format!("{}@{}", letter(a), letter(b)))
}
