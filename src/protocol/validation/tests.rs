use proptest::prelude::*;
use serde_json::json;

use super::super::shape_check::read_body;
use super::*;
use crate::model::ErrorCode;
use crate::model::shapes::MODEL;

/// The text of the refusal of a body that has the right types.
fn refusal(operation: &str, body: &Value) -> String {
    let shape = &MODEL.operations[operation].input;
    let input = read_body(body.to_string().as_bytes(), shape).unwrap();
    let error = validate(operation, &input, shape).unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidParameterException);
    error.message().unwrap().to_owned()
}

fn passes(operation: &str, body: &Value) -> bool {
    let shape = &MODEL.operations[operation].input;
    let input = read_body(body.to_string().as_bytes(), shape).unwrap();
    validate(operation, &input, shape).is_ok()
}

fn sign_up(change: &Value) -> Value {
    let mut body = json!({"ClientId": "client", "Username": "user", "Password": "Passw0rd!"});
    for (key, value) in change.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

#[test]
fn a_sound_request_passes() {
    assert!(passes(
        "SignUp",
        &sign_up(&json!({"UserAttributes": [{"Name": "email", "Value": "a@b.c"}]}))
    ));
}

#[test]
fn user_code_is_shown_pattern_first() {
    assert_eq!(
        refusal("VerifySoftwareToken", &json!({"UserCode": "Aaaa"})),
        "2 validation errors detected: Value 'Aaaa' at 'userCode' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: [0-9]+; Value 'Aaaa' at 'userCode' failed \
         to satisfy constraint: Member must have length greater than or equal to 6"
    );
}

#[test]
fn an_attribute_name_reports_its_length_first() {
    // The observed text prints an older pattern; this one is the model's.
    assert_eq!(
        refusal(
            "SignUp",
            &sign_up(&json!({"UserAttributes": [{"Name": "", "Value": "x"}]}))
        ),
        "2 validation errors detected: Value '' at 'userAttributes.1.member.name' failed to \
         satisfy constraint: Member must have length greater than or equal to 1; Value '' at \
         'userAttributes.1.member.name' failed to satisfy constraint: Member must satisfy regular \
         expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\t\\n\\r ]+"
    );
}

#[test]
fn an_access_token_is_never_shown() {
    for token in ["", "not a token"] {
        assert_eq!(
            refusal("GetUser", &json!({"AccessToken": token})),
            "1 validation error detected: Value at 'accessToken' failed to satisfy constraint: \
             Member must satisfy regular expression pattern: [A-Za-z0-9-_=.]+"
        );
    }
}

#[test]
fn a_client_id_is_shown() {
    assert_eq!(
        refusal("SignUp", &sign_up(&json!({"ClientId": "bad client id!"}))),
        "1 validation error detected: Value 'bad client id!' at 'clientId' failed to satisfy \
         constraint: Member must satisfy regular expression pattern: [\\w+]+"
    );
}

#[test]
fn a_user_pool_id_is_shown() {
    assert_eq!(
        refusal(
            "DescribeUserPool",
            &json!({"UserPoolId": "YOUR_USER_POOL_ID"})
        ),
        "1 validation error detected: Value 'YOUR_USER_POOL_ID' at 'userPoolId' failed to satisfy \
         constraint: Member must satisfy regular expression pattern: [\\w-]+_[0-9a-zA-Z]+"
    );
}

#[test]
fn a_password_is_held_to_what_the_service_checks() {
    let pattern = "Value at 'password' failed to satisfy constraint: Member must satisfy regular \
                   expression pattern: ^[\\S]+.*[\\S]+$";
    let length = "Value at 'password' failed to satisfy constraint: Member must have length \
                  greater than or equal to 6";
    let of = |password: &str| refusal("SignUp", &sign_up(&json!({"Password": password})));
    assert_eq!(
        of(" Passw0rd"),
        format!("1 validation error detected: {pattern}")
    );
    assert_eq!(
        of("Passw0rd "),
        format!("1 validation error detected: {pattern}")
    );
    assert_eq!(of("abc"), format!("1 validation error detected: {length}"));
    assert_eq!(
        of(""),
        format!("2 validation errors detected: {pattern}; {length}")
    );
    assert!(passes(
        "SignUp",
        &sign_up(&json!({"Password": "pass word 1"}))
    ));
}

#[test]
fn an_empty_confirmation_code_breaks_two_constraints() {
    assert_eq!(
        refusal(
            "ConfirmSignUp",
            &json!({"ClientId": "c", "Username": "u", "ConfirmationCode": ""})
        ),
        "2 validation errors detected: Value '' at 'confirmationCode' failed to satisfy \
         constraint: Member must satisfy regular expression pattern: [\\S]+; Value '' at \
         'confirmationCode' failed to satisfy constraint: Member must have length greater than or \
         equal to 1"
    );
}

#[test]
fn an_enum_prints_its_values_in_the_observed_order() {
    assert_eq!(
        refusal(
            "CreateUserPool",
            &json!({"PoolName": "p", "Schema": [{"Name": "a", "AttributeDataType": "Banana"}]})
        ),
        "1 validation error detected: Value 'Banana' at 'schema.1.member.attributeDataType' failed \
         to satisfy constraint: Member must satisfy enum value set: [Boolean, Number, String, \
         DateTime]"
    );
}

#[test]
fn a_schema_name_has_twenty_characters_at_most() {
    assert_eq!(
        refusal(
            "CreateUserPool",
            &json!({"PoolName": "p", "Schema": [{"Name": "phone_number_verified"}]})
        ),
        "1 validation error detected: Value 'phone_number_verified' at 'schema.1.member.name' \
         failed to satisfy constraint: Member must have length less than or equal to 20"
    );
}

#[test]
fn absent_members_are_null_and_sensitive_ones_are_not_named() {
    assert_eq!(
        refusal("SignUp", &json!({})),
        "2 validation errors detected: Value null at 'clientId' failed to satisfy constraint: \
         Member must not be null; Value at 'username' failed to satisfy constraint: Member must \
         not be null"
    );
    assert_eq!(
        refusal("GetUser", &json!({"AccessToken": null})),
        "1 validation error detected: Value at 'accessToken' failed to satisfy constraint: Member \
         must not be null"
    );
}

#[test]
fn numbers_have_bounds() {
    assert_eq!(
        refusal("ListUsers", &json!({"UserPoolId": "a_b", "Limit": 61})),
        "1 validation error detected: Value '61' at 'limit' failed to satisfy constraint: Member \
         must have value less than or equal to 60"
    );
    assert_eq!(
        refusal(
            "CreateUserPoolClient",
            &json!({"UserPoolId": "a_b", "ClientName": "c", "AuthSessionValidity": 2})
        ),
        "1 validation error detected: Value '2' at 'authSessionValidity' failed to satisfy \
         constraint: Member must have value greater than or equal to 3"
    );
}

#[test]
fn a_map_is_judged_as_a_whole() {
    let tags = |tags: Value| json!({"PoolName": "p", "UserPoolTags": tags});
    let long = "v".repeat(257);
    assert_eq!(
        refusal("CreateUserPool", &tags(json!({"a": long, "b": "w"}))),
        format!(
            "1 validation error detected: Value '{{a={long}, b=w}}' at 'userPoolTags' failed to \
             satisfy constraint: Map value must satisfy constraint: [Member must have length less \
             than or equal to 256, Member must have length greater than or equal to 0]"
        )
    );
    assert_eq!(
        refusal("CreateUserPool", &tags(json!({"": "w"}))),
        "1 validation error detected: Value '{=w}' at 'userPoolTags' failed to satisfy constraint: \
         Map keys must satisfy constraint: [Member must have length less than or equal to 128, \
         Member must have length greater than or equal to 1]"
    );
}

#[test]
fn a_list_of_plain_values_is_judged_as_a_whole() {
    assert_eq!(
        refusal(
            "CreateUserPool",
            &json!({"PoolName": "p", "AliasAttributes": ["email", "x"]})
        ),
        "1 validation error detected: Value '[email, x]' at 'aliasAttributes' failed to satisfy \
         constraint: Member must satisfy constraint: [Member must satisfy enum value set: \
         [phone_number, email, preferred_username]]"
    );
    assert_eq!(
        refusal("CreateUserPool", &json!({"PoolName": "p", "Schema": []})),
        "1 validation error detected: Value '[]' at 'schema' failed to satisfy constraint: Member \
         must have length greater than or equal to 1"
    );
}

#[test]
fn a_null_in_a_list_is_a_missing_member() {
    assert_eq!(
        refusal("SignUp", &sign_up(&json!({"UserAttributes": [null]}))),
        "1 validation error detected: Value null at 'userAttributes.1.member' failed to satisfy \
         constraint: Member must not be null"
    );
}

#[test]
fn what_is_sensitive_is_hidden_wherever_it_lies() {
    let secret = "s3cret".repeat(500);
    let text = refusal(
        "SignUp",
        &sign_up(&json!({"UserAttributes": [{"Name": "a", "Value": secret}]})),
    );
    assert_eq!(
        text,
        "1 validation error detected: Value at 'userAttributes.1.member.value' failed to satisfy \
         constraint: Member must have length less than or equal to 2048"
    );
    let text = refusal(
        "RespondToAuthChallenge",
        &json!({"ClientId": "c", "ChallengeName": "NEW_PASSWORD_REQUIRED", "ChallengeResponses": {"a": "s3cret\0"}}),
    );
    assert!(
        text.contains("Value at 'challengeResponses'") && !text.contains("s3cret"),
        "{text}"
    );
}

#[test]
fn the_null_character_is_refused() {
    for (operation, body) in [
        ("SignUp", sign_up(&json!({"ClientMetadata": {"a": "\0"}}))),
        ("SignUp", sign_up(&json!({"ClientMetadata": {"\0": "a"}}))),
        ("ListUsers", json!({"UserPoolId": "a_b", "Filter": "a\0"})),
    ] {
        let text = refusal(operation, &body);
        assert!(text.starts_with("1 validation error detected"), "{text}");
        assert!(
            text.contains("Member must satisfy regular expression pattern: [^\\x00]*"),
            "{text}"
        );
    }
}

#[test]
fn length_counts_characters() {
    let name = |length: usize| sign_up(&json!({"Username": "日".repeat(length)}));
    assert!(passes("SignUp", &name(128)));
    assert!(refusal("SignUp", &name(129)).contains("less than or equal to 128"));
    assert!(passes(
        "SignUp",
        &sign_up(&json!({"Username": "💛".repeat(128)}))
    ));
}

#[test]
fn a_hostile_body_gets_a_bounded_answer() {
    let text = refusal(
        "SignUp",
        &sign_up(&json!({"UserAttributes": vec![json!({}); 5000]})),
    );
    assert!(text.starts_with("500 validation errors detected: "));
    assert!(
        (30_000..=32_768).contains(&text.len()) && text.ends_with("Member must not be null"),
        "{} {text}",
        text.len()
    );
}

#[test]
fn a_long_value_is_repeated_in_part() {
    let name = |length: usize| refusal("CreateUserPool", &json!({"PoolName": "n".repeat(length)}));
    let text = |shown: &str| {
        format!(
            "1 validation error detected: Value '{shown}' at 'poolName' failed to satisfy \
             constraint: Member must have length less than or equal to 128"
        )
    };
    let whole = "n".repeat(1024);
    assert_eq!(name(1024), text(&whole));
    assert_eq!(name(1025), text(&format!("{whole}…")));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((".{0,12}", inner), 0..6)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Any value in each place where the operation has a member.
fn any_input() -> impl Strategy<Value = (String, Value)> {
    let names: Vec<String> = MODEL.operations.keys().cloned().collect();
    (
        prop::sample::select(names),
        prop::collection::vec(any_json(), 30),
    )
        .prop_map(|(name, values)| {
            let mut body = serde_json::Map::new();
            if let Kind::Structure(members) = &MODEL.operations[&name].input.kind {
                for (member, value) in members.iter().zip(values) {
                    body.insert(member.name.clone(), value);
                }
            }
            (name, Value::Object(body))
        })
}

proptest! {
    #[test]
    fn no_value_upsets_the_checks((name, body) in any_input()) {
        let shape = &MODEL.operations[&name].input;
        match read_body(body.to_string().as_bytes(), shape) {
            Ok(input) => {
                let _ = validate(&name, &input, shape);
                // What has been read once reads the same again.
                let again = read_body(input.to_string().as_bytes(), shape).unwrap();
                prop_assert_eq!(input, again);
            }
            Err(error) => prop_assert_eq!(error.code(), ErrorCode::SerializationException),
        }
    }

    #[test]
    fn no_bytes_upset_the_checks(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_body(&body, &MODEL.operations["SignUp"].input);
    }

    #[test]
    fn a_length_is_a_number_of_characters(text in "[\\p{L}]{0,140}") {
        let good = (1..=128).contains(&text.chars().count());
        prop_assert_eq!(passes("SignUp", &sign_up(&json!({"Username": text}))), good);
    }
}
