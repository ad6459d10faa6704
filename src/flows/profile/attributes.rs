//! Changing and verifying attributes (behaviour 2.4, 2.5, 3.4).

use secrecy::SecretString;

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::attribute::{Contact, Delivery};
use crate::domain::attribute_update::{self, AttributeInput};
use crate::domain::code::CodePurpose;
use crate::domain::contact_change::{self, Plan};
use crate::domain::failure::Failure;
use crate::domain::user::{User, UserStatus};
use crate::domain::user_pool::UserPool;
use crate::domain::user_update::UserUpdate;
use crate::flows::authentication::authorize::{self, Authorized};
use crate::flows::codes::{self, Addressee, AskedBy, NewCode, Try};
use crate::flows::limits::{Limit, Requester, Usage, budgets, usage};
use crate::flows::notices::Notices;
use crate::flows::update_user::{self, AliasConflict};
use crate::flows::{Error, Result, lookup, refuse, retry};
use crate::messaging::MessageKind;
use crate::store;

/// The requested change.
#[derive(Clone, Copy)]
pub enum Requested<'a> {
    /// Values to set; an empty one deletes.
    Values(&'a [AttributeInput]),
    /// Attributes to delete, by name.
    Deletion(&'a [String]),
}

/// UpdateUserAttributes and DeleteUserAttributes. Returns the deliveries of the codes that were sent.
///
/// # Errors
/// What behaviour 1.6, 2.4 and 2.5 list.
pub async fn update_self(
    app: &App,
    context: &RequestContext,
    token: &SecretString,
    requested: Requested<'_>,
) -> Result<Vec<Delivery>> {
    let Authorized {
        pool, client, user, ..
    } = authorize::authorize(app, context, token).await?;
    let id = user.id.clone();
    let mut authorized = Some(user);
    retry!(async {
        let user = current_user(app, &pool, &id, authorized.take()).await?;
        let (settings, current) = (&pool.settings, &user.attributes);
        let changes = match requested {
            Requested::Values(given) => {
                attribute_update::validate_self_update(settings, &client.settings, current, given)?
            }
            Requested::Deletion(names) => {
                let client = Some(&client.settings);
                attribute_update::validate_deletion(settings, client, current, names)?
            }
        };
        let plan = contact_change::plan(settings, user, &changes);
        let requester = Requester::at_client(
            app,
            context,
            &pool,
            &client,
            &plan.update.before.username,
            Some(&plan.update.before),
        );
        if !plan.update.aliases_gained.is_empty() || !plan.codes.is_empty() {
            usage::spend(app, context, &requester, Usage::NameChecks, 1)?;
        }
        execute(
            app,
            context,
            &pool,
            &plan,
            AliasConflict::Refuse,
            Some(&requester),
        )
        .await
    })
}

/// The user that the caller's token was checked with, or after that user was changed by another
/// request the user as it is now.
///
/// # Errors
/// [`Failure::UserDisabled`], [`Failure::UserNotFound`], or if the database fails.
pub(in crate::flows) async fn current_user(
    app: &App,
    pool: &UserPool,
    id: &str,
    authorized: Option<User>,
) -> Result<User> {
    if let Some(user) = authorized {
        return Ok(user);
    }
    match store::users::find(&mut app.db.read().await?, &pool.id, id).await? {
        Some(user) if user.enabled => Ok(user),
        Some(_) => refuse(Failure::UserDisabled),
        None => refuse(Failure::UserNotFound),
    }
}

/// AdminUpdateUserAttributes and AdminDeleteUserAttributes.
///
/// # Errors
/// What behaviour 2.4 lists, and that pool or user do not exist.
pub async fn update_by_admin(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    name: &str,
    requested: Requested<'_>,
) -> Result<()> {
    let pool = lookup::pool(app, context, pool_id).await?;
    retry!(async {
        let user = lookup::by_any_name(&mut app.db.read().await?, &pool, name).await?;
        let (settings, current) = (&pool.settings, &user.attributes);
        let changes = match requested {
            Requested::Values(given) => {
                attribute_update::validate_admin_update(settings, current, given)?
            }
            Requested::Deletion(names) => {
                attribute_update::validate_deletion(settings, None, current, names)?
            }
        };
        let plan = contact_change::plan(settings, user, &changes);
        // An address that the administrator sets as verified moves to this user from its former owner.
        execute(app, context, &pool, &plan, AliasConflict::TakeOver, None).await?;
        Ok(())
    })
}

async fn execute(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    plan: &Plan,
    conflict: AliasConflict,
    requester: Option<&Requester<'_>>,
) -> Result<Vec<Delivery>> {
    let update = &plan.update;
    if !update.is_change() && plan.codes.is_empty() {
        return Ok(Vec::new());
    }
    update_user::ensure_aliases_free(app, pool, update, &plan.codes).await?;
    if plan.codes.is_empty() && update.is_one_row() {
        let mut conn = app.db.write().await?;
        let notices = update_user::write(app, context, &mut conn, pool, update, conflict).await?;
        notices.dispatch(app);
        return Ok(Vec::new());
    }
    let messages = u32::try_from(plan.codes.len()).unwrap_or(u32::MAX);
    if let Some(requester) = requester.filter(|_| messages > 0) {
        usage::spend(app, context, requester, Usage::Messages, messages)?;
    }
    let to = Addressee {
        pool,
        user: &update.before,
        changed: &update.after,
        client_id: requester
            .and_then(|requester| requester.client)
            .map(|client| client.id.as_str()),
    };
    let mut prepared = Vec::new();
    for (contact, address) in &plan.codes {
        let (purpose, message) = match to.user.status {
            UserStatus::Unconfirmed => (CodePurpose::SignUp, MessageKind::ResendCode),
            UserStatus::Confirmed | UserStatus::ForceChangePassword | UserStatus::ResetRequired => {
                (
                    CodePurpose::Verify(*contact),
                    MessageKind::AttributeUpdateCode,
                )
            }
        };
        let code = NewCode {
            purpose,
            message,
            contact: *contact,
            address,
        };
        prepared.push(codes::prepare(app, context, to, &code).await?);
    }
    let mut tx = app.db.begin().await?;
    let mut notices = Notices::default();
    if update.is_change() {
        notices = update_user::write(app, context, &mut tx, pool, update, conflict).await?;
    } else if !store::users::hold(&mut tx, &update.before).await? {
        return Err(Error::Stale);
    }
    let (mut deliveries, mut messages) = (Vec::new(), Vec::new());
    for code in &prepared {
        let asked_by = match requester {
            Some(requester) => {
                let mut budgets = Limit::AttributeChangeCode.budgets(app, requester);
                budgets::spend(&mut tx, context, &pool.id, &mut budgets).await?;
                AskedBy::User
            }
            None => AskedBy::Administrator,
        };
        let (delivery, queued) = codes::store(app, context, &mut tx, code, asked_by).await?;
        deliveries.push(delivery);
        messages.push(queued);
    }
    tx.commit().await?;
    notices.dispatch(app);
    for queued in messages {
        app.outbox.dispatch(queued);
    }
    Ok(deliveries)
}

/// GetUserAttributeVerificationCode: a code for the value that the user has now, verified or not.
///
/// # Errors
/// What behaviour 1.6 and 3.4 list.
pub async fn send_code(
    app: &App,
    context: &RequestContext,
    token: &SecretString,
    name: &str,
) -> Result<Delivery> {
    let Authorized {
        pool, client, user, ..
    } = authorize::authorize(app, context, token).await?;
    let Some(contact) = Contact::named(name) else {
        return refuse(Failure::NotVerifiable);
    };
    if !user.attributes.contains_key(contact.attribute()) {
        return refuse(Failure::NothingToVerify(contact));
    }
    let requester = Requester::at_client(app, context, &pool, &client, &user.username, Some(&user));
    let asks_function = codes::asks_function(&pool);
    if asks_function {
        // Before the function is called, which a user may have done no more often than a code is sent.
        budgets::count(app, context, &requester, Limit::AttributeCode).await?;
    }
    let id = user.id.clone();
    let mut authorized = Some(user);
    retry!(async {
        let user = current_user(app, &pool, &id, authorized.take()).await?;
        let Some(address) = user.attributes.get(contact.attribute()) else {
            return refuse(Failure::NothingToVerify(contact));
        };
        let code = NewCode {
            purpose: CodePurpose::Verify(contact),
            message: MessageKind::AttributeCode,
            contact,
            address,
        };
        let to = Addressee::new(&pool, &user, Some(&client.id));
        let code = codes::prepare(app, context, to, &code).await?;
        let mut tx = app.db.begin().await?;
        // A code for a value that was just replaced would bring it back.
        if !store::users::hold(&mut tx, &user).await? {
            return Err(Error::Stale);
        }
        if !asks_function {
            let mut budgets = Limit::AttributeCode.budgets(app, &requester);
            budgets::spend(&mut tx, context, &pool.id, &mut budgets).await?;
        }
        // Once for the request: from here on nothing has it begin anew.
        usage::spend(app, context, &requester, Usage::Messages, 1)?;
        let asked_by = AskedBy::User;
        let (delivery, queued) = codes::store(app, context, &mut tx, &code, asked_by).await?;
        tx.commit().await?;
        app.outbox.dispatch(queued);
        Ok(delivery)
    })
}

/// VerifyUserAttribute: marks the value verified that the code was sent to, and stores it if it
/// was waiting.
///
/// # Errors
/// What behaviour 1.6 and 3.4 list.
pub async fn verify(
    app: &App,
    context: &RequestContext,
    token: &SecretString,
    name: &str,
    code: &str,
) -> Result<()> {
    let Authorized {
        pool, client, user, ..
    } = authorize::authorize(app, context, token).await?;
    let Some(contact) = Contact::named(name) else {
        return refuse(Failure::NotVerifiable);
    };
    let requester = Requester::at_client(app, context, &pool, &client, &user.username, Some(&user));
    let purpose = CodePurpose::Verify(contact);
    let tried = Try {
        requester: &requester,
        hides: false,
        limit: Limit::VerifyAttribute,
        purpose,
        user: Some(&user),
        sent: codes::find_sent(app, context, &requester, Some(&user), purpose).await?,
        further: None,
        given: code,
    };
    let mut comparison = codes::compare(app, context, tried)?;
    let verified = match comparison.right() {
        Some((_, code)) => {
            let value = code.value.clone();
            let mut authorized = Some(user.clone());
            retry!(async {
                let before = current_user(app, &pool, &user.id, authorized.take()).await?;
                let mut after = before.clone();
                if let Some(value) = &value {
                    let (name, flag) = (contact.attribute(), contact.verified_flag());
                    after.attributes.insert(name.to_owned(), value.clone());
                    after.attributes.insert(flag.to_owned(), "true".to_owned());
                }
                let update = UserUpdate::new(&pool.settings, before, after);
                let mut tx = app.db.begin().await?;
                codes::count_right(context, &mut tx, &mut comparison).await?;
                // The row first, then the code, which writing a new value would discard unredeemed.
                if !store::users::hold(&mut tx, &update.before).await? {
                    return Err(Error::Stale);
                }
                let redeemed = codes::redeem(app, &mut tx, &comparison).await?;
                if redeemed {
                    let conflict = AliasConflict::Refuse;
                    let notices =
                        update_user::write(app, context, &mut tx, &pool, &update, conflict).await?;
                    tx.commit().await?;
                    notices.dispatch(app);
                }
                Ok(redeemed)
            })?
        }
        None => false,
    };
    if verified {
        Ok(())
    } else {
        codes::refuse_wrong(app, context, comparison).await
    }
}
