//! The functions of a pool that take part in every sign-in (behaviour 6), called while no transaction is open.

use crate::app::App;
use crate::context::RequestContext;
use crate::domain::acr::StepUp;
use crate::domain::claims;
use crate::domain::grant::{ClaimOverrides, Grant};
use crate::domain::sign_in::Proven;
use crate::domain::user::User;
use crate::domain::user_pool::UserPool;
use crate::flows::Result;
use crate::flows::lookup::{self, ClientContext};
use crate::triggers::pre_token_generation::{self, Source, Subject};
use crate::triggers::{Occasion, Texts, post_authentication, pre_authentication, user_attributes};

/// How a flow begins that other flows lead to as well.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// The sign-in begins with it, so that PreAuthentication is asked; with what it was asked to prove.
    First(Option<StepUp>),
    /// The user has chosen it, after PreAuthentication was asked; with what the sign-in was asked to prove.
    Chosen(Option<StepUp>),
    /// It is part of a custom sign-in, which has asked PreAuthentication.
    Custom,
}

impl Entry {
    /// What the sign-in was asked to prove.
    pub const fn step_up(self) -> Option<StepUp> {
        match self {
            Self::First(step_up) | Self::Chosen(step_up) => step_up,
            Self::Custom => None,
        }
    }
}

/// Asks PreAuthentication, before the credentials are checked. A `user` whom the pool does not have is only asked
/// for where the app client hides users; callers have refused it elsewhere.
///
/// # Errors
/// Those of a trigger.
pub(super) async fn ask_before(
    app: &App,
    context: &RequestContext,
    client_context: &ClientContext,
    user: Option<&User>,
    name: &str,
) -> Result<()> {
    let pool = &client_context.pool;
    let simulated = || lookup::simulated_username(app, pool, name);
    let username = user.map_or_else(simulated, |user| user.username.clone());
    let attributes = user.map_or_else(Texts::new, |user| user_attributes(pool, user));
    let occasion = Occasion {
        pool,
        client_id: Some(&client_context.client.id),
        username: &username,
        client_metadata: &context.validation_data,
    };
    Ok(pre_authentication::ask(&app.triggers, occasion, &attributes, user.is_none()).await?)
}

/// Tells PostAuthentication of a sign-in, and has PreTokenGeneration say how the grant's tokens differ from what
/// follows from the rest of it. `is_device_proven` says whether a device that has proven itself ended the sign-in.
///
/// # Errors
/// Those of a trigger.
pub(super) async fn signed_in(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    grant: &Grant,
    proven: Proven,
    is_device_proven: bool,
) -> Result<ClaimOverrides> {
    let of = (grant.session.client_id.as_str(), &grant.user);
    tell_signed_in(app, context, pool, of, grant.new_device.is_some()).await?;
    let source = if is_device_proven {
        Source::AuthenticateDevice
    } else if proven.new_password {
        Source::NewPasswordChallenge
    } else {
        Source::Authentication
    };
    overrides(app, context, pool, grant, source).await
}

/// Tells PostAuthentication that the user has signed in at the app client.
///
/// # Errors
/// Those of a trigger.
pub(super) async fn tell_signed_in(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    (client_id, user): (&str, &User),
    is_new_device: bool,
) -> Result<()> {
    let occasion = Occasion {
        pool,
        client_id: Some(client_id),
        username: &user.username,
        client_metadata: &context.client_metadata,
    };
    Ok(post_authentication::tell(&app.triggers, occasion, user, is_new_device).await?)
}

/// What PreTokenGeneration changes of the grant's tokens.
///
/// # Errors
/// Those of a trigger.
pub(in crate::flows) async fn overrides(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    grant: &Grant,
    source: Source,
) -> Result<ClaimOverrides> {
    let subject = Subject {
        attributes: &user_attributes(pool, &grant.user),
        groups: &claims::of_groups(&grant.groups),
        scopes: &grant.session.scopes,
        client_id: &grant.session.client_id,
    };
    let occasion = occasion(context, pool, grant);
    Ok(pre_token_generation::ask(&app.triggers, occasion, source, subject).await?)
}

fn occasion<'a>(context: &'a RequestContext, pool: &'a UserPool, grant: &'a Grant) -> Occasion<'a> {
    Occasion {
        pool,
        client_id: Some(&grant.session.client_id),
        username: &grant.user.username,
        client_metadata: &context.client_metadata,
    }
}

/// Whether functions of the pool are called once a user has signed in.
pub(super) const fn follow_sign_in(pool: &UserPool) -> bool {
    let triggers = &pool.settings.triggers;
    triggers.post_authentication.is_some() || triggers.pre_token_generation.is_some()
}
