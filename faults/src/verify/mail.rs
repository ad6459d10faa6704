//! Every message was sent at least once, and is marked as what became of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use cognate::store::Db;

use super::rows;
use crate::journal::Journal;
use crate::ledger::User;
use crate::mail_sink::MailSink;
use crate::workers::TestContext;

/// Until nothing waits any more.
const DRAINED: Duration = Duration::from_secs(60);

/// A message in the outbox: its id, where it goes, and how far it has come.
type Row = (String, String, String);

/// Notes how many messages wait for a time that only a clock that ran ahead has seen.
pub async fn note_late(journal: &Journal, db: &Db) -> anyhow::Result<()> {
    // A message that is tried again waits for seconds, and a claim holds for a quarter of a minute.
    let late = rows!(
        (String,),
        db,
        "SELECT message_id FROM outbox WHERE status = 'pending'
           AND next_attempt_at > (SELECT modified_at FROM users WHERE username = 'canary') + 60000"
    )?;
    for _ in late {
        journal.note("a message waits for the time that a clock had that was ahead");
    }
    Ok(())
}

/// Waits until the outbox is empty, and compares it with the ledger and with what has arrived.
pub async fn verify(context: &TestContext, db: &Db, users: &[User]) -> anyhow::Result<()> {
    let begun = Instant::now();
    let outbox = loop {
        let outbox = rows!(
            Row,
            db,
            "SELECT message_id, destination, status FROM outbox"
        )?;
        let waiting = outbox.iter().any(|(_, _, status)| status == "pending");
        if !waiting || begun.elapsed() > DRAINED {
            break outbox;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    judge(&context.journal, &context.sink, &outbox, users);
    Ok(())
}

fn judge(journal: &Journal, sink: &MailSink, outbox: &[Row], users: &[User]) {
    let (taken, count) = sink.accepted();
    for _ in taken.len()..count {
        journal.note("a message arrived once more");
    }
    let mut to: BTreeMap<&str, usize> = BTreeMap::new();
    for (id, destination, status) in outbox {
        *to.entry(destination).or_default() += 1;
        let arrived = taken.contains(id);
        let refused = sink.has_refused(destination);
        let (check, holds) = match status.as_str() {
            "delivered" => ("a message that is marked as delivered has arrived", arrived),
            "failed" => (
                "a message that is marked as failed was refused for ever",
                refused,
            ),
            _ => ("no message waits for ever", false),
        };
        journal.check(check, holds, || format!("{id} to {destination}: {status}"));
    }
    for user in users {
        for (address, promised) in &user.promised {
            let count = to.get(address.as_str()).copied().unwrap_or(0);
            journal.check(
                "every message that was promised was written",
                count >= *promised,
                || format!("{address}: {count} of {promised}"),
            );
        }
    }
    let known: BTreeSet<&str> = outbox.iter().map(|(id, _, _)| id.as_str()).collect();
    for id in &taken {
        let known = known.contains(id.as_str());
        journal.check("nothing was sent that was not committed", known, || {
            id.clone()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, to: &str, status: &str) -> Row {
        (id.to_owned(), to.to_owned(), status.to_owned())
    }

    /// Each check with a sink that has got mail 1 and refused `bad`.
    async fn violated(outbox: &[Row], promised: &[&str]) -> Vec<String> {
        let sink = MailSink::start().await.unwrap();
        sink.accept("ada", "Message-ID: <1@test>\n\nYour code is 123456. ");
        sink.record_refusal("bad");
        let mut user = User::new("ada".to_owned());
        for address in promised {
            user.promise(address);
        }
        let journal = Journal::default();
        judge(&journal, &sink, outbox, &[user]);
        journal.entries().violated.into_keys().collect()
    }

    #[tokio::test]
    async fn every_message_that_is_missing_or_wrongly_marked_is_found() {
        let sent = row("1", "ada", "delivered");
        let one = std::slice::from_ref(&sent);
        assert!(violated(one, &["ada"]).await.is_empty());
        let found = violated(one, &["ada", "ada"]).await;
        assert_eq!(found, ["every message that was promised was written"]);
        let found = violated(&[], &[]).await;
        assert_eq!(found, ["nothing was sent that was not committed"]);
        for (other, finding) in [
            (
                row("2", "ada", "delivered"),
                "a message that is marked as delivered has arrived",
            ),
            (
                row("2", "ada", "failed"),
                "a message that is marked as failed was refused for ever",
            ),
            (row("2", "bad", "pending"), "no message waits for ever"),
        ] {
            assert_eq!(violated(&[sent.clone(), other], &[]).await, [finding]);
        }
        let refused = row("2", "bad", "failed");
        assert!(violated(&[sent, refused], &["bad"]).await.is_empty());
    }
}
