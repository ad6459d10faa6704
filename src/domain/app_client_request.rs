//! The settings that CreateUserPoolClient and UpdateUserPoolClient derive from a request.

use super::app_client::{CLIENT_TOKEN_FLOW, ClientSettings, Rotation, TokenValidity};
use super::attribute::{Contact, IDENTITIES, SUB};
use super::client_references::KnownReferences;
use super::failure::Failure;
use super::oauth_settings::{Analytics, OAuthSettings};
use super::resource_server::CustomScope;
use super::schema::Schema;
use super::setting_fault::SettingFault;
use super::token_validity;
use super::user_pool::UserPool;

/// Pseudo-attribute that managed login's clients can list beside the schema's (behaviour 2.5).
const OIDC_PROFILE: &str = "oidc:profile";

/// The settings of a request; `None` where the request has no such member. Both operations take the
/// same settings, and an update resets what it leaves out to its default (administration 14).
#[derive(Clone, Debug, Default)]
pub struct ClientRequest {
    /// Attributes that the client may read.
    pub read_attributes: Option<Vec<String>>,
    /// Attributes that the client may write.
    pub write_attributes: Option<Vec<String>>,
    /// Sign-in flows by their names in the interface.
    pub explicit_auth_flows: Option<Vec<String>>,
    /// How long tokens live.
    pub validity: TokenValidity,
    /// Whether answers hide if a user exists.
    pub prevent_user_existence_errors: Option<bool>,
    /// Whether tokens can be revoked; yes by default.
    pub enable_token_revocation: Option<bool>,
    /// Minutes within which a challenge can be answered.
    pub auth_session_validity_minutes: Option<i32>,
    /// Refresh token rotation.
    pub rotation: Option<Rotation>,
    /// Identity providers that the client's users can come from.
    pub identity_providers: Option<Vec<String>>,
    /// OAuth.
    pub oauth: OAuthSettings,
    /// Analytics.
    pub analytics: Option<Analytics>,
    /// Whether the caller may pass a user's IP address on.
    pub propagates_user_context: bool,
}

impl ClientRequest {
    /// What the request names that its pool may have.
    #[must_use]
    pub fn references(&self) -> KnownReferences {
        let scopes = self.oauth.scopes.iter().flatten();
        KnownReferences {
            scopes: scopes
                .filter(|scope| CustomScope::read(scope).is_some())
                .cloned()
                .collect(),
            providers: self.identity_providers.iter().flatten().cloned().collect(),
        }
    }

    /// The settings of a new client of the pool, of which it may name what is `known`.
    ///
    /// # Errors
    /// [`Failure::Setting`].
    pub fn create(
        self,
        pool: &UserPool,
        known: &KnownReferences,
        has_secret: bool,
    ) -> Result<ClientSettings, Failure> {
        self.settings(pool, known, has_secret)
    }

    /// The settings that replace `former` in the pool.
    ///
    /// # Errors
    /// As [`ClientRequest::create`].
    pub fn update(
        mut self,
        pool: &UserPool,
        known: &KnownReferences,
        has_secret: bool,
        former: &ClientSettings,
    ) -> Result<ClientSettings, Failure> {
        // Observed: once set, it is described as disabled instead of vanishing.
        self.rotation = self.rotation.or(former.rotation.map(|_| Rotation {
            enabled: false,
            grace_seconds: 0,
        }));
        let passthrough = former.passthrough.clone();
        Ok(ClientSettings {
            passthrough,
            sso_session_minutes: former.sso_session_minutes,
            ..self.settings(pool, known, has_secret)?
        })
    }

    /// The request without its empty lists, which say as little as none (administration 14.1). Terraform
    /// sends one with each update for every list that was never set.
    fn without_empty_lists(self) -> Self {
        Self {
            read_attributes: nonempty(self.read_attributes),
            write_attributes: nonempty(self.write_attributes),
            explicit_auth_flows: nonempty(self.explicit_auth_flows),
            identity_providers: nonempty(self.identity_providers),
            oauth: OAuthSettings {
                flows: nonempty(self.oauth.flows),
                scopes: nonempty(self.oauth.scopes),
                callback_urls: nonempty(self.oauth.callback_urls),
                logout_urls: nonempty(self.oauth.logout_urls),
                ..self.oauth
            },
            ..self
        }
    }

