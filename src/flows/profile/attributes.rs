//! Changing and verifying attributes (behaviour 2.4, 2.5, 3.4).

use secrecy::SecretString;

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::attribute::{Contact, Delivery};
use crate::domain::attribute_update::{self, AttributeInput};
use crate::domain::code::{Code, CodePurpose};
use crate::domain::contact_change::{self, Plan};
use crate::domain::failure::Failure;
use crate::domain::user::{User, UserStatus};
use crate::domain::user_pool::UserPool;
use crate::flows::authentication::authorize;
use crate::flows::codes::{self, NewCode};
use crate::flows::limits::{self, Limit};
use crate::flows::update_user::{self, AliasConflict};
use crate::flows::{Result, lookup, refuse, retry};
use crate::messaging::Purpose;
use crate::store;

/// What is asked for.
#[derive(Clone, Copy)]
pub enum Requested<'a> {
    /// Values to set; an empty one deletes.
    Values(&'a [AttributeInput]),
    /// Attributes to delete, by name.
    Deletion(&'a [String]),
}

/// UpdateUserAttributes and DeleteUserAttributes; where codes went.
///
/// # Errors
/// What sections 1.6, 2.4 and 2.5 of the behaviour page list.
pub async fn update_self(
    app: &App,
    context: &RequestContext,
    token: &SecretString,
    requested: Requested<'_>,
) -> Result<Vec<Delivery>> {
    retry!(try_update_self(app, context, token, requested))
}

async fn try_update_self(
    app: &App,
    context: &RequestContext,
    token: &SecretString,
    requested: Requested<'_>,
) -> Result<Vec<Delivery>> {
    let by = authorize::authorize(app, context, token).await?;
    let (pool, client, current) = (&by.pool.settings, &by.client.settings, &by.user.attributes);
    let changes = match requested {
        Requested::Values(given) => {
            attribute_update::validate_self_update(pool, client, current, given)?
        }
        Requested::Deletion(names) => {
            attribute_update::validate_deletion(pool, Some(client), current, names)?
        }
    };
    let plan = contact_change::plan(pool, &by.user, &changes);
    execute(app, context, &by.pool, &by.user, &plan).await
}

/// AdminUpdateUserAttributes and AdminDeleteUserAttributes.
///
/// # Errors
/// What section 2.4 of the behaviour page lists, and that pool or user do not exist.
pub async fn update_by_admin(
    app: &App,
    context: &RequestContext,
    pool_id: &str,
    name: &str,
    requested: Requested<'_>,
) -> Result<()> {
    let pool = lookup::pool(app, context, pool_id).await?;
    retry!(try_update_by_admin(app, context, &pool, name, requested))
}

async fn try_update_by_admin(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    name: &str,
    requested: Requested<'_>,
) -> Result<()> {
    let user = lookup::by_any_name(&mut app.db.read().await?, pool, name).await?;
    let (settings, current) = (&pool.settings, &user.attributes);
    let changes = match requested {
        Requested::Values(given) => {
            attribute_update::validate_admin_update(settings, current, given)?
        }
        Requested::Deletion(names) => {
            attribute_update::validate_deletion(settings, None, current, names)?
        }
    };
    let plan = contact_change::plan(settings, &user, &changes);
    execute(app, context, pool, &user, &plan).await?;
    Ok(())
}

async fn execute(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    user: &User,
    plan: &Plan,
) -> Result<Vec<Delivery>> {
    let changed = plan.after != user.attributes;
    if !changed && plan.codes.is_empty() {
        return Ok(Vec::new());
    }
    let new_values: Vec<(&str, &str)> = plan
        .after
        .iter()
        .filter(|(name, value)| user.attributes.get(*name) != Some(value))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .chain(
            plan.codes
                .iter()
                .map(|(contact, value)| (contact.attribute(), value.as_str())),
        )
        .collect();
    update_user::ensure_aliases_free(app, pool, user, &new_values).await?;

    let after = User {
        attributes: plan.after.clone(),
        ..user.clone()
    };
    if plan.codes.is_empty() && update_user::needs_no_transaction(pool, user, &after) {
        let mut conn = app.db.write().await?;
        update_user::write(
            &mut conn,
            pool,
            user,
            &after,
            AliasConflict::Refuse,
            context.now,
        )
        .await?;
        return Ok(Vec::new());
    }
    let mut tx = app.db.begin().await?;
    if changed {
        update_user::write(
            &mut tx,
            pool,
            user,
            &after,
            AliasConflict::Refuse,
            context.now,
        )
        .await?;
    }
    let (mut deliveries, mut messages) = (Vec::new(), Vec::new());
    for (contact, address) in &plan.codes {
        let (purpose, message) = match user.status {
            UserStatus::Unconfirmed => (CodePurpose::SignUp, Purpose::ResendCode),
            _ => (CodePurpose::Verify(*contact), Purpose::AttributeUpdateCode),
        };
        let code = NewCode {
            purpose,
            message,
            contact: *contact,
            address,
        };
        let (delivery, queued) = codes::send(app, context, &mut tx, pool, user, &code).await?;
        deliveries.push(delivery);
        messages.push(queued);
    }
    tx.commit().await?;
    for queued in messages {
        app.outbox.committed(queued);
    }
    Ok(deliveries)
}

/// GetUserAttributeVerificationCode: a code for the value that the user has now, verified or not.
///
/// # Errors
/// What sections 1.6 and 3.4 of the behaviour page list.
pub async fn send_code(
    app: &App,
    context: &RequestContext,
    token: &SecretString,
    name: &str,
) -> Result<Delivery> {
    let by = authorize::authorize(app, context, token).await?;
    let Some(contact) = Contact::named(name) else {
        return refuse(Failure::NotVerifiable);
    };
    if !by.user.attributes.contains_key(contact.attribute()) {
        return refuse(Failure::NothingToVerify(contact));
    }
    limits::count(app, context, &by.pool.id, Limit::AttributeCode, &by.user.id).await?;
    let mut tx = app.db.begin().await?;
    // Read again under the lock: a code for a value that was just replaced would bring it back.
    let Some(user) = store::users::lock(&mut tx, &by.pool.id, &by.user.id).await? else {
        return refuse(Failure::UserNotFound);
    };
    let Some(address) = user.attributes.get(contact.attribute()) else {
        return refuse(Failure::NothingToVerify(contact));
    };
    let code = NewCode {
        purpose: CodePurpose::Verify(contact),
        message: Purpose::AttributeCode,
        contact,
        address,
    };
    let (delivery, queued) = codes::send(app, context, &mut tx, &by.pool, &user, &code).await?;
    tx.commit().await?;
    app.outbox.committed(queued);
    Ok(delivery)
}

/// VerifyUserAttribute: marks the value verified that the code was sent to, and stores it if it
/// was waiting.
///
/// # Errors
/// What sections 1.6 and 3.4 of the behaviour page list.
pub async fn verify(
    app: &App,
    context: &RequestContext,
    token: &SecretString,
    name: &str,
    code: &str,
) -> Result<()> {
    let by = authorize::authorize(app, context, token).await?;
    let Some(contact) = Contact::named(name) else {
        return refuse(Failure::NotVerifiable);
    };
    limits::count(
        app,
        context,
        &by.pool.id,
        Limit::VerifyAttribute,
        &by.user.id,
    )
    .await?;
    let purpose = CodePurpose::Verify(contact);
    let code = codes::check(app, context, &by.pool.id, &by.user.id, purpose, code).await?;
    retry!(redeem_verification(
        app,
        context,
        &by.pool,
        &by.user.id,
        contact,
        &code
    ))
}

async fn redeem_verification(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    user_id: &str,
    contact: Contact,
    code: &Code,
) -> Result<()> {
    let mut tx = app.db.begin().await?;
    let Some(before) = store::users::lock(&mut tx, &pool.id, user_id).await? else {
        return refuse(Failure::UserNotFound);
    };
    codes::redeem(
        &mut tx,
        &pool.id,
        user_id,
        CodePurpose::Verify(contact),
        code,
    )
    .await?;
    let mut after = before.clone();
    if let Some(value) = &code.value {
        after
            .attributes
            .insert(contact.attribute().to_owned(), value.clone());
        after
            .attributes
            .insert(contact.verified_flag().to_owned(), "true".to_owned());
    }
    update_user::write(
        &mut tx,
        pool,
        &before,
        &after,
        AliasConflict::Refuse,
        context.now,
    )
    .await?;
    Ok(tx.commit().await?)
}
