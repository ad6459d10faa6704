//! PreTokenGeneration: before tokens are made. The function may change their claims, groups and scopes, within what
//! [`claim_rights`] permits.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::event::{Metadata, Occasion, Texts};
use super::invoker::Triggers;
use crate::domain::claim_rights;
use crate::domain::failure::Failure;
use crate::domain::grant::{ClaimOverrides, GroupOverride, TokenOverrides};
use crate::domain::trigger_settings::{PreTokenVersion, Trigger};
use crate::domain::user_pool::TokenUse;

/// Why tokens are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// At the login pages.
    HostedAuth,
    /// By a sign-in.
    Authentication,
    /// By a sign-in that began with a temporary password.
    NewPasswordChallenge,
    /// By a sign-in of a device.
    AuthenticateDevice,
    /// By a refresh token.
    RefreshTokens,
    /// For an app client without a user; version 3 only.
    ClientCredentials,
    /// In exchange for another token of the user. AWS's name for it is not known.
    TokenExchange,
}

impl Source {
    const fn name(self) -> &'static str {
        match self {
            Self::HostedAuth => "TokenGeneration_HostedAuth",
            Self::Authentication => "TokenGeneration_Authentication",
            Self::NewPasswordChallenge => "TokenGeneration_NewPasswordChallenge",
            Self::AuthenticateDevice => "TokenGeneration_AuthenticateDevice",
            Self::RefreshTokens => "TokenGeneration_RefreshTokens",
            Self::ClientCredentials => "TokenGeneration_ClientCredentials",
            Self::TokenExchange => "TokenGeneration_TokenExchange",
        }
    }
}

/// The groups of the tokens, as an event has them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Groups {
    groups_to_override: Option<Vec<String>>,
    iam_roles_to_override: Option<Vec<String>>,
    preferred_role: Option<String>,
}

impl Groups {
    fn of(groups: &GroupOverride) -> Self {
        Self {
            groups_to_override: Some(groups.groups.clone()),
            iam_roles_to_override: Some(groups.roles.clone()),
            preferred_role: groups.preferred_role.clone(),
        }
    }

