//! Which claims of a token a function may change before it is made (behaviour 6).

use serde_json::Value;

use super::user_pool::TokenUse;

/// Claims that no function changes.
const UNTOUCHABLE: [&str; 23] = [
    "sub",
    // Who acts for the user follows from an exchange of tokens.
    "act",
    "iss",
    "exp",
    "iat",
    "nbf",
    "jti",
    "origin_jti",
    "auth_time",
    "token_use",
    "acr",
    "amr",
    "azp",
    "at_hash",
    "nonce",
    "username",
    "identities",
    "client_id",
    "event_id",
    "device_key",
    "version",
    // Groups and scopes have members of their own.
    "scope",
    "aud",
];
/// The claims of the user's groups, which a function sets by another member and may suppress here.
const GROUP_CLAIMS: [&str; 3] = ["cognito:groups", "cognito:roles", "cognito:preferred_role"];
/// Attributes whose claims are of one type.
const PLAIN_VALUES: [&str; 4] = [
    "phone_number_verified",
    "email_verified",
    "updated_at",
    "address",
];

/// Whether a function may add this claim to the token, or replace it. `client_id` is the app client's.
#[must_use]
pub fn may_set(token: TokenUse, name: &str, value: &Value, client_id: &str) -> bool {
    if name == "aud" {
        return token == TokenUse::Access && value.as_str() == Some(client_id);
    }
    let is_plain = value.is_string();
    !value.is_null()
        && !UNTOUCHABLE.contains(&name)
        && !name.starts_with("cognito:")
        && !name.starts_with("dev:")
        && (is_plain || !PLAIN_VALUES.contains(&name))
}

/// Whether a function may take this claim away.
#[must_use]
pub fn may_suppress(name: &str) -> bool {
    GROUP_CLAIMS.contains(&name) || (!UNTOUCHABLE.contains(&name) && !name.starts_with("cognito:"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_claim_has_its_rights() {
        let text = json!("x");
        for (name, set, suppressed) in [
            ("tenant", true, true),
            ("email", true, true),
            ("custom:team", true, true),
            ("dev:custom:note", false, true),
            ("cognito:groups", false, true),
            ("cognito:preferred_role", false, true),
            ("cognito:username", false, false),
            ("cognito:anything", false, false),
            ("sub", false, false),
            ("exp", false, false),
            ("aud", false, false),
            ("scope", false, false),
            ("username", false, false),
        ] {
            for token in [TokenUse::Id, TokenUse::Access] {
                assert_eq!(may_set(token, name, &text, "c"), set, "{name}");
            }
            assert_eq!(may_suppress(name), suppressed, "{name}");
        }
    }

    #[test]
    fn values_that_are_no_text_are_for_claims_without_a_type() {
        for value in [json!(1), json!(true), json!([1]), json!({ "a": 1 })] {
            assert!(may_set(TokenUse::Id, "tenant", &value, "c"));
            assert!(!may_set(TokenUse::Id, "email_verified", &value, "c"));
            assert!(!may_set(TokenUse::Access, "address", &value, "c"));
        }
        assert!(!may_set(TokenUse::Id, "tenant", &Value::Null, "c"));
    }

    #[test]
    fn an_audience_is_added_to_access_tokens_with_the_clients_id_only() {
        assert!(may_set(TokenUse::Access, "aud", &json!("c"), "c"));
        assert!(!may_set(TokenUse::Access, "aud", &json!("d"), "c"));
        assert!(!may_set(TokenUse::Id, "aud", &json!("c"), "c"));
    }
}
