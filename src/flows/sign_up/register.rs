//! Signing up.

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::app_client::AppClient;
use crate::domain::attribute::{Contact, Delivery};
use crate::domain::attribute_update::AttributeInput;
use crate::domain::auth_event::{EventKind, Outcome};
use crate::domain::code::CodePurpose;
use crate::domain::contact_change::confirmation_contact;
use crate::domain::failure::Failure;
use crate::domain::risk_configuration::PasswordEvent;
use crate::domain::trigger_settings::Trigger;
use crate::domain::user::{User, UserStatus};
use crate::domain::user_pool::UserPool;
use crate::flows::auth_events::{self, Subject};
use crate::flows::authentication::first_factor;
use crate::flows::codes::{self, Addressee, AskedBy, NewCode, PreparedCode};
use crate::flows::create_user::{self, NewUser, Origin, PreparedUser};
use crate::flows::limits::{Requester, Usage, usage};
use crate::flows::update_user::AliasConflict;
use crate::flows::{Error, Result, lookup, refuse, retry, risk_rules, turn};
use crate::messaging::MessageKind;
use crate::triggers::pre_sign_up::{self, Decision};
use crate::triggers::{Occasion, post_confirmation};

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
    /// What the client says to the pool's function, and nobody stores.
    pub validation_data: BTreeMap<String, String>,
}

/// A completed sign-up.
pub struct SignedUp {
    /// The new user's `sub`.
    pub user_id: String,
    /// Whether the pool's function has confirmed the user.
    pub confirmed: bool,
    /// The delivery of the code; `None` if the pool verifies no contact that the user has.
    pub delivery: Option<Delivery>,
    /// The session with which the user's first sign-in begins, if nothing has to be confirmed
    /// ([`first_factor::session_of_sign_up`]).
    pub session: Option<String>,
}

/// Makes an unconfirmed user and sends the code that confirms it (behaviour 3.1).
///
/// # Errors
/// What behaviour 2.4 and 3.1 list.
pub async fn sign_up(app: &App, context: &RequestContext, request: SignUp) -> Result<SignedUp> {
    let client_context = lookup::client_context(app, &request.client_id).await?;
    let (pool, client) = (&client_context.pool, &client_context.client);
    let proof = (request.username.as_str(), request.secret_hash.as_deref());
    lookup::check_caller(app, context, client, proof)?;
    if pool.settings.admin_create_user.admin_only {
        return refuse(Failure::SignUpNotPermitted);
    }
    let requester = Requester::at_client(app, context, pool, client, &request.username, None);
    let password = request.password.clone();
    let new = NewUser {
        origin: Origin::SignUp(&client.settings),
        username: &request.username,
        password: request.password,
        password_is_generated: false,
        attributes: &request.attributes,
        status: UserStatus::Unconfirmed,
    };
    let mut checked = create_user::check(app, context, pool, new).await?;
    if let Some(password) = &password {
        let (of, event) = ((pool.as_ref(), client.as_ref()), PasswordEvent::SignUp);
        risk_rules::check_new_password(app, context, of, event, password).await?;
    }
    usage::spend(app, context, &requester, Usage::NameChecks, 1)?;
    usage::spend(app, context, &requester, Usage::Hashes, 1)?;
    let username = checked.user.username.clone();
    let occasion = Occasion {
        pool,
        client_id: Some(&client.id),
        username: &username,
        client_metadata: &context.client_metadata,
    };
    let decision = pre_sign_up::ask(
        &app.triggers,
        occasion,
        pre_sign_up::Source::SignUp,
        &checked.user.attributes,
        &request.validation_data,
    )
    .await?;
    apply(decision, &mut checked.user)?;
    let turn = turn::of_client(context, client);
    let prepared = create_user::prepare(app, context, &turn, pool, checked).await?;
    let user = &prepared.user;
    let contact = confirmation_contact(&pool.settings, &user.attributes);
    let code = match contact.filter(|_| !decision.confirm) {
        Some((contact, address)) => {
            usage::spend(app, context, &requester, Usage::Messages, 1)?;
            let code = NewCode {
                purpose: CodePurpose::SignUp,
                message: MessageKind::SignUpCode,
                contact,
                address,
            };
            let to = Addressee::new(pool, user, Some(&client.id));
            Some(codes::prepare(app, context, to, &code).await?)
        }
        None => None,
    };
    // An address that the function calls verified moves here from the user that has verified it (behaviour 6).
    let conflict = if decision.verify_email || decision.verify_phone {
        AliasConflict::TakeOver
    } else {
        AliasConflict::Refuse
    };
    let delivery = retry!(insert(
        app,
        context,
        (pool, client),
        &prepared,
        conflict,
        code.as_ref()
    ))?;
    let mut session = None;
    if decision.confirm {
        let source = post_confirmation::Source::ConfirmSignUp;
        post_confirmation::tell(&app.triggers, occasion, source, user).await?;
        session = first_factor::session_of_sign_up(app, context, &client_context, user)?;
    }
    Ok(SignedUp {
        confirmed: decision.confirm,
        user_id: prepared.user.id,
        delivery,
        session,
    })
}

/// The user as the pool's function wants it.
///
/// # Errors
/// [`Failure::TriggerAnswerInvalid`] if it wants a contact verified that the user does not have.
fn apply(decision: Decision, user: &mut User) -> std::result::Result<(), Failure> {
    if decision.confirm {
        user.status = UserStatus::Confirmed;
    }
    for (contact, is_verified) in [
        (Contact::Email, decision.verify_email),
        (Contact::PhoneNumber, decision.verify_phone),
    ] {
        if !is_verified {
            continue;
        }
        if !user.attributes.contains_key(contact.attribute()) {
            return Err(Failure::TriggerAnswerInvalid(Trigger::PreSignUp));
        }
        let flag = contact.verified_flag().to_owned();
        user.attributes.insert(flag, "true".to_owned());
    }
    Ok(())
}

/// Writes the user and its code; returns where the code goes.
async fn insert(
    app: &App,
    context: &RequestContext,
    (pool, client): (&UserPool, &AppClient),
    prepared: &PreparedUser,
    conflict: AliasConflict,
    code: Option<&PreparedCode>,
) -> Result<Option<Delivery>> {
    let mut tx = app.db.begin().await?;
    let notices = create_user::insert(app, context, &mut tx, pool, prepared, conflict).await?;
    let of = (Subject::user(&pool.id, &prepared.user.id), Some(client));
    let what = (EventKind::SignUp, Outcome::Pass);
    auth_events::record(app, context, &mut tx, of, what).await?;
    let sent = match code {
        Some(code) => match codes::store(app, context, &mut tx, code, AskedBy::User).await {
            // The user exists nevertheless, and can have the code sent later (behaviour 3.1).
            Err(Error::Refused(Failure::AttemptLimitExceeded)) => {
                tx.commit().await?;
                return refuse(Failure::AttemptLimitExceeded);
            }
            sent => Some(sent?),
        },
        None => None,
    };
    tx.commit().await?;
    notices.dispatch(app);
    Ok(sent.map(|(delivery, queued)| {
        app.outbox.dispatch(queued);
        delivery
    }))
}
