//! Each operation stores what it takes: every member of the input of every operation that makes, sets, changes or adds
//! something is given, and described afterwards, once the server has been restarted. What the members are says the
//! model, so that none is left out.

mod app_clients;
mod branding;
mod devices;
mod domains;
mod groups;
mod identity_providers;
mod import_jobs;
mod log_delivery;
mod pool_mfa;
mod proof;
mod resource_servers;
mod risk_configuration;
mod second_factors;
mod sessions;
mod tags;
mod terms;
mod user_pools;
mod users;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use cognate::config::IssuerMode;
use serde_json::{Value, json};

use self::proof::Proof;
use crate::support::model_inputs::storing_operations;
use crate::support::{TestServer, TestStore};

/// Operations that store nothing of their input, and why.
const STORE_NOTHING: &[(&str, &str)] = &[
    (
        "CreateUserPoolReplica",
        "refused: there is one region (administration 11)",
    ),
    (
        "UpdateUserPoolReplica",
        "refused: there is one region (administration 11)",
    ),
    (
        "UpdateProvisionedLimit",
        "a limit has one possible value, which it has already (administration 11)",
    ),
];

/// Why members are excepted.
const NAMES: &str = "names what is changed";
const TRIGGERS_ONLY: &str = "handed to the pool's functions, and to nobody else";
const INSTRUCTION: &str = "says what is to be done, once";
const CREDENTIAL: &str = "proves who calls";
/// Why a member of an update is described as before.
const ONE_VALUE: &str = "the model has one value";

/// A server whose tokens name the same issuer after a restart, when its port is another one.
async fn started(store: &TestStore) -> TestServer {
    TestServer::start(store, |config| config.tokens.issuer = IssuerMode::Aws).await
}

/// The server anew, on what the former one stored.
async fn restarted(server: TestServer, store: &TestStore) -> TestServer {
    server.stop().await;
    started(store).await
}

/// The elements of a list that have these names, in the order of the names.
#[track_caller]
fn named(list: &Value, names: &[&str]) -> Value {
    let all = list.as_array().expect("a list");
    let find = |name: &&str| {
        let found = all.iter().find(|element| element["Name"] == **name);
        found
            .unwrap_or_else(|| panic!("no {name} in {list}"))
            .clone()
    };
    names.iter().map(find).collect()
}

/// SmsConfiguration with all of its members.
fn sms(word: &str, region: &str) -> Value {
    let role = |name: &str| format!("arn:aws:iam::000000000000:role/{word}-{name}");
    json!({
        "SnsCallerArn": role("sns"), "ExternalId": format!("{word}-sns"), "SnsRegion": region,
        "EumsSms": {
            "CallerArn": role("eums"), "ExternalId": format!("{word}-eums"),
            "OriginationIdentity": format!("{word}-sender"), "ConfigurationSetName": format!("{word}-set"),
            "InEntityId": format!("{word}-entity"), "InTemplateId": format!("{word}-template"),
            "Region": region,
        },
    })
}

/// The operations that files of this folder prove to store what they take, and how often.
fn proven() -> BTreeMap<String, usize> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/stored_inputs");
    let mut proven = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap();
        if ["mod.rs", "proof.rs"].contains(&name) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for rest in text.split("Proof::of(\"").skip(1) {
            let operation = rest.split('"').next().unwrap();
            *proven.entry(operation.to_owned()).or_default() += 1;
        }
    }
    proven
}

#[test]
fn every_operation_that_stores_something_is_proven() {
    let proven = proven();
    let names: BTreeSet<&str> = proven.keys().map(String::as_str).collect();
    let store_nothing: BTreeSet<&str> = STORE_NOTHING.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.intersection(&store_nothing).count(), 0);
    let expected = storing_operations();
    let all: BTreeSet<&str> = names.union(&store_nothing).copied().collect();
    let missing: Vec<_> = expected.difference(&all).collect();
    let unknown: Vec<_> = all.difference(&expected).collect();
    assert!(
        missing.is_empty() && unknown.is_empty(),
        "not proven: {missing:?}; stores nothing, or is not answered: {unknown:?}"
    );
    for (operation, count) in proven {
        assert_eq!(count, 1, "{operation} is proven in several places");
    }
}
