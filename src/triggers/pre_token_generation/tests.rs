use std::sync::OnceLock;

use serde_json::json;

use super::*;

const CLIENT: &str = "1example23456789";

fn subject() -> Subject<'static> {
    static NONE: Texts = Texts::new();
    static GROUPS: GroupOverride = GroupOverride {
        groups: Vec::new(),
        roles: Vec::new(),
        preferred_role: None,
    };
    static SCOPES: OnceLock<Vec<String>> = OnceLock::new();
    let scopes = &SCOPES;
    Subject {
        attributes: &NONE,
        groups: &GROUPS,
        scopes: scopes.get_or_init(|| vec!["aws.cognito.signin.user.admin".to_owned()]),
        client_id: CLIENT,
    }
}

fn v1(details: Value) -> ClaimOverrides {
    of_v1(serde_json::from_value(details).unwrap(), subject())
}

fn v2(details: Value) -> ClaimOverrides {
    of_v2(serde_json::from_value(details).unwrap(), subject())
}

#[test]
fn version_1_changes_the_id_token_and_the_groups() {
    let overrides = v1(json!({
        "claimsToAddOrOverride": { "tenant": "a", "sub": "another", "none": null },
        "claimsToSuppress": ["email", "iss"],
        "groupOverrideDetails": { "groupsToOverride": ["g"], "preferredRole": "r" },
    }));
    assert_eq!(Value::Object(overrides.id.set), json!({ "tenant": "a" }));
    assert_eq!(overrides.id.suppress, ["email".to_owned()].into());
    assert!(overrides.access.set.is_empty());
    let groups = overrides.groups.unwrap();
    assert_eq!(groups.groups, ["g"]);
    assert_eq!(groups.preferred_role.unwrap(), "r");
}

#[test]
fn version_2_changes_both_tokens_with_values_of_every_kind() {
    let overrides = v2(json!({
        "idTokenGeneration": { "claimsToAddOrOverride": { "plan": { "seats": 3 }, "aud": CLIENT } },
        "accessTokenGeneration": {
            "claimsToAddOrOverride": { "plan": [1, true], "aud": CLIENT },
            "claimsToSuppress": ["cognito:groups"],
            "scopesToAdd": ["a/read"],
            "scopesToSuppress": ["aws.cognito.signin.user.admin"],
        },
    }));
    assert_eq!(
        Value::Object(overrides.id.set),
        json!({ "plan": { "seats": 3 } })
    );
    assert_eq!(
        Value::Object(overrides.access.set),
        json!({ "plan": [1, true], "aud": CLIENT })
    );
    assert_eq!(overrides.scopes.unwrap(), ["a/read"]);
    let suppressed = overrides.access.suppress;
    let roles = ["cognito:groups", "cognito:preferred_role", "cognito:roles"];
    assert!(suppressed.iter().eq(roles));
    assert_eq!(overrides.groups, None);
}

#[test]
fn null_and_empty_group_details_take_the_groups_away_and_absent_ones_leave_them() {
    for (details, expected) in [
        (json!({}), None),
        (
            json!({ "groupOverrideDetails": null }),
            Some(GroupOverride::default()),
        ),
        (
            json!({ "groupOverrideDetails": {} }),
            Some(GroupOverride::default()),
        ),
    ] {
        assert_eq!(v1(details.clone()).groups, expected);
        assert_eq!(v2(details).groups, expected);
    }
}