    fn settings(
        self,
        pool: &UserPool,
        known: &KnownReferences,
        has_secret: bool,
    ) -> Result<ClientSettings, Failure> {
        let request = self.without_empty_lists();
        check_lists(&request, &pool.settings.schema)?;
        let providers = request.identity_providers.as_deref().unwrap_or_default();
        known
            .check_providers(providers, &pool.id)
            .map_err(Failure::Setting)?;
        known
            .check_scopes(request.oauth.scopes.as_deref().unwrap_or_default())
            .map_err(Failure::Setting)?;
        request
            .oauth
            .check(has_secret)
            .map_err(|fault| Failure::Setting(SettingFault::OAuth(fault)))?;
        check_flows(&request)?;
        token_validity::check(&request.validity)?;
        let default = ClientSettings::default();
        Ok(ClientSettings {
            read_attributes: request.read_attributes,
            write_attributes: request.write_attributes,
            explicit_auth_flows: request.explicit_auth_flows,
            validity: request.validity,
            prevent_user_existence_errors: request.prevent_user_existence_errors,
            enable_token_revocation: request
                .enable_token_revocation
                .unwrap_or(default.enable_token_revocation),
            auth_session_validity_minutes: request
                .auth_session_validity_minutes
                .unwrap_or(default.auth_session_validity_minutes),
            rotation: request.rotation,
            identity_providers: request.identity_providers,
            oauth: request.oauth,
            analytics: request.analytics,
            propagates_user_context: request.propagates_user_context,
            sso_session_minutes: default.sso_session_minutes,
            passthrough: default.passthrough,
        })
    }
}

fn nonempty<T>(list: Option<Vec<T>>) -> Option<Vec<T>> {
    list.filter(|list| !list.is_empty())
}

/// Behaviour 2.3: the lists name attributes of the schema that are not developer-only. The list of
/// writable attributes contains every required attribute and none that only the server writes.
fn check_lists(request: &ClientRequest, schema: &Schema) -> Result<(), Failure> {
    let listable = |name: &String| {
        name == OIDC_PROFILE
            || schema
                .get(name)
                .is_some_and(|definition| !definition.developer_only)
    };
    let server_written =
        |name: &str| name == SUB || name == IDENTITIES || Contact::flagged(name).is_some();
    if let Some(list) = &request.write_attributes {
        let complete = schema
            .required()
            .all(|definition| list.contains(&definition.name));
        let writable = list
            .iter()
            .all(|name| listable(name) && !server_written(name));
        if !complete || !writable {
            return Err(Failure::Setting(SettingFault::WriteAttributes));
        }
    }
    if let Some(list) = &request.read_attributes
        && !list.iter().all(listable)
    {
        return Err(Failure::Setting(SettingFault::ReadAttributes));
    }
    Ok(())
}

