//! `[pool_settings."<pool id>"]`: settings of ours that one user pool has instead of the server's.
//!
//! They have no place in AWS's shapes, so they stand here, for pools made by API as for declared ones. A
//! section that pools may override has a struct of optional fields beside its own, and a line in
//! [`PoolOverrides`] and in [`PoolConfig`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Config;
use super::notifications::{NotificationsOverrides, PoolNotifications};
use super::passwords::PasswordsOverrides;
use super::sessions::{SessionsConfig, SessionsOverrides};
use super::tokens::TokensOverrides;
use super::users::UsersOverrides;

/// What one user pool sets for itself. Everything is optional.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PoolOverrides {
    /// `[sessions]` of the pool.
    pub sessions: SessionsOverrides,
    /// `[passwords]` of the pool.
    pub passwords: PasswordsOverrides,
    /// `[tokens]` of the pool.
    pub tokens: TokensOverrides,
    /// `[users]` of the pool.
    pub users: UsersOverrides,
    /// `[notifications]` of the pool.
    pub notifications: NotificationsOverrides,
}

/// The settings of ours that hold for one user pool: its own, and the server's where it has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolConfig<'a> {
    /// Which changes of a user's credentials end the user's sessions.
    pub sessions: SessionsConfig,
    /// Whether new passwords that are known are refused.
    pub refuse_known_passwords: bool,
    /// Days after which the pool gets new signing keys; 0 is never.
    pub signing_key_rotation_days: u32,
    /// Days after the sign-up at which an unconfirmed user is deleted; 0 is never.
    pub delete_unconfirmed_after_days: u32,
    /// Which messages users get about their accounts.
    pub notifications: PoolNotifications<'a>,
}

impl Config {
    /// The settings of ours that hold for the pool with this id, which need not exist.
    #[must_use]
    pub fn for_pool(&self, pool_id: &str) -> PoolConfig<'_> {
        let none = PoolOverrides::default();
        let own = self.pool_settings.get(pool_id);
        let pool = own.unwrap_or(&none);
        PoolConfig {
            notifications: self
                .notifications
                .of_pool(own.map(|pool| &pool.notifications)),
            sessions: pool.sessions.over(&self.sessions),
            refuse_known_passwords: pool
                .passwords
                .refuse_known
                .unwrap_or(self.passwords.refuse_known),
            signing_key_rotation_days: pool
                .tokens
                .signing_key_rotation_days
                .unwrap_or(self.tokens.signing_key_rotation_days),
            delete_unconfirmed_after_days: pool
                .users
                .delete_unconfirmed_after_days
                .unwrap_or(self.users.delete_unconfirmed_after_days),
        }
    }
}

/// The keys of `pool_settings` that break a rule, each with the expected value.
pub(super) fn violations(pools: &BTreeMap<String, PoolOverrides>) -> Vec<(String, String)> {
    pools
        .iter()
        .flat_map(|(id, pool)| {
            let at = format!("pool_settings.{id}");
            let texts = pool.notifications.violations(&at);
            let of_id = (!is_pool_id(id)).then(|| (at, POOL_ID.to_owned()));
            of_id.into_iter().chain(texts)
        })
        .collect()
}

/// What [`is_pool_id`] asks for.
pub(super) const POOL_ID: &str = "expected a region, an underscore and letters or digits, 55 \
     characters at most, as us-east-1_Example01; in the place of the region any letters, digits, \
     hyphens and underscores may stand";

