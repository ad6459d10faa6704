//! Access keys that the command makes: servers that run obey them, each within its policy.

use std::time::Duration;

use cognate::config::{AccessKey, Config};
use serde_json::json;

use crate::support::access_keys::{MadeKey, access, create};
use crate::support::pools::Pool;
use crate::support::server::Endpoint;
use crate::support::{Admin, Answer, TestServer, TestStore, both_stores, several_nodes, wait};

const CONFIGURED: &str = "AKIDCONFIGURED";
const SECRET: &str = "d41e7b9c05f2a6388c37e1f04b9d52a6d41e7b9c";
/// Longer than a server takes to see a change, on a busy machine.
const SOON: Duration = Duration::from_secs(20);
const UNKNOWN_KEY: &str = "The security token included in the request is invalid.";

/// A configured key, so that others have to be known.
fn with_a_key(config: &mut Config) {
    config.admin.access_keys = vec![AccessKey {
        id: CONFIGURED.into(),
        secret: SECRET.into(),
        description: String::new(),
        policy: String::new(),
    }];
}

/// A server as an administrator with the configured key has it.
async fn start(store: &TestStore) -> (TestServer, Endpoint) {
    let server = TestServer::start(store, with_a_key).await;
    let mut endpoint = Endpoint::clone(&server);
    endpoint.admin = server.admin.with_keys(CONFIGURED, SECRET);
    (server, endpoint)
}

async fn list_pools(admin: &Admin) -> Answer {
    admin
        .call("ListUserPools", json!({ "MaxResults": 10 }))
        .await
}

/// Waits until the server knows the key.
async fn until_known(admin: &Admin) {
    wait::until("the key to be known", SOON, || async {
        let answer = list_pools(admin).await;
        (answer.type_.as_deref() != Some("UnrecognizedClientException")).then_some(())
    })
    .await;
}

/// Waits until the server does not know the key any more.
async fn until_unknown(admin: &Admin) {
    wait::until("the key to be refused", SOON, || async {
        let answer = list_pools(admin).await;
        (answer.type_.as_deref() == Some("UnrecognizedClientException"))
            .then(|| answer.fails("UnrecognizedClientException", UNKNOWN_KEY))
    })
    .await;
}

/// A key of these rights that the server knows.
async fn known(server: &Endpoint, store: &TestStore, name: &str, rights: &[&str]) -> Admin {
    let admin = create(store, name, rights).await.admin(server);
    until_known(&admin).await;
    admin
}

/// The same pool, as who signs with another key sees it.
fn as_seen_by(pool: &Pool, admin: &Admin) -> Pool {
    let mut endpoint = pool.endpoint().clone();
    endpoint.admin = admin.clone();
    pool.on(&endpoint)
}

/// Asserts that `user` is not permitted the operation on `resource`.
#[track_caller]
fn denied(answer: &Answer, user: &str, resource: &str, reason: &str) {
    let operation = &answer.operation;
    answer.fails(
        "AccessDeniedException",
        &format!(
            "User: arn:aws:iam::000000000000:user/{user} is not authorized to perform: \
             cognito-idp:{operation} on resource: {resource} {reason}"
        ),
    );
}

#[track_caller]
fn not_allowed(answer: &Answer, user: &str, resource: &str) {
    let action = format!("cognito-idp:{}", answer.operation);
    let reason = format!("because no identity-based policy allows the {action} action");
    denied(answer, user, resource, &reason);
}

fn arn(pool: &Pool) -> &str {
    pool.created["Arn"].as_str().unwrap()
}

/// The lines of `list`, without its head.
async fn listed(store: &TestStore) -> Vec<String> {
    let said = access(store, &["list"]).await;
    assert_eq!(said.status, 0, "{}", said.error);
    said.out.lines().skip(1).map(str::to_owned).collect()
}

/// A policy in a file of the test's.
async fn file(store: &TestStore, policy: &str) -> String {
    let path = store.directory().join("policy.json");
    std::fs::write(&path, policy).unwrap();
    path.to_str().unwrap().to_owned()
}

