//! The database itself: all records of a user are there, or none.

use std::collections::BTreeMap;

use cognate::store::Db;

use super::rows;
use crate::journal::Journal;
use crate::ledger::User;
use crate::system::PROBE_USER;

/// Each finds rows of which something that was written with them is missing.
const PARTIAL_WRITES: [(&str, &str); 12] = [
    (
        "a user without the message that went with it",
        "SELECT username FROM users u WHERE username <> 'canary'
           AND username NOT LIKE 'factor-%' AND NOT EXISTS
           (SELECT 1 FROM outbox o WHERE o.pool_id = u.pool_id AND o.user_id = u.user_id
            AND o.purpose IN ('sign_up', 'invitation'))",
    ),
    (
        "a user who waits for confirmation and has no code",
        "SELECT username FROM users u WHERE status = 'UNCONFIRMED' AND NOT EXISTS
           (SELECT 1 FROM codes c WHERE c.pool_id = u.pool_id AND c.user_id = u.user_id)",
    ),
    (
        "a code without the message that carries it",
        "SELECT user_id FROM codes c WHERE NOT EXISTS
           (SELECT 1 FROM outbox o WHERE o.pool_id = c.pool_id AND o.user_id = c.user_id
            AND o.destination = c.value AND o.created_at = c.created_at)",
    ),
    (
        "a session without a refresh token",
        "SELECT session_id FROM sessions s WHERE NOT EXISTS
           (SELECT 1 FROM refresh_tokens t WHERE t.pool_id = s.pool_id AND t.user_id = s.user_id
            AND t.session_id = s.session_id)",
    ),
    (
        "a refresh token without a session",
        "SELECT session_id FROM refresh_tokens t WHERE NOT EXISTS
           (SELECT 1 FROM sessions s WHERE t.pool_id = s.pool_id AND t.user_id = s.user_id
            AND t.session_id = s.session_id)",
    ),
    (
        "a code, an alias or a session without a user",
        "SELECT user_id FROM (SELECT pool_id, user_id FROM codes UNION ALL
           SELECT pool_id, user_id FROM aliases UNION ALL SELECT pool_id, user_id FROM sessions) r
         WHERE NOT EXISTS
           (SELECT 1 FROM users u WHERE u.pool_id = r.pool_id AND u.user_id = r.user_id)",
    ),
    (
        "a confirmed user without a password",
        "SELECT username FROM users WHERE status = 'CONFIRMED'
           AND (password_hash IS NULL OR srp_verifier IS NULL)",
    ),
    (
        "a second factor without the app that gives its codes",
        "SELECT username FROM users u WHERE mfa LIKE '%software_token%' AND NOT EXISTS
           (SELECT 1 FROM software_tokens t WHERE t.pool_id = u.pool_id AND t.user_id = u.user_id
            AND t.secret IS NOT NULL)",
    ),
    (
        "an app without the event of its proof",
        "SELECT user_id FROM software_tokens t WHERE secret IS NOT NULL AND NOT EXISTS
           (SELECT 1 FROM auth_events e WHERE e.pool_id = t.pool_id AND e.user_id = t.user_id
            AND e.kind = 'factor_change')",
    ),
    (
        "a device without the event of its confirmation",
        "SELECT device_key FROM devices d WHERE NOT EXISTS
           (SELECT 1 FROM auth_events e WHERE e.pool_id = d.pool_id AND e.user_id = d.user_id
            AND e.kind = 'device_change')",
    ),
    (
        "an app, a device or a tracked session without a user",
        "SELECT user_id FROM (SELECT pool_id, user_id FROM software_tokens UNION ALL
           SELECT pool_id, user_id FROM devices UNION ALL
           SELECT pool_id, user_id FROM tracked_sessions) r
         WHERE NOT EXISTS
           (SELECT 1 FROM users u WHERE u.pool_id = r.pool_id AND u.user_id = r.user_id)",
    ),
    (
        "a live session that is not tracked, in a pool that tracks them",
        "SELECT session_id FROM sessions s WHERE revoked_at IS NULL
           AND pool_id IN (SELECT pool_id FROM tracked_sessions) AND NOT EXISTS
           (SELECT 1 FROM tracked_sessions t WHERE t.pool_id = s.pool_id AND t.user_id = s.user_id
            AND t.session_id = s.session_id)",
    ),
];

/// Searches for halves, and compares the users with the ledger.
pub async fn verify(journal: &Journal, db: &Db, users: &[User]) -> anyhow::Result<()> {
    for (what, query) in PARTIAL_WRITES {
        let found: Vec<(String,)> = rows!((String,), db, query)?;
        journal.check(
            "all records of a user are there, or none",
            found.is_empty(),
            || {
                let some: Vec<&str> = found.iter().take(5).map(|(id,)| id.as_str()).collect();
                format!("{what}: {} of them, as {some:?}", found.len())
            },
        );
    }
    if let Db::Sqlite { readers, .. } = db {
        let answers: Vec<(String,)> = sqlx::query_as("PRAGMA integrity_check")
            .fetch_all(&mut *readers.get().await?)
            .await?;
        let sound = matches!(answers.as_slice(), [(answer,)] if answer == "ok");
        journal.check("SQLite's own check finds nothing", sound, || {
            format!("{answers:?}")
        });
    }
    let stored = rows!(
        (String, String),
        db,
        "SELECT username, user_id FROM users WHERE username NOT LIKE 'factor-%'"
    )?;
    let mut stored: BTreeMap<String, String> = stored.into_iter().collect();
    stored.remove(PROBE_USER);
    let outbox = rows!((String, String), db, "SELECT username, user_id FROM outbox")?;
    compare(journal, users, stored, &outbox);
    Ok(())
}

