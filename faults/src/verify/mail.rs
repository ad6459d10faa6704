//! Every message was sent at least once, and is marked as what became of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use cognate::store::Db;

use super::rows;
use crate::journal::Journal;
use crate::ledger::User;
use crate::sink::Sink;
use crate::workers::Stage;

/// Until nothing waits any more.
const DRAINED: Duration = Duration::from_secs(60);

/// A message in the outbox: its id, where it goes, and how far it has come.
type Row = (String, String, String);

/// Waits until the outbox is empty, and compares it with the ledger and with what has arrived.
pub async fn verify(stage: &Stage, db: &Db, users: &[User]) -> anyhow::Result<()> {
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
    judge(&stage.journal, &stage.sink, &outbox, users);
    Ok(())
}

fn judge(journal: &Journal, sink: &Sink, outbox: &[Row], users: &[User]) {
    let (taken, count) = sink.taken();
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