both_stores! {
    /// A server that runs takes a new key within seconds, also after a restart, and refuses it once it is revoked.
    async fn a_key_signs_until_it_is_revoked(store: TestStore) {
        let (server, endpoint) = start(&store).await;
        let made = create(&store, "ci", &["--policy", "full-access"]).await;
        assert!(made.id.len() == 20 && made.id.starts_with("AKIA"), "{}", made.id);
        assert!(made.id.bytes().all(|b| b.is_ascii_uppercase() || (b'2'..=b'7').contains(&b)), "{}", made.id);
        assert_eq!(made.secret.len(), 40);
        let admin = made.admin(&endpoint);
        until_known(&admin).await;
        list_pools(&admin).await.ok();
        let pool = as_seen_by(&endpoint.pool(json!({})).await, &admin);
        pool.admin("CreateGroup", json!({ "GroupName": "staff" })).await.ok();
        // The other key goes on, and a wrong secret does not.
        list_pools(&endpoint.admin).await.ok();
        let wrong = endpoint.admin.with_keys(&made.id, SECRET);
        list_pools(&wrong).await.fails_as("InvalidSignatureException");
        server.stop().await;

        let (server, endpoint) = start(&store).await;
        let admin = made.admin(&endpoint);
        list_pools(&admin).await.ok();
        let said = access(&store, &["revoke", &made.id]).await;
        assert_eq!(said.status, 0, "{}", said.error);
        until_unknown(&admin).await;
        assert_eq!(listed(&store).await, Vec::<String>::new());
        server.stop().await;
        let (server, endpoint) = start(&store).await;
        until_unknown(&made.admin(&endpoint)).await;
        server.stop().await;
    }

    /// What reads is allowed, what changes is not.
    async fn a_key_that_reads_changes_nothing(store: TestStore) {
        let (server, endpoint) = start(&store).await;
        let pool = endpoint.pool(json!({})).await;
        let reader = as_seen_by(&pool, &known(&endpoint, &store, "reports", &["--policy", "read-only"]).await);
        list_pools(&reader.endpoint().admin).await.ok();
        for operation in ["DescribeUserPool", "ListUsers", "ListGroups", "GetUserPoolMfaConfig"] {
            reader.admin(operation, json!({})).await.ok();
        }
        let group = json!({ "GroupName": "staff" });
        not_allowed(&reader.admin("CreateGroup", group.clone()).await, "reports", arn(&pool));
        pool.admin("GetGroup", group).await.fails_as("ResourceNotFoundException");
        let answer = reader.endpoint().admin.call("CreateUserPool", json!({ "PoolName": "x" })).await;
        not_allowed(&answer, "reports", "*");
        server.stop().await;
    }

    /// A pool's administrator may do everything there and nothing elsewhere, by whatever member the pool is named.
    async fn a_key_for_one_pool_is_worth_nothing_in_another(store: TestStore) {
        let (server, endpoint) = start(&store).await;
        let [own, other] = [endpoint.pool(json!({})).await, endpoint.pool(json!({})).await];
        let rights = ["--policy", "pool-administrator", "--pool", &own.id];
        let admin = known(&endpoint, &store, "team", &rights).await;
        let [mine, theirs] = [as_seen_by(&own, &admin), as_seen_by(&other, &admin)];
        let group = json!({ "GroupName": "staff" });
        mine.admin("CreateGroup", group.clone()).await.ok();
        not_allowed(&theirs.admin("CreateGroup", group.clone()).await, "team", arn(&other));
        not_allowed(&theirs.admin("DeleteUserPool", json!({})).await, "team", arn(&other));
        other.admin("GetGroup", group).await.fails_as("ResourceNotFoundException");

        let tag = |pool: &Pool| json!({ "ResourceArn": arn(pool), "Tags": { "a": "b" } });
        admin.call("TagResource", tag(&own)).await.ok();
        not_allowed(&admin.call("TagResource", tag(&other)).await, "team", arn(&other));
        // A member that the operation does not have does not stand for the pool that it changes.
        let mut both = tag(&other);
        both["UserPoolId"] = json!(own.id);
        not_allowed(&admin.call("TagResource", both).await, "team", arn(&other));
        let mut partition = tag(&other);
        partition["ResourceArn"] = json!(arn(&other).replace("arn:aws:", "arn:aws-cn:"));
        not_allowed(&admin.call("TagResource", partition).await, "team", arn(&other));
        let tags = endpoint.admin.call("ListTagsForResource", json!({ "ResourceArn": arn(&other) })).await;
        assert_eq!(tags.ok()["Tags"], json!({}));

        // What names no pool, or names it in no way that can be read, is about everything.
        not_allowed(&list_pools(&admin).await, "team", "*");
        let pool_less = json!({ "UserPoolId": own.id, "MaxResults": 1 });
        not_allowed(&admin.call("ListUserPools", pool_less).await, "team", "*");
        for input in [json!({}), json!({ "UserPoolId": 5 }), json!({ "UserPoolId": null })] {
            not_allowed(&admin.call("DescribeUserPool", input).await, "team", "*");
        }
        let rubbish = admin.request("DescribeUserPool", b"rubbish".to_vec());
        let answer = Answer::read("DescribeUserPool", rubbish.send().await.unwrap()).await;
        not_allowed(&answer, "team", "*");
        // Another region's pool of the same id is another pool.
        let answer = admin.in_region("eu-west-1").call("DescribeUserPool", json!({ "UserPoolId": own.id })).await;
        not_allowed(&answer, "team", &arn(&own).replace(":us-east-1:", ":eu-west-1:"));
        // Open operations ask for no key, and so for no policy.
        let app = mine.client(json!({})).await;
        app.sign_up("ada", json!({})).await.ok();
        server.stop().await;
    }

    /// A policy of one's own: what it denies is denied whatever it allows.
    async fn a_policy_from_a_file_is_obeyed(store: TestStore) {
        let (server, endpoint) = start(&store).await;
        let pool = endpoint.pool(json!({})).await;
        let policy = r#"{
          "Version": "2012-10-17",
          "Statement": [
            { "Sid": "Users", "Effect": "Allow", "Action": ["cognito-idp:admin*", "cognito-idp:List*"], "Resource": "*" },
            { "Sid": "NotThese", "Effect": "Deny", "Action": "cognito-idp:AdminDelete*",
              "Resource": "arn:aws:cognito-idp:*:*:userpool/*" }
          ]
        }"#;
        let path = file(&store, policy).await;
        let made = create(&store, "helpdesk", &["--policy-file", &path]).await;
        let admin = made.admin(&endpoint);
        until_known(&admin).await;
        let desk = as_seen_by(&pool, &admin);
        let ada = json!({ "Username": "ada", "MessageAction": "SUPPRESS" });
        desk.admin("AdminCreateUser", ada).await.ok();
        let answer = desk.admin("AdminDeleteUser", json!({ "Username": "ada" })).await;
        denied(&answer, "helpdesk", arn(&pool), "with an explicit deny in an identity-based policy");
        desk.admin("AdminGetUser", json!({ "Username": "ada" })).await.ok();
        not_allowed(&desk.admin("DescribeUserPool", json!({})).await, "helpdesk", arn(&pool));
        let said = access(&store, &["show", &made.id]).await;
        assert_eq!(said.out.trim_end(), policy.trim());
        assert!(listed(&store).await[0].contains("2 statements"));
        server.stop().await;
    }

    /// The new key has the rights of the former one, which goes on until it is told to end.
    async fn a_key_is_exchanged_without_a_pause(store: TestStore) {
        let (server, endpoint) = start(&store).await;
        let pool = endpoint.pool(json!({})).await;
        let first = create(&store, "ci", &["--policy", "read-only", "--pool", &pool.id]).await;
        let second = MadeKey::read(&access(&store, &["rotate", &first.id]).await);
        assert!(second.id != first.id && second.secret != first.secret);
        let third = MadeKey::read(&access(&store, &["rotate", &second.id, "--end-old-in", "1"]).await);
        for key in [&first, &second, &third] {
            let admin = key.admin(&endpoint);
            until_known(&admin).await;
            as_seen_by(&pool, &admin).admin("DescribeUserPool", json!({})).await.ok();
            not_allowed(&list_pools(&admin).await, "ci", "*");
        }
        let lines = listed(&store).await;
        assert_eq!(lines.len(), 3);
        for (line, key) in lines.iter().zip([&first, &second, &third]) {
            assert!(line.starts_with(&format!("{:<20} {:<20} read-only {}", key.id, "ci", pool.id)), "{line}");
        }
        let ends = |line: &str| line.split_whitespace().last().map(str::to_owned).unwrap();
        assert_eq!((ends(&lines[0]), ends(&lines[2])), ("-".to_owned(), "-".to_owned()));
        assert!(ends(&lines[1]).ends_with('Z'), "{}", lines[1]);
        server.advance(3_600).await;
        list_pools(&second.admin(&endpoint)).await.fails("UnrecognizedClientException", UNKNOWN_KEY);
        not_allowed(&list_pools(&first.admin(&endpoint)).await, "ci", "*");
        not_allowed(&list_pools(&third.admin(&endpoint)).await, "ci", "*");
        let fourth = MadeKey::read(&access(&store, &["rotate", &first.id, "--end-old-in", "0"]).await);
        until_unknown(&first.admin(&endpoint)).await;
        until_known(&fourth.admin(&endpoint)).await;
        assert_eq!(access(&store, &["rotate", &first.id]).await.status, 1);
        server.stop().await;
    }

    /// Wrong commands say what is wrong, and make no key.
    async fn what_is_wrong_is_refused(store: TestStore) {
        let (server, _) = start(&store).await;
        create(&store, "ci", &["--policy", "read-only"]).await;
        let statement = |members: &str| {
            format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*",{members}}}}}"#)
        };
        for (policy, text) in [
            (statement(r#""Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}"#),
                "statement 1 has a Condition, which this server does not support"),
            (statement(r#""Resource":"*","Principal":"*""#), "statement 1 has a Principal"),
            (statement(r#""Resource":"*","NotAction":"*""#), "either Action or NotAction"),
            (statement(r#""Resource":"arn:aws:s3:::bucket""#), "has the resource \"arn:aws:s3:::bucket\""),
            (statement(r#""Resource":"arn:aws:cognito-idp:*:1:userpool/*""#), "are in the account 000000000000"),
            (statement(r#""Resource":"*""#).replace("\"*\",", "\"cognito-idp:DeletePool\","),
                "which is no operation of this service"),
            ("full-access".to_owned(), "no JSON object"),
            (format!("{{{}}}", " ".repeat(30_000)), "at most 6144 characters"),
        ] {
            let path = file(&store, &policy).await;
            let said = access(&store, &["create", "--name", "other", "--policy-file", &path]).await;
            assert_eq!((said.status, said.out.as_str()), (1, ""), "{policy}");
            assert!(said.error.contains(text), "{}", said.error);
        }
        for (arguments, text) in [
            (&["create", "--name", "ci", "--policy", "read-only"][..], "there is a key of the name \"ci\""),
            (&["create", "--name", "a b", "--policy", "read-only"][..], "a name has 1 to 64 letters"),
            (&["create", "--name", "x", "--policy", "read-only", "--pool", "us-east-1_Nowhere1"][..],
                "there is no user pool us-east-1_Nowhere1"),
            (&["create", "--name", "x", "--policy-file", "/nowhere"][..], "cannot read the policy /nowhere"),
            (&["rotate", "AKIAQQQQQQQQQQQQQQQQ"][..], "the store has no access key \"AKIAQQQQQQQQQQQQQQQQ\""),
            (&["revoke", "AKIAQQQQQQQQQQQQQQQQ"][..], "the store has no access key"),
            (&["show", "AKIAQQQQQQQQQQQQQQQQ"][..], "the store has no access key"),
        ] {
            let said = access(&store, arguments).await;
            assert_eq!((said.status, said.out.as_str()), (1, ""), "{arguments:?}");
            assert!(said.error.contains(text), "{}", said.error);
        }
        for arguments in [
            &["create", "--name", "x"][..],
            &["create", "--name", "x", "--policy", "root"],
            &["create", "--name", "x", "--policy", "pool-administrator"],
            &["create", "--name", "x", "--policy", "read-only", "--policy-file", "/nowhere"],
        ] {
            assert_eq!(access(&store, arguments).await.status, 2, "{arguments:?}");
        }
        assert_eq!(listed(&store).await.len(), 1);
        server.stop().await;
    }

    /// The last use is recorded, once in an hour; a refused call is none.
    async fn the_last_use_is_recorded(store: TestStore) {
        let (server, endpoint) = start(&store).await;
        let made = create(&store, "ci", &["--policy", "read-only"]).await;
        let admin = made.admin(&endpoint);
        let last_use = || async {
            store.ask("SELECT CAST(last_used_at AS TEXT) FROM access_keys WHERE last_used_at IS NOT NULL").await
        };
        wait::until("the key to be known", SOON, || async {
            let answer = admin.call("CreateUserPool", json!({ "PoolName": "x" })).await;
            (answer.type_.as_deref() == Some("AccessDeniedException")).then_some(())
        }).await;
        assert!(listed(&store).await[0].contains("never"));
        list_pools(&admin).await.ok();
        let first = wait::until("the use to be recorded", SOON, || async {
            let found = last_use().await;
            (!found.is_empty()).then_some(found)
        }).await;
        assert!(!listed(&store).await[0].contains("never"));
        server.advance(3_000).await;
        list_pools(&admin).await.ok();
        assert_eq!(last_use().await, first);
        server.advance(700).await;
        list_pools(&admin).await.ok();
        wait::until("the later use to be recorded", SOON, || async {
            (last_use().await != first).then_some(())
        }).await;
        server.stop().await;
    }

    /// In development any credentials are accepted only while there is no key at all.
    async fn one_key_ends_the_indifference_to_credentials(server: TestServer) {
        let store = &server.store;
        list_pools(&server.admin).await.ok();
        let made = create(store, "ci", &["--policy", "full-access"]).await;
        until_unknown(&server.admin).await;
        let admin = made.admin(&server);
        list_pools(&admin).await.ok();
        assert_eq!(access(store, &["revoke", &made.id]).await.status, 0);
        wait::until("any credentials to be accepted", SOON, || async {
            (list_pools(&server.admin).await.status == 200).then_some(())
        }).await;
    }

    /// The policy of a configured key is obeyed too.
    async fn a_configured_key_has_a_policy(store: TestStore) {
        let server = TestServer::start(&store, |config| {
            with_a_key(config);
            config.admin.access_keys[0].policy = "read-only".into();
        })
        .await;
        let admin = server.admin.with_keys(CONFIGURED, SECRET);
        list_pools(&admin).await.ok();
        let answer = admin.call("CreateUserPool", json!({ "PoolName": "x" })).await;
        not_allowed(&answer, CONFIGURED, "*");
        server.stop().await;
        let mut config = crate::support::application::test_config(&store);
        with_a_key(&mut config);
        config.admin.access_keys[0].policy = r#"{"Statement":{"Effect":"Deny"}}"#.into();
        let error = crate::support::application::refusal(config).await;
        assert!(error.contains("the policy of AKIDCONFIGURED in admin.access_keys"), "{error}");
    }
}

several_nodes! {
    /// Each node obeys, whichever of them the command was run beside.
    async fn every_node_obeys(store: TestStore) {
        let [(one, first), (other, second)] = [start(&store).await, start(&store).await];
        let made = create(&store, "ci", &["--policy", "full-access"]).await;
        let admins = [made.admin(&first), made.admin(&second)];
        for admin in &admins {
            until_known(admin).await;
        }
        assert_eq!(access(&store, &["revoke", &made.id]).await.status, 0);
        for admin in &admins {
            until_unknown(admin).await;
        }
        one.stop().await;
        other.stop().await;
    }
}