/// Users by name with their id, and the messages by name and id of the user.
fn compare(
    journal: &Journal,
    users: &[User],
    mut stored: BTreeMap<String, String>,
    outbox: &[(String, String)],
) {
    let mut of_nobody = BTreeMap::new();
    for user in users {
        let there = stored.remove(&user.name);
        let fits = user
            .profile
            .may(|profile| profile.is_some() == there.is_some());
        journal.check("the database has the users of the ledger", fits, || {
            format!("{} is there: {}", user.name, there.is_some())
        });
        if user.promised.is_empty() && there.is_none() {
            of_nobody.insert(user.name.as_str(), ());
        }
    }
    journal.check(
        "the database has the users of the ledger",
        stored.is_empty(),
        || format!("unknown: {:?}", stored.keys().take(5).collect::<Vec<_>>()),
    );
    for (username, _) in outbox {
        let half = of_nobody.contains_key(username.as_str());
        journal.check("all records of a user are there, or none", !half, || {
            format!("a message to {username}, whose sign-up did not happen")
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str =
        "INSERT INTO users (pool_id, user_id, username, username_key, status, enabled,
        attributes, password_hash, srp_verifier, former_passwords, created_at, modified_at, version)
        VALUES ('p', '1', 'ada', 'ada', 'CONFIRMED', TRUE, '{}', 'hash', x'00', '[]', 0, 0, 0)";
    const MESSAGE: &str = "INSERT INTO outbox (pool_id, message_id, user_id, username, medium,
        destination, purpose, payload, status, attempts, next_attempt_at, created_at)
        VALUES ('p', 'm', '1', 'ada', 'EMAIL', 'ada@example.com', 'sign_up', x'', 'delivered', 1, 0, 0)";
    const CODE: &str = "INSERT INTO codes (pool_id, user_id, purpose, code_hash, attribute, value,
        created_at, expires_at, failures)
        VALUES ('p', '1', 'sign_up', x'', 'email', 'ada@example.com', 0, 0, 0)";
    const SESSION: &str =
        "INSERT INTO sessions (pool_id, user_id, session_id, origin_jti, client_id,
        auth_time, expires_at) VALUES ('p', '1', 's', 'o', 'c', 0, 0)";
    const TOKEN: &str =
        "INSERT INTO refresh_tokens (pool_id, user_id, token_hash, session_id, created_at)
        VALUES ('p', '1', x'00', 's', 0)";

    /// How many halves there are in a store with these rows, if the ledger knows `ada`.
    async fn halves(name: &str, rows: &[&'static str]) -> u64 {
        let file = std::env::temp_dir().join(format!("faults-{name}-{}.db", std::process::id()));
        let url = format!("sqlite://{}", file.display());
        let db = cognate_bench::open_store(&url).await.unwrap();
        db.migrate().await.unwrap();
        let Db::Sqlite { writer, .. } = &db else {
            panic!("not SQLite");
        };
        let mut writer = writer.get().await.unwrap();
        sqlx::query("PRAGMA foreign_keys = off")
            .execute(&mut *writer)
            .await
            .unwrap();
        for row in rows {
            sqlx::query(*row).execute(&mut *writer).await.unwrap();
        }
        let journal = Journal::default();
        let mut user = User::new("ada".to_owned());
        user.profile.acknowledged(|_| None);
        if rows.contains(&USER) {
            user.promise("ada@example.com");
            user.profile.acknowledged(|_| {
                Some(crate::ledger::Profile {
                    status: "CONFIRMED".to_owned(),
                    email: "ada@example.com".to_owned(),
                    verified: true,
                    numbers: (None, None),
                })
            });
        }
        verify(&journal, &db, &[user]).await.unwrap();
        for suffix in ["", "-wal", "-shm", "-lock"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
        }
        let _ = std::fs::remove_file(file.with_extension("migration-lock"));
        journal.entries().violation_count()
    }

    #[tokio::test]
    async fn every_half_is_found() {
        assert_eq!(
            halves("whole", &[USER, MESSAGE, CODE, SESSION, TOKEN]).await,
            0
        );
        assert_eq!(halves("message", &[USER, SESSION, TOKEN]).await, 1);
        assert_eq!(
            halves(
                "code",
                &[USER, MESSAGE.replace("0, 0)", "0, 9)").leak(), CODE]
            )
            .await,
            1
        );
        assert_eq!(halves("token", &[USER, MESSAGE, SESSION]).await, 1);
        assert_eq!(halves("session", &[USER, MESSAGE, TOKEN]).await, 1);
        // A code and a session without a user, and the message of a sign-up that did not happen.
        assert_eq!(halves("user", &[MESSAGE, CODE]).await, 2);
        let waits = USER.replace("CONFIRMED", "UNCONFIRMED").leak();
        assert!(halves("waits", &[waits, MESSAGE]).await >= 1);
        let bare = USER.replace("'hash'", "NULL").leak();
        assert!(halves("bare", &[bare, MESSAGE]).await >= 1);
    }

    #[test]
    fn users_too_many_and_too_few_are_found() {
        let journal = Journal::default();
        let user = User::new("ada".to_owned());
        let stored = |name: &str| BTreeMap::from([(name.to_owned(), "1".to_owned())]);
        compare(&journal, std::slice::from_ref(&user), BTreeMap::new(), &[]);
        assert_eq!(journal.entries().violation_count(), 0);
        compare(&journal, std::slice::from_ref(&user), stored("ada"), &[]);
        assert_eq!(journal.entries().violation_count(), 1);
        compare(&journal, &[user], stored("eve"), &[]);
        assert_eq!(journal.entries().violation_count(), 2);
    }
}