/// Behaviour 5.2 and 4.4, administration 13.4.
fn check_flows(request: &ClientRequest) -> Result<(), Failure> {
    let Some(flows) = &request.explicit_auth_flows else {
        return Ok(());
    };
    let new_names = flows
        .iter()
        .filter(|name| name.starts_with("ALLOW_"))
        .count();
    if new_names != 0 && new_names != flows.len() {
        return Err(Failure::Setting(SettingFault::MixedFlowNames));
    }
    if flows.len() > 1 && flows.iter().any(|name| name == CLIENT_TOKEN_FLOW) {
        return Err(Failure::Setting(SettingFault::ClientTokenFlowNotAlone));
    }
    let rotates = request.rotation.is_some_and(|rotation| rotation.enabled);
    if rotates && flows.iter().any(|name| name == "ALLOW_REFRESH_TOKEN_AUTH") {
        return Err(Failure::Setting(SettingFault::RefreshFlowWithRotation));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::schema::DataType;
    use crate::domain::schema_change::AttributeRequest;
    use crate::domain::time::Timestamp;
    use crate::domain::user_pool_request::{CreateOnlySettings, PoolRequest};

    fn pool() -> UserPool {
        let custom = |name: &str, developer_only| AttributeRequest {
            name: Some(name.to_owned()),
            data_type: Some(DataType::String),
            developer_only: Some(developer_only),
            mutable: Some(false),
            ..AttributeRequest::default()
        };
        let required = AttributeRequest {
            name: Some("email".to_owned()),
            required: Some(true),
            ..AttributeRequest::default()
        };
        let create_only = CreateOnlySettings {
            schema: vec![required, custom("badge", false), custom("note", true)],
            ..CreateOnlySettings::default()
        };
        UserPool {
            id: "eu-west-1_Abc123xyz".to_owned(),
            region: "eu-west-1".to_owned(),
            name: "test".to_owned(),
            settings: PoolRequest::default().create(&create_only).unwrap(),
            domains: crate::domain::pool_domain::DomainNames::default(),
            created_at: Timestamp::default(),
            modified_at: Timestamp::default(),
            version: 0,
        }
    }

    fn names(list: &[&str]) -> Option<Vec<String>> {
        Some(list.iter().map(|name| (*name).to_owned()).collect())
    }

    fn writing(list: &[&str]) -> ClientRequest {
        ClientRequest {
            write_attributes: names(list),
            ..ClientRequest::default()
        }
    }

    fn reading(list: &[&str]) -> ClientRequest {
        ClientRequest {
            read_attributes: names(list),
            ..ClientRequest::default()
        }
    }

    fn flows(list: &[&str], rotates: Option<bool>) -> ClientRequest {
        ClientRequest {
            explicit_auth_flows: names(list),
            rotation: rotates.map(|enabled| Rotation {
                enabled,
                grace_seconds: 0,
            }),
            ..ClientRequest::default()
        }
    }

    #[track_caller]
    fn fault(result: Result<ClientSettings, Failure>) -> SettingFault {
        match result {
            Err(Failure::Setting(fault)) => fault,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_empty_request_gives_the_defaults() {
        let settings = ClientRequest::default()
            .create(&pool(), &KnownReferences::default(), false)
            .unwrap();
        assert_eq!(settings.validity, TokenValidity::default());
        assert!(settings.enable_token_revocation);
        assert_eq!(settings.auth_session_validity_minutes, 3);
        assert!(settings.read_attributes.is_none() && settings.write_attributes.is_none());
        assert!(!settings.hides_users() && !settings.rotates());
    }

    #[test]
    fn writable_attributes_include_the_required_ones_and_none_that_the_server_writes() {
        let pool = pool();
        // Immutable ones may be in it: they are settable at sign-up.
        assert!(
            writing(&["email", "custom:badge"])
                .create(&pool, &KnownReferences::default(), false)
                .is_ok()
        );
        for bad in [
            &["name"][..],
            &["email", "custom:unheard_of"],
            &["email", "badge"],
            &["email", "sub"],
            &["email", "identities"],
            &["email", "email_verified"],
            &["email", "phone_number_verified"],
            &["email", "dev:custom:note"],
        ] {
            assert_eq!(
                fault(writing(bad).create(&pool, &KnownReferences::default(), false)),
                SettingFault::WriteAttributes,
                "{bad:?}"
            );
        }
    }

    #[test]
    fn readable_attributes_are_in_the_schema_and_not_developer_only() {
        let pool = pool();
        for good in [
            &["sub", "email", "email_verified", "identities"][..],
            &["custom:badge", "oidc:profile"],
            &[],
        ] {
            assert!(
                reading(good)
                    .create(&pool, &KnownReferences::default(), false)
                    .is_ok(),
                "{good:?}"
            );
        }
        let former = ClientRequest::default()
            .create(&pool, &KnownReferences::default(), false)
            .unwrap();
        for bad in ["custom:unheard_of", "dev:custom:note", ""] {
            assert_eq!(
                fault(reading(&[bad]).update(&pool, &KnownReferences::default(), false, &former)),
                SettingFault::ReadAttributes,
                "{bad}"
            );
        }
    }

    #[test]
    fn legacy_flow_names_cannot_be_mixed_with_allow_names() {
        let pool = pool();
        assert!(
            flows(&["USER_PASSWORD_AUTH"], None)
                .create(&pool, &KnownReferences::default(), false)
                .is_ok()
        );
        let mixed = flows(&["ALLOW_USER_SRP_AUTH", "ADMIN_NO_SRP_AUTH"], None);
        assert_eq!(
            fault(mixed.create(&pool, &KnownReferences::default(), false)),
            SettingFault::MixedFlowNames
        );
    }

    #[test]
    fn the_flow_for_a_clients_own_tokens_is_its_only_one() {
        let pool = pool();
        let create = |names| flows(names, None).create(&pool, &KnownReferences::default(), false);
        assert!(create(&["ALLOW_CLIENT_TOKEN_AUTH"]).is_ok());
        assert_eq!(
            fault(create(&["ALLOW_CLIENT_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"])),
            SettingFault::ClientTokenFlowNotAlone
        );
    }

    #[test]
    fn rotation_excludes_the_refresh_token_flow() {
        let pool = pool();
        let refresh = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
        assert_eq!(
            fault(flows(&refresh, Some(true)).create(&pool, &KnownReferences::default(), false)),
            SettingFault::RefreshFlowWithRotation
        );
        assert!(
            flows(&refresh, Some(false))
                .create(&pool, &KnownReferences::default(), false)
                .is_ok()
        );
        let rotating = flows(&refresh[..1], Some(true))
            .create(&pool, &KnownReferences::default(), false)
            .unwrap();
        assert!(rotating.rotates());
        let updated = flows(&refresh, None)
            .update(&pool, &KnownReferences::default(), false, &rotating)
            .unwrap();
        assert_eq!(
            updated.rotation.map(|rotation| rotation.enabled),
            Some(false)
        );
    }

    #[test]
    fn identity_providers_are_the_pool_itself_and_those_that_are_known() {
        let from = |name: &str| {
            let request = ClientRequest {
                identity_providers: Some(vec!["COGNITO".to_owned(), name.to_owned()]),
                ..ClientRequest::default()
            };
            let known = KnownReferences {
                providers: ["Okta".to_owned()].into(),
                ..KnownReferences::default()
            };
            request.create(&pool(), &known, false)
        };
        assert!(from("COGNITO").is_ok());
        assert!(from("Okta").is_ok());
        assert_eq!(
            fault(from("Google")),
            SettingFault::UnknownProvider {
                provider: "Google".to_owned(),
                pool_id: "eu-west-1_Abc123xyz".to_owned(),
            }
        );
    }
}