/// The model's pattern of pool ids, `[\w-]+_[0-9a-zA-Z]+`, up to 55 characters.
pub(super) fn is_pool_id(text: &str) -> bool {
    text.len() <= 55
        && text.rsplit_once('_').is_some_and(|(prefix, suffix)| {
            // The API refuses the placeholders of documentation, as YOUR_USER_POOL_ID.
            let is_placeholder =
                prefix.contains('_') && prefix.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
            !prefix.is_empty()
                && !is_placeholder
                && prefix
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
                && !suffix.is_empty()
                && suffix.bytes().all(|b| b.is_ascii_alphanumeric())
        })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn load(variables: &[(&str, &str)]) -> Result<Config, String> {
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::load(None::<&Path>, variables).map_err(|problems| problems.to_string())
    }

    #[test]
    fn a_pool_overrides_single_keys_and_others_keep_the_servers() {
        let config = load(&[
            ("COGNATE__SESSIONS__END_AT_CHANGE_PASSWORD", "true"),
            (
                "COGNATE__POOL_SETTINGS",
                "{ us-east-1_One = { sessions = { end_at_change_password = false } },
                   us-east-1_Two = { sessions = { end_at_recovery = false } } }",
            ),
        ])
        .unwrap();
        for (pool, at_change, at_recovery) in [
            ("us-east-1_One", false, true),
            ("us-east-1_Two", true, false),
            ("us-east-1_Other", true, true),
            ("us-east-1_one", true, true),
        ] {
            let sessions = config.for_pool(pool).sessions;
            assert_eq!(sessions.end_at_change_password, at_change, "{pool}");
            assert_eq!(sessions.end_at_recovery, at_recovery, "{pool}");
        }
    }

    #[test]
    fn a_pool_overrides_switches_and_whole_texts_of_notifications() {
        let config = load(&[
            ("COGNATE__NOTIFICATIONS__CREDENTIAL_CHANGES", "true"),
            (
                "COGNATE__POOL_SETTINGS",
                "{ us-east-1_One = { notifications = { credential_changes = false, new_device =
                     { subject = 's', email = 'e', sms = 'm' } } },
                   us-east-1_Two = { notifications = { new_devices = true } } }",
            ),
        ])
        .unwrap();
        for (pool, credential_changes, new_devices, subject) in [
            ("us-east-1_One", false, false, "s"),
            ("us-east-1_Two", true, true, "New sign-in to your account"),
            (
                "us-east-1_Other",
                true,
                false,
                "New sign-in to your account",
            ),
        ] {
            let found = config.for_pool(pool).notifications;
            assert_eq!(found.credential_changes, credential_changes, "{pool}");
            assert_eq!(found.new_devices, new_devices, "{pool}");
            assert_eq!(found.new_device.subject, subject, "{pool}");
            assert_eq!(
                found.password_changed,
                &config.notifications.password_changed
            );
        }
    }

    #[test]
    fn a_text_of_a_pool_is_whole_and_keeps_the_rules() {
        for (text, problem) in [
            (
                "{ subject = 's', email = 'e', sms = '{code}' }",
                "pool_settings.us-east-1_A.notifications.new_device.sms: unknown placeholder `{code}`",
            ),
            ("{ subject = 's', email = 'e' }", "sms"),
            (
                "{ subject = 's', email = 'e', sms = 'm', html = 'h' }",
                "unknown key `html`",
            ),
        ] {
            let pools =
                format!("{{ us-east-1_A = {{ notifications = {{ new_device = {text} }} }} }}");
            let error = load(&[("COGNATE__POOL_SETTINGS", &pools)]).unwrap_err();
            assert!(error.contains(problem), "{error}");
        }
    }

    /// The names of other keys may be of either case.
    #[test]
    fn the_pool_id_in_the_name_of_a_variable_keeps_its_case() {
        let config = load(&[(
            "cognate__pool_settings__us-east-1_AbC__SESSIONS__End_At_Change_Password",
            "true",
        )])
        .unwrap();
        let ends = |pool| config.for_pool(pool).sessions.end_at_change_password;
        assert!(ends("us-east-1_AbC"));
        assert!(!ends("us-east-1_abc"));
    }

    #[test]
    fn what_is_no_pool_id_and_unknown_keys_are_refused() {
        for (pools, key) in [
            (
                "{ us-east-1 = {} }",
                "pool_settings.us-east-1: expected a region",
            ),
            (
                "{ YOUR_POOL_ID = {} }",
                "pool_settings.YOUR_POOL_ID: expected",
            ),
            (
                "{ us-east-1_A = { session = {} } }",
                "unknown key `session`",
            ),
            (
                "{ us-east-1_A = { sessions = { end_at_recover = true } } }",
                "did you mean `end_at_recovery`?",
            ),
        ] {
            let error = load(&[("COGNATE__POOL_SETTINGS", pools)]).unwrap_err();
            assert!(error.contains(key), "{error}");
        }
    }
}
