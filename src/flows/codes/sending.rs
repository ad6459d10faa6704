//! Sending codes and invitations, in two steps: [`prepare`] draws the code and writes the message, which the pool's
//! function may have a say in, while no transaction is open; [`store()`] writes both in the caller's transaction.
//! The transaction also checks that the user is still the one that was read: a code for an address that was just
//! replaced would bring it back.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::{confirmation_link, hash, sign_in_name};
use crate::app::App;
use crate::context::RequestContext;
use crate::domain::attribute::{Contact, Delivery};
use crate::domain::code::{CODE_DIGITS, Code, CodePurpose};
use crate::domain::failure::Failure;
use crate::domain::user::User;
use crate::domain::user_pool::UserPool;
use crate::domain::username;
use crate::entropy::DIGITS;
use crate::flows::limits::requester::address_key;
use crate::flows::limits::{AddressLimit, Requester, budgets, simulated_codes};
use crate::flows::lookup::ClientContext;
use crate::flows::{Error, Result, equal_times, refuse, retry};
use crate::messaging::{CustomText, EnqueuedMessage, MessageKind, OutgoingMessage, Recipient};
use crate::store::attempt_log::Budget;
use crate::store::simulated_codes::SimulatedCode;
use crate::store::{self, Conn};
use crate::triggers::custom_message::{self, Source};
use crate::triggers::{Occasion, custom_message::Answer, custom_senders};

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

/// The party that asked for a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedBy {
    /// The user, or a stranger in the user's name: so many messages go to one address.
    User,
    /// An administrator, who is not limited by address.
    Administrator,
}

/// The user that a message goes to.
#[derive(Clone, Copy)]
pub struct Addressee<'a> {
    /// The pool.
    pub pool: &'a UserPool,
    /// The user, as the message names it.
    pub user: &'a User,
    /// The user as the pool's function is told of it: after the change that the message is about.
    pub changed: &'a User,
    /// The app client that the request came by; `None` for an administrator's.
    pub client_id: Option<&'a str>,
}

impl<'a> Addressee<'a> {
    /// A user that the message changes nothing of.
    #[must_use]
    pub const fn new(pool: &'a UserPool, user: &'a User, client_id: Option<&'a str>) -> Self {
        Self {
            pool,
            user,
            changed: user,
            client_id,
        }
    }
}

/// A code with its message, by [`prepare`].
pub struct PreparedCode {
    purpose: CodePurpose,
    contact: Contact,
    user_id: String,
    text: SecretString,
    message: OutgoingMessage,
}

/// Draws a code and writes its message. May call the pool's function: no transaction is open meanwhile.
///
/// # Errors
/// Those of a trigger.
pub async fn prepare(
    app: &App,
    context: &RequestContext,
    to: Addressee<'_>,
    new: &NewCode<'_>,
) -> Result<PreparedCode> {
    let of = (to.pool, to.client_id, to.user.username.as_str());
    let link = confirmation_link::address(app, of, (new.message, new.contact));
    let custom = custom_text(app, context, to, new.message, link).await?;
    let text = SecretString::from(app.entropy.text(DIGITS, CODE_DIGITS));
    let destination = (new.contact, new.address);
    Ok(PreparedCode {
        purpose: new.purpose,
        contact: new.contact,
        user_id: to.user.id.clone(),
        message: message(context, to, new.message, destination, &text, &custom),
        text,
    })
}

/// Writes the message with a code to sign in, whose hash is in the session of its challenge. May call the pool's
/// function: no transaction is open meanwhile.
///
/// # Errors
/// Those of a trigger.
pub async fn prepare_sign_in(
    app: &App,
    context: &RequestContext,
    to: Addressee<'_>,
    destination: (Contact, &str),
    code: &SecretString,
) -> Result<OutgoingMessage> {
    let kind = MessageKind::SignInCode;
    let custom = custom_text(app, context, to, kind, None).await?;
    Ok(message(context, to, kind, destination, code, &custom))
}

