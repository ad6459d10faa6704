//! The exchange of the master key.

use std::time::{Duration, Instant};

use anyhow::Context;
use cognate::store::Db;
use cognate::store::sealed_credentials;
use cognate::store::sealed_values::{self, SealedColumn};

use crate::rng::SeededRng;
use crate::system::System;

/// How long the servers may take to seal everything anew: their job begins every ten seconds, and another node
/// takes it over from a dead one after thirty.
const RESEALED: Duration = Duration::from_secs(120);

/// Gives every server a new master key, first to know and then to use, one server after the other; kills one while
/// rows are sealed anew; and waits until all are.
pub async fn exchange(system: &mut System, rng: &mut SeededRng) -> anyhow::Result<()> {
    let new: String = (0..32).map(|_| format!("{:02x}", rng.below(256))).collect();
    for number in 0..system.nodes.len() {
        let node = system.nodes.get_mut(number).context("no server")?;
        node.learn_master_key(&new)?;
        node.kill();
        node.start().await?;
    }
    for number in 0..system.nodes.len() {
        let node = system.nodes.get_mut(number).context("no server")?;
        node.use_master_key(&new)?;
        node.kill();
        node.start().await?;
        tokio::time::sleep(rng.pause(50, 600)).await;
    }
    let db = system.database.open().await?;
    let count = u64::try_from(system.nodes.len())?;
    let chosen = usize::try_from(rng.below(count))?;
    let begun = Instant::now();
    let mut killed = false;
    let done = loop {
        let keys = keys_in_use(&db).await?;
        if keys == 1 {
            break true;
        }
        if begun.elapsed() > RESEALED {
            break false;
        }
        if !killed {
            killed = true;
            let node = system.nodes.get_mut(chosen).context("no server")?;
            node.kill();
            node.start().await?;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    db.close().await;
    system.context.journal.check(
        "everything is sealed anew under the new master key",
        done,
        || format!("not within {} s", RESEALED.as_secs()),
    );
    Ok(())
}

/// How many master keys the users', clients' and signing keys' rows need.
async fn keys_in_use(db: &Db) -> anyhow::Result<usize> {
    let mut conn = db.read().await?;
    let mut keys = std::collections::BTreeSet::new();
    let mut after = None;
    while let Some(form) = sealed_credentials::next_form(&mut conn, after.as_ref()).await? {
        keys.insert(form.verifier_key.clone());
        after = Some(form);
    }
    for column in [SealedColumn::SigningKey, SealedColumn::ClientSecret] {
        let mut after = Vec::new();
        while let Some(key) = sealed_values::next_key(&mut conn, column, &after).await? {
            keys.insert(key.clone());
            after = key;
        }
    }
    Ok(keys.len())
}
