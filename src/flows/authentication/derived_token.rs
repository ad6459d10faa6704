//! GetDerivedToken: a token in exchange for a user's, for a service that acts for the user (administration 10.3,
//! RFC 8693).

use secrecy::{ExposeSecret, SecretString};

use super::sign_in_triggers;
use super::tokens::{self, IssuedToken};
use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::peek_header;
use crate::domain::app_client::{AppClient, AuthFlow};
use crate::domain::claims::TokenClaims;
use crate::domain::failure::Failure;
use crate::domain::grant::{ClaimOverrides, Grant};
use crate::domain::permissions::may_read;
use crate::domain::resource_server::ResourceServerFault;
use crate::domain::session::Session;
use crate::domain::token_exchange::{PresentedClaims, TokenExchangeFault, actors, derived_scopes};
use crate::domain::user_pool::{TokenUse, UserPool};
use crate::flows::{Error, Result, lookup, refuse};
use crate::store;
use crate::triggers::pre_token_generation::Source;

/// A token that is presented to be exchanged.
pub struct Presented {
    /// The token.
    pub token: SecretString,
    /// Its type; `None` for one that only identity providers issue.
    pub token_use: Option<TokenUse>,
    /// Whether an identity provider is named as its issuer.
    pub has_provider: bool,
}

/// What is asked for.
pub struct Exchange<'a> {
    /// The client that gets the new token.
    pub client_id: &'a str,
    /// Its secret.
    pub client_secret: Option<&'a str>,
    /// The user's token.
    pub subject: Presented,
    /// The token of the service that acts for the user.
    pub actor: Option<Presented>,
    /// Scopes; `None` for those of the user's token.
    pub scopes: Option<&'a [String]>,
    /// Who the new token is for.
    pub audience: Option<&'a str>,
    /// The resource server that the new token is for.
    pub resource: Option<&'a str>,
    /// The type of the new token.
    pub token_use: TokenUse,
}

/// Derives a token. It belongs to the session of the user's token, so that what revokes that revokes it too, and never
/// outlives the user's token.
///
/// The client proves its secret, unless an administrator's signature came with the request.
///
/// # Errors
/// [`Failure::ClientNotFound`], [`Failure::SecretMissing`], [`Failure::SecretHashWrong`],
/// [`Failure::FlowNotEnabled`], [`TokenExchangeFault`], [`ResourceServerFault::NotFound`], [`Failure::UserNotFound`],
/// [`Failure::UserDisabled`], and those of a trigger.
pub async fn issue(
    app: &App,
    context: &RequestContext,
    exchange: Exchange<'_>,
) -> Result<IssuedToken> {
    let lookup::ClientContext { pool, client } =
        lookup::client_context(app, exchange.client_id).await?;
    if exchange.audience.is_some() && exchange.resource.is_some() {
        return fault(TokenExchangeFault::AudienceAndResource);
    }
    if exchange.client_secret.is_some() || context.caller.is_none() {
        lookup::check_client_secret(app, &client, exchange.client_secret)?;
    }
    let flow = if exchange.actor.is_some() {
        AuthFlow::TokenExchangeDelegation
    } else {
        AuthFlow::TokenExchangeImpersonation
    };
    if !client.settings.allows(flow) {
        return refuse(Failure::FlowNotEnabled(flow));
    }
    let invalid = TokenExchangeFault::SubjectToken;
    let subject = verify(app, context, &pool, &exchange.subject, invalid).await?;
    let mut grant = grant_of(app, &pool, &subject).await?;
    let actor = match &exchange.actor {
        Some(actor) => Some(actor_of(app, context, &pool, actor).await?),
        None => None,
    };
    if let Some(identifier) = exchange.resource {
        let mut conn = app.db.read().await?;
        let found = store::resource_servers::find(&mut conn, &pool.id, identifier).await?;
        if found.is_none() {
            let fault = ResourceServerFault::NotFound(identifier.to_owned());
            return refuse(Failure::ResourceServer(fault));
        }
    }
    let scopes = scopes_of(&client, &subject, &grant.session, exchange.scopes)?;
    let act = actors(actor.as_deref(), subject.act).map_err(Failure::TokenExchange)?;
    grant.session = Session {
        client_id: client.id.clone(),
        scopes: scopes.clone(),
        device_key: None,
        nonce: None,
        ..grant.session
    };
    let source = Source::TokenExchange;
    grant.overrides = sign_in_triggers::overrides(app, context, &pool, &grant, source).await?;
    let settings = &client.settings;
    let of_client = match exchange.token_use {
        TokenUse::Access => settings.validity.access_seconds(),
        TokenUse::Id => settings.validity.id_seconds(),
    };
    let lifetime = of_client.min(subject.exp - context.now.seconds());
    let issuer = app.issuer(&pool.region, &pool.id);
    let claims_of = TokenClaims {
        grant: &grant,
        pool: &pool,
        issuer: &issuer,
        revocable: settings.enable_token_revocation || settings.rotates(),
        issued_at: context.now.seconds(),
    };
    let jti = app.entropy.uuid().to_string();
    let mut claims = match exchange.token_use {
        TokenUse::Access => claims_of.access(&jti, lifetime),
        TokenUse::Id => claims_of.id(&jti, lifetime, |name| {
            may_read(settings, &pool.settings.schema, name)
        }),
    };
    if let Some(audience) = exchange.audience.or(exchange.resource) {
        claims.insert("aud".to_owned(), audience.into());
    }
    if let Some(act) = act {
        claims.insert("act".to_owned(), act);
    }
    Ok(IssuedToken {
        token: tokens::sign(app, context, &pool, exchange.token_use, claims).await?,
        lifetime,
        scopes: grant.overrides.scopes.unwrap_or(scopes),
    })
}

