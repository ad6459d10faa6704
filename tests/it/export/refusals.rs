//! What stands in the way of an export or import is told, and changes nothing.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use super::{KEY, cognate, export, file, import, key_file, lines, write_lines};
use crate::support::users::confirmed_user;
use crate::support::{ServerProcess, StoreKind, TestStore, both_stores};

/// The lines with a change.
fn changed<T>(lines: &[Value], change: impl FnOnce(&mut Vec<Value>) -> T) -> Vec<Value> {
    let mut lines = lines.to_vec();
    change(&mut lines);
    lines
}

both_stores! {
    async fn exports_are_private_and_replace_nothing_unasked(store: TestStore) {
        let server = ServerProcess::start(&store, &[]).await;
        let pool = server.pool(json!({})).await;
        let to = file(&store, "pool.export");
        std::fs::write(&to, "something else").unwrap();
        let only = ["--pool", pool.id.as_str()];
        export(&store, &to, &only).await.refused("exists; --force replaces it");
        assert_eq!(std::fs::read(&to).unwrap(), b"something else");
        export(&store, &to, &["--pool", &pool.id, "--force"]).await.well();
        let mode = std::fs::metadata(&to).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        // The store itself is never the target.
        if store.kind == StoreKind::Sqlite {
            let own = file(&store, "store.db");
            export(&store, &own, &["--pool", &pool.id, "--force"])
                .await
                .refused("is a file of the store itself");
        }
        let nowhere = export(&store, &file(&store, "nowhere/pool.export"), &only).await;
        nowhere.refused("cannot write");
        let nobody = export(&store, &file(&store, "no.export"), &["--pool", "us-east-1_Nobody123"]).await;
        nobody.refused("there is no user pool us-east-1_Nobody123");
        // No part of either is left.
        let left: Vec<String> = std::fs::read_dir(store.directory())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .filter(|name| name.contains("export") && !["pool.export", "export.key"].contains(&name.as_str()))
            .collect();
        assert_eq!(left, Vec::<String>::new());

        let to = to.to_str().unwrap();
        for (content, text) in [
            ("short", "is not 32 bytes in base64 or hexadecimal"),
            (&"01".repeat(32), "is no key that was drawn at random"),
        ] {
            let path = file(&store, "weak.key");
            std::fs::write(&path, content).unwrap();
            let key = path.to_str().unwrap();
            let said = cognate(&store, &["export", "--all", "--to", to, "--key-file", key, "--force"]).await;
            said.refused(text);
        }
        let missing = cognate(&store, &["export", "--to", to, "--key-file", &key_file(&store)]).await;
        assert_eq!(missing.status, 2, "{}", missing.error);
        server.kill();
    }
}

async fn an_import_that_is_refused_changes_nothing(kind: StoreKind) {
    let store = TestStore::new(kind).await;
    let source = TestStore::new(store.kind).await;
    let server = ServerProcess::start(&source, &[]).await;
    let pool = server.pool(json!({})).await;
    let app = pool.client(json!({})).await;
    confirmed_user(&pool, "ada", json!({})).await;
    app.sign_in("ada").await;
    let good = file(&source, "pool.export");
    export(&source, &good, &["--pool", &pool.id]).await.well();
    server.kill();
    let good_lines = lines(&good);
    let bytes = std::fs::read(&good).unwrap();

    let server = ServerProcess::start(&store, &[]).await;
    let before = store.rows().await;
    let bad = file(&store, "bad.export");
    let damaged = "it is damaged or not whole";
    for (content, text) in [
        (b"".to_vec(), "it is no export of Cognate's"),
        (
            b"PGDMP something else, long enough to hold a head".to_vec(),
            "it is no export of Cognate's",
        ),
        (bytes[..bytes.len() - 1].to_vec(), damaged),
        ([&bytes[..], b"more"].concat(), damaged),
    ] {
        std::fs::write(&bad, content).unwrap();
        import(&store, &bad, &[]).await.refused(text);
    }
    let other_key = file(&store, "other.key");
    std::fs::write(&other_key, KEY.chars().rev().collect::<String>()).unwrap();
    let arguments = [
        "import",
        "--from",
        good.to_str().unwrap(),
        "--key-file",
        other_key.to_str().unwrap(),
    ];
    cognate(&store, &arguments)
        .await
        .refused("it is sealed under another key");

    // Lines that the key's holder has written, and the store refuses.
    let users = good_lines
        .iter()
        .position(|line| line["table"] == "users")
        .unwrap();
    for (lines, text) in [
        (
            changed(&good_lines, |lines| {
                lines.pop();
            }),
            "it has no end",
        ),
        (
            changed(&good_lines, |lines| {
                lines.remove(users);
            }),
            "the export is damaged",
        ),
        (
            changed(&good_lines, |lines| {
                lines.remove(0);
            }),
            "it has no head",
        ),
        (
            changed(&good_lines, |lines| lines[0]["migration"] = json!(36)),
            "whose newest migration is 36",
        ),
        (
            changed(&good_lines, |lines| lines[0]["format"] = json!(2)),
            "a form that this version does not know",
        ),
        (
            changed(&good_lines, |lines| {
                lines[users]["table"] = json!("master_keys");
            }),
            "a table that no export has",
        ),
        (
            changed(&good_lines, |lines| lines[users]["columns"][0] = json!("x")),
            "other columns than here",
        ),
        (
            changed(&good_lines, |lines| {
                lines[users]["rows"][0][0] = json!("eu-west-1_Other00001");
            }),
            "a row is of another pool",
        ),
        (
            changed(&good_lines, |lines| lines[users]["rows"][0][0] = json!(7)),
            "another type than its column",
        ),
        (
            changed(&good_lines, |lines| {
                lines.push(json!({ "line": "end", "rows": 0 }));
            }),
            "something behind its end",
        ),
    ] {
        write_lines(&bad, &lines);
        import(&store, &bad, &[]).await.refused(text);
    }
    import(&store, &good, &["--pool", "us-east-1_Nobody123"])
        .await
        .refused("the export has no user pool us-east-1_Nobody123");
    let changes: Vec<String> = store
        .rows()
        .await
        .changes_since(&before)
        .map(str::to_owned)
        .collect();
    assert_eq!(changes, Vec::<String>::new());

    // What is there is not imported over.
    import(&store, &good, &[]).await.well();
    let before = store.rows().await;
    let there = format!("the user pool {} is in this store already", pool.id);
    import(&store, &good, &[]).await.refused(&there);
    let moved = changed(&good_lines, |lines| {
        let id = "us-east-1_Renamed01";
        for line in lines.iter_mut() {
            let text = line.to_string().replace(&pool.id, id);
            *line = serde_json::from_str(&text).unwrap();
        }
    });
    write_lines(&bad, &moved);
    let there = format!("the app client {} is in this store already", app.id);
    import(&store, &bad, &[]).await.refused(&there);
    let changes: Vec<String> = store
        .rows()
        .await
        .changes_since(&before)
        .map(str::to_owned)
        .collect();
    assert_eq!(changes, Vec::<String>::new());
    server.kill();
    source.remove().await;
    store.remove().await;
}

from_both_stores! { an_import_that_is_refused_changes_nothing }