/// Writes the invitation with this temporary password to each of `contacts` that the user has. May call the
/// pool's function: no transaction is open meanwhile.
///
/// # Errors
/// Those of a trigger.
pub async fn prepare_invitation(
    app: &App,
    context: &RequestContext,
    to: Addressee<'_>,
    contacts: &[Contact],
    temporary: &SecretString,
) -> Result<Vec<OutgoingMessage>> {
    if contacts.is_empty() {
        return Ok(Vec::new());
    }
    let kind = MessageKind::Invitation;
    let custom = custom_text(app, context, to, kind, None).await?;
    let addresses = contacts.iter().filter_map(|contact| {
        let address = to.user.attributes.get(contact.attribute())?;
        Some((*contact, address.as_str()))
    });
    Ok(addresses
        .map(|destination| message(context, to, kind, destination, temporary, &custom))
        .collect())
}

/// What functions are told of why the message is sent.
const fn source(kind: MessageKind) -> Source {
    match kind {
        MessageKind::SignUpCode => Source::SignUp,
        MessageKind::ResendCode => Source::ResendCode,
        MessageKind::AttributeCode => Source::VerifyUserAttribute,
        MessageKind::AttributeUpdateCode => Source::UpdateUserAttribute,
        MessageKind::ForgotPasswordCode => Source::ForgotPassword,
        MessageKind::Invitation => Source::AdminCreateUser,
        MessageKind::SignInCode => Source::Authentication,
    }
}

