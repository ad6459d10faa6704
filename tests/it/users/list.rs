//! Section 9: ListUsers, its filters and its pages.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::answer::member_names;
use crate::support::pools::{PASSWORD, attribute};
use crate::support::refusals::invalid_parameter;
use crate::support::users::{call_for_user, confirmed_user, create_user, invited_user};
use crate::support::{Answer, Pool, TestServer, both_stores};

/// The names in a page, sorted.
#[track_caller]
fn names(page: &Value) -> Vec<&str> {
    let users = page["Users"].as_array().expect("a list of users");
    let mut names: Vec<_> = users
        .iter()
        .map(|user| user["Username"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    names
}

async fn list(pool: &Pool, input: Value) -> Answer {
    pool.admin("ListUsers", input).await
}

/// Ada, Bob and Carol, who differ in all that can be searched for.
async fn three_users(pool: &Pool) {
    let ada = json!({
        "email": "ada@example.com", "phone_number": "+15551230001", "name": "Ada Lovelace",
        "given_name": "Ada", "family_name": "Lovelace", "preferred_username": "countess",
    });
    let bob = json!({
        "email": "bob@example.com", "phone_number": "+15551230002", "name": "Bob \"The\" Builder",
        "given_name": "Bob", "family_name": "Builder", "preferred_username": "builder",
    });
    let carol = json!({
        "email": "carol@example.org", "phone_number": "+49555123", "name": "Carol Shaw",
        "given_name": "Carol", "family_name": "Shaw", "preferred_username": "river",
    });
    confirmed_user(pool, "ada", ada).await;
    confirmed_user(pool, "bob", bob).await;
    invited_user(pool, "carol", PASSWORD, carol).await;
    call_for_user(pool, "AdminDisableUser", "bob").await.ok();
}

/// A filter, and whom it finds.
const FILTERS: &[(&str, &[&str])] = &[
    ("", &["ada", "bob", "carol"]),
    ("username = \"ada\"", &["ada"]),
    ("username = \"ADA\"", &[]),
    ("username = \"ad\"", &[]),
    ("username ^= \"ad\"", &["ada"]),
    ("username ^= \"da\"", &[]),
    ("username=\"ada\"", &["ada"]),
    ("username^=\"ad\"", &["ada"]),
    ("  username   =   \"ada\"  ", &["ada"]),
    ("\"username\" = \"ada\"", &["ada"]),
    ("\"username\"^=\"ad\"", &["ada"]),
    ("\"email\" ^= \"a\"", &["ada"]),
    ("email = \"ADA@example.com\"", &["ada"]),
    ("email ^= \"Carol@EX\"", &["carol"]),
    ("name = \"ada LOVELACE\"", &["ada"]),
    ("given_name ^= \"cAR\"", &["carol"]),
    ("family_name = \"BUILDER\"", &["bob"]),
    ("preferred_username = \"COUNTESS\"", &["ada"]),
    ("email = \"ada@example.com\"", &["ada"]),
    ("email ^= \"carol@\"", &["carol"]),
    ("email ^= \"%\"", &[]),
    ("email ^= \"_\"", &[]),
    ("phone_number = \"+15551230002\"", &["bob"]),
    ("phone_number ^= \"+1555\"", &["ada", "bob"]),
    ("name = \"Ada Lovelace\"", &["ada"]),
    ("name ^= \"Bob \\\"The\\\"\"", &["bob"]),
    ("name = \"Bob \\\"The\\\" Builder\"", &["bob"]),
    ("name = \"x' OR '1'='1\"", &[]),
    ("given_name = \"Carol\"", &["carol"]),
    ("given_name ^= \"C\"", &["carol"]),
    ("family_name = \"Lovelace\"", &["ada"]),
    ("family_name ^= \"Sh\"", &["carol"]),
    ("preferred_username = \"countess\"", &["ada"]),
    ("preferred_username ^= \"bui\"", &["bob"]),
    ("cognito:user_status = \"confirmed\"", &["ada", "bob"]),
    ("cognito:user_status = \"CONFIRMED\"", &["ada", "bob"]),
    (
        "cognito:user_status = \"FORCE_CHANGE_PASSWORD\"",
        &["carol"],
    ),
    ("cognito:user_status = \"UNCONFIRMED\"", &[]),
    ("status = \"Enabled\"", &["ada", "carol"]),
    ("status = \"Disabled\"", &["bob"]),
];

/// What is no filter.
const NONSENSE: &[&str] = &[
    "username",
    "username =",
    "username = ada",
    "username = \"ada",
    "username == \"ada\"",
    "username ~ \"ada\"",
    "username > \"ada\"",
    "= \"ada\"",
    "\"ada\"",
    "username = \"ada\" and email = \"ada@example.com\"",
    "username = 'ada'",
];

both_stores! {
    /// The members of a page and of a user in it.
    async fn the_answer_agrees_with_admin_get_user(server: TestServer) {
        let pool = server.pool(json!({})).await;
        assert_eq!(list(&pool, json!({})).await.ok(), json!({ "Users": [] }));
        three_users(&pool).await;
        let page = list(&pool, json!({})).await.ok();
        assert_eq!(member_names(&page), ["Users"]);
        assert_eq!(names(&page), ["ada", "bob", "carol"]);
        for listed in page["Users"].as_array().unwrap() {
            assert_eq!(
                member_names(listed),
                ["Attributes", "Enabled", "UserCreateDate", "UserLastModifiedDate", "UserStatus", "Username"]
            );
            let seen = pool.user(listed["Username"].as_str().unwrap()).await.ok();
            assert_eq!(listed["Attributes"], seen["UserAttributes"]);
            for name in ["Enabled", "UserCreateDate", "UserLastModifiedDate", "UserStatus"] {
                assert_eq!(listed[name], seen[name], "{name} of {listed}");
            }
        }
    }

    /// One condition, exact or by beginning, on each of the attributes that can be searched.
    async fn a_filter_finds_by_value_or_by_beginning(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let other = server.pool(json!({})).await;
        three_users(&pool).await;
        confirmed_user(&other, "ada", json!({ "email": "ada@example.com" })).await;
        for (filter, found) in FILTERS {
            let page = list(&pool, json!({ "Filter": filter })).await.ok();
            assert_eq!(names(&page), *found, "{filter}");
        }
        let sub = pool.attribute("bob", "sub").await.unwrap();
        for filter in [format!("sub = \"{sub}\""), format!("sub ^= \"{}\"", &sub[..20])] {
            let page = list(&pool, json!({ "Filter": filter })).await.ok();
            assert_eq!(names(&page), ["bob"], "{filter}");
        }
    }

    /// Each searchable attribute is changed alone and then deleted; a change of another attribute
    /// leaves the others found as before.
    async fn a_filter_finds_the_present_value_only(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let found = async |filter: String| {
            let page = list(&pool, json!({ "Filter": filter })).await.ok();
            names(&page).len()
        };
        let mut values = BTreeMap::from([
            ("email", "old@example.com"), ("phone_number", "+15551230001"), ("name", "old"),
            ("given_name", "old"), ("family_name", "old"), ("preferred_username", "old"),
        ]);
        let changes = [
            ("email", "new@example.com"), ("phone_number", "+15551230002"), ("name", "new"),
            ("given_name", "new"), ("family_name", "new"), ("preferred_username", "new"),
            ("nickname", "new"),
        ];
        confirmed_user(&pool, "ada", json!(values)).await;
        for (name, value) in changes {
            let attributes = json!([{ "Name": name, "Value": value }]);
            let input = json!({ "Username": "ada", "UserAttributes": attributes });
            pool.admin("AdminUpdateUserAttributes", input).await.ok();
            if let Some(old) = values.get_mut(name) {
                assert_eq!(found(format!("{name} = \"{old}\"")).await, 0, "{name}");
                *old = value;
            }
            for (searched, value) in &values {
                let filter = format!("{searched} = \"{value}\"");
                assert_eq!(found(filter).await, 1, "{searched} after {name}");
            }
        }
        for (name, value) in values {
            let input = json!({ "Username": "ada", "UserAttributeNames": [name] });
            pool.admin("AdminDeleteUserAttributes", input).await.ok();
            assert_eq!(found(format!("{name} = \"{value}\"")).await, 0, "{name}");
        }
        for (operation, enabled) in [("AdminDisableUser", 0), ("AdminEnableUser", 1)] {
            call_for_user(&pool, operation, "ada").await.ok();
            assert_eq!(found("status = \"Enabled\"".to_owned()).await, enabled);
            assert_eq!(found("status = \"Disabled\"".to_owned()).await, 1 - enabled);
        }
    }

    /// A filter that cannot be parsed.
    async fn a_malformed_filter_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for filter in NONSENSE {
            let answer = list(&pool, json!({ "Filter": filter })).await;
            assert_eq!(answer.message.as_deref(), Some("Error while parsing filter."), "{filter}");
            answer.fails_as("InvalidParameterException");
        }
    }

    /// An attribute that cannot be searched.
    async fn a_filter_on_an_unsearchable_attribute_is_refused(server: TestServer) {
        let schema = json!([{ "Name": "foo", "AttributeDataType": "String" }]);
        let pool = server.pool(json!({ "Schema": schema })).await;
        for name in ["custom:foo", "birthdate", "address"] {
            let answer = list(&pool, json!({ "Filter": format!("{name} = \"1\"") })).await;
            invalid_parameter(&answer, &format!("Invalid search attribute: {name}"));
        }
    }

    /// `sub` may be named beside others, and an empty list asks for no attribute at all.
    async fn sub_alone_and_no_attribute_can_be_asked_for(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let sub = confirmed_user(&pool, "ada", json!({ "name": "Ada" })).await;
        let page = list(&pool, json!({ "AttributesToGet": ["sub"] })).await.ok();
        let attributes = &page["Users"][0]["Attributes"];
        assert_eq!(attributes, &json!([{ "Name": "sub", "Value": sub }]));
        let page = list(&pool, json!({ "AttributesToGet": [] })).await.ok();
        assert_eq!(names(&page), ["ada"]);
        assert_eq!(page["Users"][0]["Attributes"], json!([]));
    }

    /// Pages of a filter by prefix, in an order that ignores case.
    async fn pages_of_a_prefix_ignore_case(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for (username, name) in
            [("a", "Lee B"), ("b", "LEE a"), ("c", "lee C"), ("d", "Leo"), ("e", "lEE a")]
        {
            confirmed_user(&pool, username, json!({ "name": name })).await;
        }
        let mut found = Vec::new();
        let mut token = Value::Null;
        loop {
            let mut input = json!({ "Filter": "name ^= \"LeE\"", "Limit": 1 });
            if !token.is_null() {
                input["PaginationToken"] = token;
            }
            let page = list(&pool, input).await.ok();
            found.extend(names(&page).into_iter().map(ToOwned::to_owned));
            token = page["PaginationToken"].clone();
            if token.is_null() {
                break;
            }
        }
        found.sort_unstable();
        assert_eq!(found, ["a", "b", "c", "e"]);
    }

    /// AttributesToGet: those and no others.
    async fn attributes_to_get_limits_the_attributes(server: TestServer) {
        let pool = server.pool(json!({})).await;
        three_users(&pool).await;
        let page = list(&pool, json!({ "AttributesToGet": ["email", "name"] })).await.ok();
        assert_eq!(names(&page), ["ada", "bob", "carol"]);
        for user in page["Users"].as_array().unwrap() {
            let listed = user["Attributes"].as_array().unwrap();
            assert_eq!(listed.len(), 2, "{user}");
            for name in ["email", "name"] {
                assert!(attribute(&user["Attributes"], name).is_some(), "{user}");
            }
        }
    }

    /// AttributesToGet: what not everybody found has, and what cannot be asked for.
    async fn an_attribute_that_a_listed_user_lacks_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        confirmed_user(&pool, "ada", json!({ "nickname": "countess" })).await;
        confirmed_user(&pool, "bob", json!({})).await;
        let missing = "One or more requested attributes do not exist.";
        let answer = list(&pool, json!({ "AttributesToGet": ["nickname"] })).await;
        invalid_parameter(&answer, missing);
        let input = json!({ "AttributesToGet": ["nickname"], "Filter": "username = \"ada\"" });
        let page = list(&pool, input).await.ok();
        let attributes = &page["Users"][0]["Attributes"];
        assert_eq!(attributes, &json!([{ "Name": "nickname", "Value": "countess" }]));
        let answer = list(&pool, json!({ "AttributesToGet": ["custom:none"] })).await;
        invalid_parameter(&answer, missing);
        // Nobody on an empty page lacks anything.
        let nobody = json!({ "AttributesToGet": ["nickname"], "Filter": "username = \"eve\"" });
        assert_eq!(list(&pool, nobody).await.ok()["Users"], json!([]));
    }

    /// Every user is on exactly one page, and the last has no token.
    async fn each_user_is_on_one_page(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for number in 0..7 {
            create_user(&pool, &format!("user-{number}"), json!({})).await.ok();
        }
        create_user(&pool, "other", json!({})).await.ok();
        let mut input = json!({ "Limit": 3, "Filter": "username ^= \"user-\"" });
        let mut seen = BTreeSet::new();
        let mut sizes = Vec::new();
        loop {
            let page = list(&pool, input.clone()).await.ok();
            sizes.push(names(&page).len());
            seen.extend(names(&page).into_iter().map(str::to_owned));
            let Some(token) = page.get("PaginationToken") else { break };
            input["PaginationToken"] = token.clone();
        }
        assert_eq!(sizes, [3, 3, 1]);
        let everybody: BTreeSet<_> = (0..7).map(|number| format!("user-{number}")).collect();
        assert_eq!(seen, everybody);
    }

    /// Sixty to a page, unless fewer are asked for.
    async fn a_page_holds_sixty_by_default(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for number in 0..61 {
            create_user(&pool, &format!("user-{number}"), json!({})).await.ok();
        }
        let first = list(&pool, json!({})).await.ok();
        assert_eq!(names(&first).len(), 60);
        let input = json!({ "PaginationToken": first["PaginationToken"] });
        let second = list(&pool, input).await.ok();
        assert_eq!(names(&second).len(), 1);
        assert_eq!(second.get("PaginationToken"), None);
        assert!(!names(&first).contains(&names(&second)[0]));
        let text = "1 validation error detected: Value '61' at 'limit' failed to satisfy \
                    constraint: Member must have value less than or equal to 60";
        invalid_parameter(&list(&pool, json!({ "Limit": 61 })).await, text);
    }

    /// A token that the server never gave, or gave for another pool.
    async fn a_token_of_another_list_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for number in 0..2 {
            create_user(&pool, &format!("user-{number}"), json!({})).await.ok();
        }
        let other = server.pool(json!({})).await;
        let page = list(&pool, json!({ "Limit": 1 })).await.ok();
        let of_this_pool = page["PaginationToken"].as_str().unwrap();
        let filtered = json!({ "Filter": "username ^= \"user\"", "PaginationToken": of_this_pool });
        for (pool, input, token) in [
            (&pool, json!({ "PaginationToken": "nonsense" }), "nonsense"),
            (&pool, json!({ "PaginationToken": "bm9uc2Vuc2U=" }), "bm9uc2Vuc2U="),
            (&other, json!({ "PaginationToken": of_this_pool }), of_this_pool),
            (&pool, filtered, of_this_pool),
        ] {
            let answer = list(pool, input).await;
            let request = answer.header("x-amzn-requestid").unwrap();
            let text = format!("Paging marker {token} is invalid for request {request}");
            invalid_parameter(&answer, &text);
        }
    }

    /// A pool that does not exist.
    async fn an_unknown_pool_is_refused(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let answer = list(&pool, json!({ "UserPoolId": "us-east-1_Nowhere12" })).await;
        let text = "User pool us-east-1_Nowhere12 does not exist.";
        answer.fails("ResourceNotFoundException", text);
    }

    /// Where the pool's usernames are not case-sensitive, a filter is not either.
    async fn a_filter_ignores_case_where_the_pool_does(server: TestServer) {
        for (settings, username) in [
            (json!({ "UsernameAttributes": ["email"] }), "ada@x.com"),
            (json!({ "AliasAttributes": ["email"] }), "ada"),
            (json!({}), "ada"),
        ] {
            let mut settings = settings;
            settings["UsernameConfiguration"] = json!({ "CaseSensitive": false });
            let pool = server.pool(settings.clone()).await;
            let address = json!({ "email": "ada@x.com", "email_verified": "true" });
            let sub = confirmed_user(&pool, username, address).await;
            let input = json!({ "Filter": "email = \"ADA@X.COM\"" });
            let page = pool.admin("ListUsers", input).await.ok();
            assert_eq!(page["Users"].as_array().map(Vec::len), Some(1), "{settings}: {page}");
            let found = attribute(&page["Users"][0]["Attributes"], "sub");
            assert_eq!(found, Some(sub), "{settings}");
        }
    }

    /// Section 9.1: comparison ignores case in every attribute but `username` and `status`.
    async fn only_username_and_status_are_compared_by_case(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let names = json!({ "name": "Ada LOVELACE", "family_name": "Straße", "given_name": "Адa" });
        let sub = confirmed_user(&pool, "Ada", names).await;
        let upper = sub.to_uppercase();
        for (filter, is_found) in [
            (format!("sub = \"{upper}\""), true),
            (format!("sub ^= \"{}\"", &upper[..20]), true),
            ("name = \"aDA lOVELACE\"".to_owned(), true),
            ("name ^= \"ADA love\"".to_owned(), true),
            ("family_name = \"sTRAßE\"".to_owned(), true),
            ("family_name ^= \"STRAß\"".to_owned(), true),
            ("given_name = \"АдA\"".to_owned(), true),
            ("cognito:user_status = \"Confirmed\"".to_owned(), true),
            ("cognito:user_status ^= \"conf\"".to_owned(), true),
            ("username = \"Ada\"".to_owned(), true),
            ("username = \"ada\"".to_owned(), false),
            ("username ^= \"a\"".to_owned(), false),
            ("status = \"Enabled\"".to_owned(), true),
            ("status = \"enabled\"".to_owned(), false),
        ] {
            let page = list(&pool, json!({ "Filter": filter })).await.ok();
            let count = page["Users"].as_array().unwrap().len();
            assert_eq!(count == 1, is_found, "{filter}");
        }
    }

    /// Section 9.1: only the users of the answered page must have what is asked for.
    async fn only_the_answered_page_must_have_the_attributes(server: TestServer) {
        let pool = server.pool(json!({})).await;
        for (username, attributes) in [("a", json!({ "name": "A" })), ("b", json!({}))] {
            confirmed_user(&pool, username, attributes).await;
        }
        let first = list(&pool, json!({ "Limit": 1 })).await.ok();
        let second = list(&pool, json!({
            "Limit": 1, "PaginationToken": first["PaginationToken"],
        })).await.ok();
        for (page, token) in [(&first, Value::Null), (&second, first["PaginationToken"].clone())] {
            let mut input = json!({ "Limit": 1, "AttributesToGet": ["name"] });
            if !token.is_null() {
                input["PaginationToken"] = token;
            }
            let answer = list(&pool, input).await;
            if names(page) == ["a"] {
                assert_eq!(names(&answer.ok()), ["a"]);
            } else {
                invalid_parameter(&answer, "One or more requested attributes do not exist.");
            }
        }
    }

    /// Section 9.1: the name of the attribute may be quoted, the value must be.
    async fn a_quoted_name_is_read_and_a_half_quoted_one_is_not(server: TestServer) {
        let pool = server.pool(json!({})).await;
        confirmed_user(&pool, "ada", json!({ "email": "ada@example.com" })).await;
        for filter in [
            "\"email\" ^= \"a\"", "\"email\"=\"ada@example.com\"", "\"cognito:user_status\" = \"CONFIRMED\"",
        ] {
            let page = list(&pool, json!({ "Filter": filter })).await.ok();
            assert_eq!(names(&page), ["ada"], "{filter}");
        }
        for filter in ["\"email = \"a\"", "email\" = \"a\"", "\"email\" = a", "\"\" = \"a\"", "'email' = \"a\""] {
            let answer = list(&pool, json!({ "Filter": filter })).await;
            answer.fails_as("InvalidParameterException");
        }
        let answer = list(&pool, json!({ "Filter": "\"custom:foo\" = \"a\"" })).await;
        invalid_parameter(&answer, "Invalid search attribute: custom:foo");
    }
}
