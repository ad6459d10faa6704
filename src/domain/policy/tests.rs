use proptest::prelude::*;

use super::*;

const POOL: &str = "arn:aws:cognito-idp:eu-west-1:000000000000:userpool/eu-west-1_Abc";
const OTHER: &str = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_Xyz";

/// A policy of one statement.
fn statement(members: &str) -> Policy {
    Policy::parse(&format!(
        r#"{{"Version":"2012-10-17","Statement":{{{members}}}}}"#
    ))
    .unwrap()
}

fn fault(text: &str) -> String {
    Policy::parse(text).unwrap_err().to_string()
}

/// What is wrong with a policy of one statement.
fn statement_fault(members: &str) -> String {
    fault(&format!(r#"{{"Statement":[{{{members}}}]}}"#))
}

#[test]
fn a_statement_applies_to_what_its_patterns_fit() {
    use Decision::{Allowed, Denied, NotAllowed};
    for (members, operation, resource, expected) in [
        // Names, lists and wildcards of actions, whatever their case.
        (
            r#""Effect":"Allow","Action":"*","Resource":"*""#,
            "CreateGroup",
            POOL,
            Allowed,
        ),
        (
            r#""Effect":"Allow","Action":"cognito-idp:*","Resource":"*""#,
            "CreateGroup",
            "*",
            Allowed,
        ),
        (
            r#""Effect":"Allow","Action":"cognito-idp:CreateGroup","Resource":"*""#,
            "CreateGroup",
            POOL,
            Allowed,
        ),
        (
            r#""Effect":"Allow","Action":"cognito-idp:CreateGroup","Resource":"*""#,
            "CreateGroups",
            POOL,
            NotAllowed,
        ),
        (
            r#""Effect":"Allow","Action":"COGNITO-IDP:admin*","Resource":"*""#,
            "AdminGetUser",
            POOL,
            Allowed,
        ),
        (
            r#""Effect":"Allow","Action":"cognito-idp:Admin*","Resource":"*""#,
            "ListUsers",
            POOL,
            NotAllowed,
        ),
        (
            r#""Effect":"Allow","Action":"cognito-idp:???Group","Resource":"*""#,
            "GetGroup",
            POOL,
            Allowed,
        ),
        (
            r#""Effect":"Allow","Action":"cognito-idp:???Group","Resource":"*""#,
            "CreateGroup",
            POOL,
            NotAllowed,
        ),
        (
            r#""Effect":"Allow","Action":["cognito-idp:ListUsers","cognito-idp:*User"],"Resource":"*""#,
            "AdminGetUser",
            POOL,
            Allowed,
        ),
        (
            r#""Effect":"Allow","NotAction":"cognito-idp:Delete*","Resource":"*""#,
            "CreateGroup",
            POOL,
            Allowed,
        ),
        (
            r#""Effect":"Allow","NotAction":["cognito-idp:Delete*"],"Resource":"*""#,
            "DeleteGroup",
            POOL,
            NotAllowed,
        ),
        // Resources: exact, with wildcards within a part, and calls that are about no pool.
        (
            r#""Effect":"Allow","Action":"*","Resource":"arn:aws:cognito-idp:eu-west-1:000000000000:userpool/eu-west-1_Abc""#,
            "GetGroup",
            POOL,
            Allowed,
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"arn:aws:cognito-idp:eu-west-1:000000000000:userpool/eu-west-1_abc""#,
            "GetGroup",
            POOL,
            NotAllowed,
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"arn:aws:cognito-idp:eu-west-1:000000000000:userpool/eu-west-1_Abc""#,
            "GetGroup",
            OTHER,
            NotAllowed,
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"arn:aws:cognito-idp:eu-*:*:userpool/*""#,
            "GetGroup",
            POOL,
            Allowed,
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"arn:aws:cognito-idp:eu-*:*:userpool/*""#,
            "GetGroup",
            OTHER,
            NotAllowed,
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"arn:*:cognito-idp:*:*:*""#,
            "GetGroup",
            OTHER,
            Allowed,
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"arn:*:cognito-idp:*:*:*""#,
            "ListUserPools",
            "*",
            NotAllowed,
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":["arn:aws:cognito-idp:*:*:userpool/eu-west-1_Abc","*"]"#,
            "ListUserPools",
            "*",
            Allowed,
        ),
        (
            r#""Effect":"Allow","Action":"*","NotResource":"arn:aws:cognito-idp:*:*:userpool/eu-west-1_Abc""#,
            "GetGroup",
            POOL,
            NotAllowed,
        ),
        (
            r#""Effect":"Allow","Action":"*","NotResource":"arn:aws:cognito-idp:*:*:userpool/eu-west-1_Abc""#,
            "GetGroup",
            OTHER,
            Allowed,
        ),
        // A wildcard does not reach over a colon into another part, the last one apart.
        (
            r#""Effect":"Allow","Action":"*","Resource":"arn:aws:cognito-idp:*:000000000000:userpool/x""#,
            "GetGroup",
            "arn:aws:cognito-idp:a:b:000000000000:userpool/x",
            NotAllowed,
        ),
        (
            r#""Effect":"Deny","Action":"cognito-idp:DeleteUserPool","Resource":"*""#,
            "DeleteUserPool",
            POOL,
            Denied,
        ),
        (
            r#""Effect":"Deny","Action":"cognito-idp:DeleteUserPool","Resource":"*""#,
            "GetGroup",
            POOL,
            NotAllowed,
        ),
    ] {
        let decided = statement(members).decide(&action(operation), resource);
        assert_eq!(decided, expected, "{members}: {operation} on {resource}");
    }
}

#[test]
fn what_denies_wins_over_what_allows() {
    let allow = r#"{"Sid":"All","Effect":"Allow","Action":"cognito-idp:*","Resource":"*"}"#;
    let deny = r#"{"Sid":"Safe","Effect":"Deny","Action":"cognito-idp:Delete*","Resource":"arn:aws:cognito-idp:*:*:userpool/eu-west-1_Abc"}"#;
    for statements in [[allow, deny], [deny, allow]] {
        let policy = Policy::parse(&format!(
            r#"{{"Id":"x","Version":"2012-10-17","Statement":[{}]}}"#,
            statements.join(",")
        ))
        .unwrap();
        assert_eq!(
            policy.decide(&action("DeleteGroup"), POOL),
            Decision::Denied
        );
        assert_eq!(
            policy.decide(&action("DeleteGroup"), OTHER),
            Decision::Allowed
        );
        assert_eq!(
            policy.decide(&action("CreateGroup"), POOL),
            Decision::Allowed
        );
    }
}

#[test]
fn what_would_not_be_carried_out_is_refused() {
    let good = r#""Effect":"Allow","Action":"cognito-idp:*","Resource":"*""#;
    for (members, text) in [
        (
            format!(r#"{good},"Condition":{{"Bool":{{"a":"b"}}}}"#),
            "statement 1 has a Condition, which this server does not support",
        ),
        (
            format!(r#"{good},"Condition":{{}}"#),
            "statement 1 has a Condition, which this server does not support",
        ),
        (
            format!(r#"{good},"Principal":"*""#),
            "statement 1 has a Principal, which this server does not support",
        ),
        (
            format!(r#"{good},"NotPrincipal":{{"AWS":"x"}}"#),
            "statement 1 has a NotPrincipal, which this server does not support",
        ),
        (
            format!(r#"{good},"NotAction":"*""#),
            "statement 1 must have either Action or NotAction, with at least one value",
        ),
        (
            format!(r#"{good},"Sid":"a b""#),
            "the Sid of statement 1 must be letters and digits",
        ),
        (
            r#""Effect":"Allow","Action":[],"Resource":"*""#.to_owned(),
            "statement 1 must have either Action or NotAction, with at least one value",
        ),
        (
            r#""Effect":"Allow","Action":"*""#.to_owned(),
            "statement 1 must have either Resource or NotResource, with at least one value",
        ),
        (
            r#""Effect":"allow","Action":"*","Resource":"*""#.to_owned(),
            "the Effect of statement 1 must be \"Allow\" or \"Deny\"",
        ),
    ] {
        assert_eq!(statement_fault(&members), text, "{members}");
    }
    for action in [
        "s3:GetObject",
        "CreateGroup",
        "cognito-idp:",
        "cognito-idp:A B",
        "*:*",
        "cognito-*:x",
        "",
        "cognito-idp:${a}",
    ] {
        let found = statement_fault(&format!(
            r#""Effect":"Deny","Action":"{action}","Resource":"*""#
        ));
        assert!(
            found.starts_with(&format!("statement 1 has the action {action:?}: expected")),
            "{found}"
        );
    }
    for resource in [
        "",
        "eu-west-1_Abc",
        "arn:aws:cognito-idp:eu-west-1:000000000000",
        "arn:aws:s3:::userpool/x",
        "arn:aws-cn:cognito-idp:*:*:userpool/x",
        "arn:aws:*:*:*:userpool/x",
        "arn:aws:cognito-idp:*:*:client/x",
        "arn:aws:cognito-idp:*:*:userpool/${aws:username}",
        "arn:aws:cognito-idp:*:userpool/x",
    ] {
        let found = statement_fault(&format!(
            r#""Effect":"Deny","Action":"*","Resource":"{resource}""#
        ));
        assert!(
            found.starts_with(&format!(
                "statement 1 has the resource {resource:?}: expected"
            )),
            "{found}"
        );
    }
}

#[test]
fn what_is_no_policy_is_refused() {
    let good = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    assert_eq!(fault(r#"{"Statement":[]}"#), "the policy has no statement");
    assert_eq!(
        fault(&format!(r#"{{"Version":"2020-01-01","Statement":{good}}}"#)),
        "the Version \"2020-01-01\" is unknown: expected \"2012-10-17\""
    );
    assert_eq!(
        fault(
            r#"{"Statement":[{"Sid":"A","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"A","Effect":"Deny","Action":"*","Resource":"*"}]}"#
        ),
        "two statements have the Sid \"A\""
    );
    for (text, contained) in [
        ("", "EOF"),
        ("{}", "missing field `Statement`"),
        (r#"{"Statement":"x"}"#, "invalid type"),
        (r#"{"Statement":[1]}"#, "invalid type"),
        (
            r#"{"Statement":[{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}]}"#,
            "duplicate field `Effect`",
        ),
        (
            r#"{"Statement":[{"Effect":"Deny","Actions":"*","Resource":"*"}]}"#,
            "unknown field `Actions`",
        ),
        (
            r#"{"Statement":[{"Effect":"Deny","Action":[1],"Resource":"*"}]}"#,
            "invalid type",
        ),
        (
            r#"{"Statement":{"Action":"*","Resource":"*"}}"#,
            "missing field `Effect`",
        ),
        (r#"{"statement":[]}"#, "unknown field `statement`"),
    ] {
        let found = fault(text);
        assert!(
            found.contains(contained) && found.starts_with("this is no policy: "),
            "{text}: {found}"
        );
    }
}

#[test]
fn the_length_is_bounded_without_blanks() {
    let sized = |name: usize, blanks: usize| {
        let (sid, blanks) = ("a".repeat(name), " ".repeat(blanks));
        Policy::parse(&format!(
            r#"{{{blanks}"Statement":{{"Sid":"{sid}","Effect":"Allow","Action":"*","Resource":"*"}}}}"#
        ))
    };
    let rest = r#"{"Statement":{"Sid":"","Effect":"Allow","Action":"*","Resource":"*"}}"#.len();
    assert!(sized(MAX_CHARACTERS - rest, 10_000).is_ok());
    assert_eq!(
        sized(MAX_CHARACTERS - rest + 1, 0),
        Err(PolicyFault::TooLong)
    );
    assert_eq!(sized(0, MAX_BYTES), Err(PolicyFault::TooLong));
}

#[test]
fn a_policy_is_given_by_name_too() {
    assert!(Policy::read(" full-access\n").is_ok());
    assert!(Policy::read("read-only").is_ok());
    assert!(
        Policy::read(r#" {"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#).is_ok()
    );
    assert_eq!(
        Policy::read("pool-administrator"),
        Err(PolicyFault::PoolMissing)
    );
    assert_eq!(
        Policy::read("root"),
        Err(PolicyFault::UnknownName("root".to_owned()))
    );
}

#[test]
fn what_protects_nothing_is_found() {
    let operations = ["CreateGroup", "DeleteGroup"];
    let unknown = |pattern: &str| {
        let policy = statement(&format!(
            r#""Effect":"Deny","Action":["*","{pattern}"],"Resource":"*""#
        ));
        policy
            .unknown_action(operations.into_iter())
            .map(str::to_owned)
    };
    assert_eq!(unknown("cognito-idp:DeleteGroup"), None);
    assert_eq!(unknown("cognito-idp:delete*"), None);
    assert_eq!(
        unknown("cognito-idp:DeleteGroups").as_deref(),
        Some("cognito-idp:deletegroups")
    );
    let elsewhere = |resource: &str| {
        let policy = statement(&format!(
            r#""Effect":"Deny","Action":"*","Resource":["*","{resource}"]"#
        ));
        policy.resource_elsewhere("000000000000").map(str::to_owned)
    };
    assert_eq!(elsewhere(POOL), None);
    assert_eq!(elsewhere("arn:aws:cognito-idp:*:*:userpool/*"), None);
    let foreign = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_Abc";
    assert_eq!(elsewhere(foreign).as_deref(), Some(foreign));
}

/// Statements of few values, so that they often concern the same call.
fn any_statement() -> impl Strategy<Value = (bool, String)> {
    let action = prop_oneof![
        Just("*"),
        Just("cognito-idp:*"),
        Just("cognito-idp:Get*"),
        Just("cognito-idp:GetGroup"),
        Just("cognito-idp:ListUsers"),
    ];
    let resource = prop_oneof![
        Just("*"),
        Just(POOL),
        Just(OTHER),
        Just("arn:aws:cognito-idp:eu-*:*:userpool/*")
    ];
    (any::<bool>(), any::<bool>(), any::<bool>(), action, resource).prop_map(
        |(is_deny, other_actions, other_resources, action, resource)| {
            let effect = if is_deny { "Deny" } else { "Allow" };
            let actions = if other_actions { "NotAction" } else { "Action" };
            let resources = if other_resources { "NotResource" } else { "Resource" };
            (is_deny, format!(r#"{{"Effect":"{effect}","{actions}":"{action}","{resources}":"{resource}"}}"#))
        },
    )
}

fn policy_of<'a>(statements: impl Iterator<Item = &'a str>) -> Policy {
    let all: Vec<&str> = statements.collect();
    Policy::parse(&format!(r#"{{"Statement":[{}]}}"#, all.join(","))).unwrap()
}

proptest! {
    /// One statement that denies is enough, one that allows is needed, and their order does not matter.
    #[test]
    fn the_order_of_statements_does_not_matter(
        statements in prop::collection::vec(any_statement(), 1..6),
        turn in 0_usize..6,
        operation in prop_oneof![Just("GetGroup"), Just("ListUsers"), Just("CreateGroup")],
        resource in prop_oneof![Just("*"), Just(POOL), Just(OTHER)],
    ) {
        let action = action(operation);
        // Each alone says whether it applies.
        let alone: Vec<Decision> = statements
            .iter()
            .map(|(_, text)| policy_of(std::iter::once(text.as_str())).decide(&action, resource))
            .collect();
        let expected = if alone.contains(&Decision::Denied) {
            Decision::Denied
        } else if alone.contains(&Decision::Allowed) {
            Decision::Allowed
        } else {
            Decision::NotAllowed
        };
        let mut turned: Vec<&str> = statements.iter().map(|(_, text)| text.as_str()).collect();
        for _ in 0..2 {
            prop_assert_eq!(policy_of(turned.iter().copied()).decide(&action, resource), expected);
            let length = turned.len();
            turned.rotate_left(turn % length);
            turned.reverse();
        }
    }

    /// Whatever text there is, reading it ends, and what it says is not allowed by chance.
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}") {
        let _ = Policy::read(&text);
    }
}
