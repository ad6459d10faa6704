//! Signing up.

use secrecy::SecretString;

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::attribute::Delivery;
use crate::domain::attribute_update::AttributeInput;
use crate::domain::auth_event::{EventKind, Outcome};
use crate::domain::code::CodePurpose;
use crate::domain::contact_change::confirmation_contact;
use crate::domain::failure::Failure;
use crate::domain::user::UserStatus;
use crate::flows::auth_events::{self, Subject};
use crate::flows::codes::{self, AskedBy, NewCode};
use crate::flows::create_user::{self, NewUser, Origin};
use crate::flows::limits::{Requester, Usage, usage};
use crate::flows::update_user::AliasConflict;
use crate::flows::{Error, Result, lookup, refuse, turn};
use crate::messaging::MessageKind;

/// A request to sign up.
pub struct SignUp {
    /// The app client.
    pub client_id: String,
    /// Its secret hash, where it has a secret.
    pub secret_hash: Option<String>,
    /// The name.
    pub username: String,
    /// The password.
    pub password: Option<SecretString>,
    /// The attributes.
    pub attributes: Vec<AttributeInput>,
}

/// A completed sign-up.
pub struct SignedUp {
    /// The new user's `sub`.
    pub user_id: String,
    /// The delivery of the code; `None` if the pool verifies no contact that the user has.
    pub delivery: Option<Delivery>,
}

/// Makes an unconfirmed user and sends the code that confirms it (behaviour 3.1).
///
/// # Errors
/// What behaviour 2.4 and 3.1 list.
pub async fn sign_up(app: &App, context: &RequestContext, request: SignUp) -> Result<SignedUp> {
    let client_context = lookup::client_context(app, &request.client_id).await?;
    let (pool, client) = (&client_context.pool, &client_context.client);
    lookup::check_secret_hash(
        app,
        client,
        &request.username,
        request.secret_hash.as_deref(),
    )?;
    if pool.settings.admin_create_user.admin_only {
        return refuse(Failure::SignUpNotPermitted);
    }
    let requester = Requester::at_client(app, context, pool, client, &request.username, None);
    let new = NewUser {
        origin: Origin::SignUp(&client.settings),
        username: &request.username,
        password: request.password,
        password_is_generated: false,
        attributes: &request.attributes,
        status: UserStatus::Unconfirmed,
    };
    let checked = create_user::check(app, context, pool, new).await?;
    usage::spend(app, context, &requester, Usage::NameChecks, 1)?;
    usage::spend(app, context, &requester, Usage::Hashes, 1)?;
    let turn = turn::of_client(context, client);
    let prepared = create_user::prepare(app, context, &turn, pool, checked).await?;
    let user = &prepared.user;
    let contact = confirmation_contact(&pool.settings, &user.attributes);
    if contact.is_some() {
        usage::spend(app, context, &requester, Usage::Messages, 1)?;
    }

    let mut tx = app.db.begin().await?;
    let conflict = AliasConflict::Refuse;
    let notices = create_user::insert(app, context, &mut tx, pool, &prepared, conflict).await?;
    let of = (Subject::user(&pool.id, &user.id), Some(client.as_ref()));
    let what = (EventKind::SignUp, Outcome::Pass);
    auth_events::record(app, context, &mut tx, of, what).await?;
    let sent = match contact {
        Some((contact, address)) => {
            let code = NewCode {
                purpose: CodePurpose::SignUp,
                message: MessageKind::SignUpCode,
                contact,
                address,
            };
            match codes::send(app, context, &mut tx, pool, user, &code, AskedBy::User).await {
                // The user exists nevertheless, and can have the code sent later (behaviour 3.1).
                Err(Error::Refused(Failure::AttemptLimitExceeded)) => {
                    tx.commit().await?;
                    return refuse(Failure::AttemptLimitExceeded);
                }
                sent => Some(sent?),
            }
        }
        None => None,
    };
    tx.commit().await?;
    notices.dispatch(app);
    let delivery = sent.map(|(delivery, queued)| {
        app.outbox.dispatch(queued);
        delivery
    });
    Ok(SignedUp {
        user_id: prepared.user.id,
        delivery,
    })
}