fn fault<T>(fault: TokenExchangeFault) -> Result<T> {
    refuse(Failure::TokenExchange(fault))
}

/// The claims of a token of the pool; `invalid` is why another one is refused.
async fn verify(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    presented: &Presented,
    invalid: TokenExchangeFault,
) -> Result<PresentedClaims> {
    let Some(token_use) = presented.token_use.filter(|_| !presented.has_provider) else {
        return fault(TokenExchangeFault::ForeignToken);
    };
    let keys = tokens::keys_of(app, context, pool).await?;
    let token = presented.token.expose_secret();
    let issuer = app.issuer(&pool.region, &pool.id);
    peek_header(token)
        .and_then(|header| keys.verifying(token_use, &header.kid))
        .and_then(|key| key.verify_jwt::<PresentedClaims>(token).ok())
        .filter(|claims| claims.is_valid(&issuer, token_use, context.now.seconds()))
        .map_or_else(|| fault(invalid), Ok)
}

/// The user, groups and session behind the user's token.
async fn grant_of(app: &App, pool: &UserPool, subject: &PresentedClaims) -> Result<Grant> {
    let Some(session_id) = &subject.event_id else {
        return fault(TokenExchangeFault::SubjectToken);
    };
    let mut conn = app.db.read().await?;
    // No refresh token has the empty hash: only the user, the groups and the session are read.
    let found =
        store::refresh_tokens::find(&mut conn, &pool.id, &subject.sub, session_id, &[]).await?;
    let Some(found) = found else {
        return refuse(Failure::UserNotFound);
    };
    if !found.user.enabled {
        return refuse(Failure::UserDisabled);
    }
    let live = found.session.filter(|session| session.revoked_at.is_none());
    let Some(session) = live else {
        return fault(TokenExchangeFault::SubjectToken);
    };
    Ok(Grant {
        user: found.user,
        groups: found.groups,
        session,
        new_device: None,
        overrides: ClaimOverrides::default(),
        origin_id: None,
    })
}

/// The `sub` of the actor: a user's, or the id of a client that presents its own token.
async fn actor_of(
    app: &App,
    context: &RequestContext,
    pool: &UserPool,
    actor: &Presented,
) -> Result<String> {
    let invalid = TokenExchangeFault::ActorToken;
    let claims = verify(app, context, pool, actor, invalid).await?;
    let is_live = match &claims.event_id {
        Some(session_id) => store::session_users::find(&app.db, &pool.id, &claims.sub, session_id)
            .await?
            .is_some_and(|found| found.live && found.user.enabled),
        None => match lookup::client_context(app, &claims.sub).await {
            Ok(of_actor) => of_actor.pool.id == pool.id,
            Err(Error::Refused(_)) => false,
            Err(error @ (Error::Busy | Error::Stale | Error::Internal(_))) => return Err(error),
        },
    };
    if is_live {
        Ok(claims.sub)
    } else {
        fault(invalid)
    }
}

/// The scopes of the new token. An ID token has none of its own, so that those of its session count.
fn scopes_of(
    client: &AppClient,
    subject: &PresentedClaims,
    session: &Session,
    requested: Option<&[String]>,
) -> Result<Vec<String>> {
    let of_subject = subject.scope.as_deref().map_or_else(
        || session.scopes.clone(),
        |scopes| scopes.split_whitespace().map(str::to_owned).collect(),
    );
    let of_client = client.settings.oauth.scopes.as_deref().unwrap_or_default();
    let scopes = derived_scopes(requested, of_subject, of_client);
    if scopes.is_empty() && requested.is_some() {
        return fault(TokenExchangeFault::NoScope);
    }
    Ok(scopes)
}