    fn overriding(self) -> GroupOverride {
        GroupOverride {
            groups: self.groups_to_override.unwrap_or_default(),
            roles: self.iam_roles_to_override.unwrap_or_default(),
            preferred_role: self.preferred_role,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    user_attributes: &'a Texts,
    /// Null for an app client's own token (domain 8).
    group_configuration: Option<Groups>,
    /// From version 2 on.
    #[serde(skip_serializing_if = "Option::is_none")]
    scopes: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_metadata: Metadata<'a>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResponseV1 {
    claims_override_details: Option<ClaimsV1>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ClaimsV1 {
    claims_to_add_or_override: Option<BTreeMap<String, Option<String>>>,
    claims_to_suppress: Option<Vec<String>>,
    #[serde(deserialize_with = "given")]
    group_override_details: Option<Option<Groups>>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResponseV2 {
    claims_and_scope_override_details: Option<ClaimsV2>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ClaimsV2 {
    id_token_generation: Option<TokenV2>,
    access_token_generation: Option<TokenV2>,
    #[serde(deserialize_with = "given")]
    group_override_details: Option<Option<Groups>>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct TokenV2 {
    claims_to_add_or_override: Option<Map<String, Value>>,
    claims_to_suppress: Option<Vec<String>>,
    scopes_to_add: Option<Vec<String>>,
    scopes_to_suppress: Option<Vec<String>>,
}

/// Null and an empty object take the groups away; a member that is not there leaves them.
fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<Groups>>, D::Error> {
    Option::<Groups>::deserialize(value).map(Some)
}

/// What a function is told of the tokens.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// [`super::user_attributes`]; none for an app client's own token.
    pub attributes: &'a Texts,
    /// The groups that the tokens would have.
    pub groups: &'a GroupOverride,
    /// The scopes that the access token would have.
    pub scopes: &'a [String],
    /// The app client's id, the only value that an added `aud` may have.
    pub client_id: &'a str,
}

/// Asks the pool's function, where there is one. The occasion's metadata are those of RespondToAuthChallenge, or
/// of the request for new tokens; InitiateAuth's do not belong here.
///
/// # Errors
/// [`Failure::TriggerRefused`], [`Failure::TriggerFailed`]; [`Failure::TriggerAnswerInvalid`], also for a scope
/// with a blank.
pub async fn ask(
    triggers: &Triggers,
    occasion: Occasion<'_>,
    source: Source,
    subject: Subject<'_>,
) -> Result<ClaimOverrides, Failure> {
    let Some(function) = &occasion.pool.settings.triggers.pre_token_generation else {
        return Ok(ClaimOverrides::default());
    };
    let trigger = Trigger::PreTokenGeneration;
    let (arn, version) = (function.arn.as_str(), function.version);
    if source == Source::ClientCredentials && version != PreTokenVersion::V3 {
        return Ok(ClaimOverrides::default());
    }
    let request = Request {
        user_attributes: subject.attributes,
        group_configuration: (source != Source::ClientCredentials)
            .then(|| Groups::of(subject.groups)),
        scopes: (version != PreTokenVersion::V1).then_some(subject.scopes),
        client_metadata: occasion.metadata(),
    };
    let source = source.name();
    let overrides = match version {
        PreTokenVersion::V1 => {
            let event = occasion.event("1", source, request, ResponseV1::default());
            let answer: ResponseV1 = triggers.invoke(trigger, arn, &event).await?;
            of_v1(answer.claims_override_details.unwrap_or_default(), subject)
        }
        PreTokenVersion::V2 | PreTokenVersion::V3 => {
            let version = if version == PreTokenVersion::V2 {
                "2"
            } else {
                "3"
            };
            let event = occasion.event(version, source, request, ResponseV2::default());
            let answer: ResponseV2 = triggers.invoke(trigger, arn, &event).await?;
            let details = answer.claims_and_scope_override_details;
            of_v2(details.unwrap_or_default(), subject)
        }
    };
    let is_scope = |scope: &String| !scope.is_empty() && !scope.contains(char::is_whitespace);
    if overrides.scopes.iter().flatten().all(is_scope) {
        Ok(overrides)
    } else {
        Err(Failure::TriggerAnswerInvalid(trigger))
    }
}

fn of_v1(details: ClaimsV1, subject: Subject<'_>) -> ClaimOverrides {
    let claims = details.claims_to_add_or_override.unwrap_or_default();
    let claims = claims
        .into_iter()
        .filter_map(|(name, value)| Some((name, Value::String(value?))))
        .collect();
    ClaimOverrides {
        id: permitted(TokenUse::Id, claims, details.claims_to_suppress, subject),
        groups: overriding(details.group_override_details),
        ..ClaimOverrides::default()
    }
}

fn of_v2(details: ClaimsV2, subject: Subject<'_>) -> ClaimOverrides {
    let id = details.id_token_generation.unwrap_or_default();
    let access = details.access_token_generation.unwrap_or_default();
    let of = |token, claims: Option<_>, suppress| {
        permitted(token, claims.unwrap_or_default(), suppress, subject)
    };
    let (added, suppressed) = (access.scopes_to_add, access.scopes_to_suppress);
    ClaimOverrides {
        id: of(
            TokenUse::Id,
            id.claims_to_add_or_override,
            id.claims_to_suppress,
        ),
        access: of(
            TokenUse::Access,
            access.claims_to_add_or_override,
            access.claims_to_suppress,
        ),
        groups: overriding(details.group_override_details),
        scopes: (added.is_some() || suppressed.is_some()).then(|| {
            let (added, suppressed) = (added.unwrap_or_default(), suppressed.unwrap_or_default());
            scopes(subject.scopes, added, &suppressed)
        }),
    }
}

fn overriding(given: Option<Option<Groups>>) -> Option<GroupOverride> {
    given.map(|groups| groups.unwrap_or_default().overriding())
}

/// The scopes that the access token gets. One that is both added and suppressed is suppressed, as a claim is.
fn scopes(given: &[String], added: Vec<String>, suppressed: &[String]) -> Vec<String> {
    let mut scopes = given.to_vec();
    for scope in added {
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    scopes.retain(|scope| !suppressed.contains(scope));
    scopes
}

/// The overrides of one token, without those that a function may not make. They are left out, not refused.
fn permitted(
    token: TokenUse,
    claims: Map<String, Value>,
    suppress: Option<Vec<String>>,
    subject: Subject<'_>,
) -> TokenOverrides {
    let mut set = claims;
    set.retain(|name, value| claim_rights::may_set(token, name, value, subject.client_id));
    let mut suppress: BTreeSet<String> = suppress
        .unwrap_or_default()
        .into_iter()
        .filter(|name| claim_rights::may_suppress(name))
        .collect();
    // Without the groups, their roles are of nobody (behaviour 6).
    if suppress.contains("cognito:groups") {
        suppress.insert("cognito:roles".to_owned());
        suppress.insert("cognito:preferred_role".to_owned());
    }
    TokenOverrides { set, suppress }
}

#[cfg(test)]
mod tests;