impl<'a> Addressee<'a> {
    fn occasion(&self, context: &'a RequestContext) -> Occasion<'a> {
        Occasion {
            pool: self.pool,
            client_id: self.client_id,
            username: &self.changed.username,
            client_metadata: &context.client_metadata,
        }
    }
}

/// The texts that the pool's function gives the message, where there is one, beside the link that it has in the place of
/// a code.
async fn custom_text(
    app: &App,
    context: &RequestContext,
    to: Addressee<'_>,
    kind: MessageKind,
    link: Option<String>,
) -> Result<CustomText> {
    let occasion = to.occasion(context);
    let what = (source(kind), link.is_some());
    let Answer {
        sms_message,
        email_message,
        email_subject,
    } = custom_message::ask(&app.triggers, occasion, what, to.changed).await?;
    Ok(CustomText {
        sms: sms_message,
        email: email_message,
        email_subject,
        link,
    })
}

/// The message, which the pool's custom sender delivers where it has one.
fn message(
    context: &RequestContext,
    to: Addressee<'_>,
    kind: MessageKind,
    (contact, address): (Contact, &str),
    secret: &SecretString,
    custom: &CustomText,
) -> OutgoingMessage {
    let recipient = Recipient {
        user_id: &to.user.id,
        username: &to.user.username,
        sign_in_name: sign_in_name(to.pool, to.user),
        contact,
        address,
    };
    let (occasion, medium) = (to.occasion(context), contact.medium());
    OutgoingMessage {
        function: custom_senders::prepare(occasion, source(kind), medium, to.changed),
        ..OutgoingMessage::with_text(to.pool, recipient, kind, secret, custom)
    }
}

/// Writes a prepared code in place of any other for its purpose, and its message into the outbox, both in the
/// caller's transaction, which also makes sure that the user is still as it was when the code was prepared. The
/// caller hands the returned message to the outbox for delivery after the commit.
///
/// # Errors
/// [`Failure::AttemptLimitExceeded`] if the address gets no more messages for now; then nothing is written. If
/// the store fails; then the transaction must not commit.
pub async fn store(
    app: &App,
    context: &RequestContext,
    conn: &mut Conn,
    prepared: &PreparedCode,
    asked_by: AskedBy,
) -> Result<(Delivery, EnqueuedMessage)> {
    let (purpose, contact) = (prepared.purpose, prepared.contact);
    let (pool_id, user_id) = (&prepared.message.pool_id, &prepared.user_id);
    let address = &prepared.message.destination;
    // Before anything is written: a sign-up goes on without its code where this refuses.
    if asked_by == AskedBy::User {
        let key = address_key(app, pool_id, contact, address);
        let budget = AddressLimit::Messages.budget(app, key);
        let mut budgets: Vec<Budget> = budget.into_iter().collect();
        budgets::spend(conn, context, pool_id, &mut budgets).await?;
    }
    let text = prepared.text.expose_secret();
    let code = Code {
        hash: hash(app, pool_id, user_id, purpose, text).to_vec(),
        attribute: Some(contact.attribute().to_owned()),
        value: Some(address.clone()),
        expires_at: context.now.plus_seconds(purpose.lifetime_seconds()),
        failures: 0,
    };
    store::codes::replace(conn, pool_id, user_id, purpose, &code, context.now).await?;
    let queued = store_message(app, context, conn, &prepared.message).await?;
    Ok((Delivery::to(contact, address), queued))
}

/// Puts a message into the outbox, in the caller's transaction. The caller hands the returned message to the outbox
/// for delivery after the commit.
///
/// # Errors
/// If the store fails, or the outbox is full.
pub async fn store_message(
    app: &App,
    context: &RequestContext,
    conn: &mut Conn,
    message: &OutgoingMessage,
) -> Result<EnqueuedMessage> {
    let slot = app.outbox.try_slot(message);
    Ok(app.outbox.enqueue(conn, context.now, message, slot).await?)
}

/// Prepares a code and stores it in a transaction of its own. `destination` says where the code of a user goes, or
/// why it has none; it is asked again where the user has changed meanwhile. Where the client `hides` users and the
/// outbox is full, the answer is that of a message that is sent: a name that no user has gets it too. The code
/// before stays.
///
/// # Errors
/// Those of `destination` and of a trigger; if the store fails, or the outbox is full.
pub async fn send_alone<D>(
    app: &App,
    context: &RequestContext,
    to: Addressee<'_>,
    (purpose, message): (CodePurpose, MessageKind),
    destination: D,
    hides: bool,
) -> Result<Delivery>
where
    D: for<'u> Fn(&UserPool, &'u User) -> std::result::Result<(Contact, &'u str), Failure>,
{
    let mut read = Some(to.user.clone());
    retry!(async {
        let user = match read.take() {
            Some(user) => Some(user),
            None => reread(app, to).await?,
        };
        let found = user.as_ref().ok_or(Failure::UserNotFound);
        let found = found.and_then(|user| Ok((user, destination(to.pool, user)?)));
        let (user, (contact, address)) = match found {
            Ok(found) => found,
            // Between the two reads the user has changed, which nobody must learn.
            Err(_) if hides => return Ok(Delivery::to(Contact::Email, "")),
            Err(failure) => return refuse(failure),
        };
        let new = NewCode {
            purpose,
            message,
            contact,
            address,
        };
        let to = Addressee::new(to.pool, user, to.client_id);
        let prepared = prepare(app, context, to, &new).await?;
        let mut tx = app.db.begin().await?;
        if !store::users::hold(&mut tx, user).await? {
            return Err(Error::Stale);
        }
        let stored = store(app, context, &mut tx, &prepared, AskedBy::User).await;
        let (delivery, queued) = match stored {
            Err(Error::Refused(Failure::OutboxFull)) if hides => {
                return Ok(Delivery::to(contact, address));
            }
            stored => stored?,
        };
        tx.commit().await?;
        if hides {
            equal_times::dispatch_afterwards(app, context, queued);
        } else {
            app.outbox.dispatch(queued);
        }
        Ok(delivery)
    })
}

async fn reread(app: &App, to: Addressee<'_>) -> Result<Option<User>> {
    let mut conn = app.db.read().await?;
    Ok(store::users::find(&mut conn, &to.pool.id, &to.user.id).await?)
}

/// Whether the pool's function has a say in messages, so that to prepare one takes long.
#[must_use]
pub fn asks_function(pool: &UserPool) -> bool {
    pool.settings.triggers.custom_message.is_some()
}

/// Does what [`send_alone`] does where the client hides its users, for a name whose user gets no message, and where the
/// pool's function [`asks_function`]: before the answer what is done for a name that nobody has ([`simulate_sending`]),
/// and after it, if there is a `user`, the rest. The time that the function takes, and its refusal, would show that the
/// user exists.
///
/// # Errors
/// Those of [`simulate_sending`].
pub async fn send_hidden<D>(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    (requester, name): (&Requester<'_>, &str),
    (kind, contact): ((CodePurpose, MessageKind), Contact),
    (user, destination): (Option<User>, D),
) -> Result<()>
where
    D: for<'u> Fn(&UserPool, &'u User) -> std::result::Result<(Contact, &'u str), Failure>
        + Send
        + Sync
        + 'static,
{
    let pool = &client_context.pool;
    let (purpose, message) = (kind.0, (kind.1, contact));
    simulate_sending(app, context, pool, requester, name, purpose, message).await?;
    let Some(user) = user else {
        return Ok(());
    };
    let (context, client_context) = (context.clone(), client_context.clone());
    app.afterwards(async move |app: Arc<App>| {
        let pool = &client_context.pool;
        let to = Addressee::new(pool, &user, Some(&client_context.client.id));
        let sent = send_alone(&app, &context, to, kind, destination, true).await;
        match sent {
            // A trigger's failure and a refused limit are logged where they occur.
            Ok(_) | Err(Error::Refused(_)) => {}
            Err(error) => {
                tracing::warn!(
                    pool_id = pool.id,
                    ?error,
                    "a message to a hidden user was not written"
                );
            }
        }
    });
    Ok(())
}

/// Does what [`send_alone`] does, up to the delivery, for a name whose user is hidden and gets no message:
/// as many statements that write as much, a code, a hash and a sealed message.
///
/// # Errors
/// [`Failure::AttemptLimitExceeded`] as if messages had gone to an address of the user's; if the store fails.
pub async fn simulate_sending(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    requester: &Requester<'_>,
    name: &str,
    purpose: CodePurpose,
    (message, contact): (MessageKind, Contact),
) -> Result<()> {
    let user = requester.user.as_str();
    let text = SecretString::from(app.entropy.text(DIGITS, purpose.digits(contact)));
    let hash = hash(app, &pool.id, user, purpose, text.expose_secret());
    let recipient = Recipient {
        user_id: user,
        username: name,
        sign_in_name: name,
        contact,
        address: name,
    };
    let unsent = OutgoingMessage::new(pool, recipient, message, &text);
    let mut tx = app.db.begin().await?;
    let code = SimulatedCode {
        hash,
        payload: app
            .outbox
            .seal_unsent(&mut tx, context.now, &unsent)
            .await?,
        expires_at: context.now.plus_seconds(purpose.lifetime_seconds()),
    };
    // As a user's e-mail address and phone number are counted apart.
    let mut address = AddressLimit::Messages
        .budget(app, format!("{user}/{}", contact.attribute()))
        .into_iter()
        .collect::<Vec<_>>();
    budgets::spend(&mut tx, context, &pool.id, &mut address).await?;
    store::users::hold_at(&mut tx, &pool.id, user, 0).await?;
    let subject = (user, contact.medium());
    store::simulated_codes::replace(&mut tx, &pool.id, subject, purpose, &code, context.now)
        .await?;
    simulated_codes::forget_tries(&mut tx, requester, purpose).await?;
    Ok(tx.commit().await?)
}

/// The delivery that is answered where the client hides users, whether a user has the `name` and wherever the
/// message goes: the name itself, if it is an address, else no address, in one of `media`, the media that the
/// pool uses (`docs/adr/0030`).
#[must_use]
pub fn hidden_delivery(pool: &UserPool, name: &str, media: &[Contact]) -> Delivery {
    let name = username::key(&pool.settings, name);
    let name = name.as_str();
    for contact in [Contact::PhoneNumber, Contact::Email] {
        if contact.is_well_formed(name) {
            return Delivery::to(contact, name);
        }
    }
    if media == [Contact::PhoneNumber] {
        return Delivery {
            contact: Contact::PhoneNumber,
            destination: "+***********".to_owned(),
        };
    }
    Delivery::to(Contact::Email, "")
}
