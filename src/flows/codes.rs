//! Codes: made, sent and redeemed.

use secrecy::{ExposeSecret, SecretString};

use super::{Result, refuse};
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

/// Makes a code in place of any other for its purpose and puts its message into the outbox, both in the
/// caller's transaction. The caller hands the returned message to the outbox for delivery after the
/// commit.
///
/// # Errors
/// If the store fails.
pub async fn send(
    app: &App,
    context: &RequestContext,
    conn: &mut Conn,
    pool: &UserPool,
    user: &User,
    new: &NewCode<'_>,
) -> Result<(Delivery, EnqueuedMessage)> {
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
    let (delivery, queued) = send(app, context, &mut tx, pool, user, new).await?;
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

/// The unredeemed code of this purpose, if `given` is that code. A wrong one is counted as a failure of
/// the code. The caller redeems it in the transaction that carries out its purpose.
///
/// # Errors
/// [`Failure::CodeExpired`] if there is none, [`Failure::CodeMismatch`] if `given` differs from it.
pub async fn check(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    user_id: &str,
    purpose: CodePurpose,
    given: &str,
) -> Result<Code> {
    let waiting = {
        let mut conn = app.db.read().await?;
        store::codes::find(&mut conn, pool_id, user_id, purpose).await?
    };
    let Some(code) = waiting.filter(|code| code.is_live(context.now)) else {
        return refuse(Failure::CodeExpired);
    };
    let parts: [&[u8]; 4] = [
        pool_id.as_bytes(),
        user_id.as_bytes(),
        purpose.as_str().as_bytes(),
        given.as_bytes(),
    ];
    if app
        .vault
        .verify_keyed_hash(KeyPurpose::Code, &parts, &code.hash)
    {
        return Ok(code);
    }
    let mut conn = app.db.write().await?;
    store::codes::count_failure(&mut conn, pool_id, user_id, purpose).await?;
    refuse(Failure::CodeMismatch)
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
