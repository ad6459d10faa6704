//! The database itself: all records of a user are there, or none.

use std::collections::BTreeMap;

use cognate::store::Db;

use super::rows;
use crate::journal::Journal;
use crate::ledger::User;
use crate::system::CANARY;

/// Each finds rows of which something that was written with them is missing.
const HALVES: [(&str, &str); 7] = [
    (
        "a user without the message that went with it",
        "SELECT username FROM users u WHERE username <> 'canary' AND NOT EXISTS
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
];

/// Searches for halves, and compares the users with the ledger.
pub async fn verify(journal: &Journal, db: &Db, users: &[User]) -> anyhow::Result<()> {
    for (what, query) in HALVES {
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
            .fetch_all(readers)
            .await?;
        let sound = matches!(answers.as_slice(), [(answer,)] if answer == "ok");
        journal.check("SQLite's own check finds nothing", sound, || {
            format!("{answers:?}")
        });
    }
    let stored = rows!((String, String), db, "SELECT username, user_id FROM users")?;
    let mut stored: BTreeMap<String, String> = stored.into_iter().collect();
    stored.remove(CANARY);
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
