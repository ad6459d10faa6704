//! The life of keys: what each node knows of them, and sealing anew.

use std::sync::Arc;

use crate::app::App;
use crate::crypto::KeyStanding;
use crate::domain::time::Timestamp;
use crate::flows::keys::inventory::{self, Count, SealedKind};
use crate::flows::keys::rotation::{self, NewPair};
use crate::flows::keys::{reseal, retirement};
use crate::store::signing_keys::PoolKeyAge;
use crate::store::{self, master_keys};

/// Records this node's master keys, and notices keys that it does not have and forms that it is to write.
///
/// # Errors
/// If the store fails.
pub async fn watch(app: Arc<App>) -> anyhow::Result<()> {
    let form = master_keys::SEALED_PASSWORD_HASHES;
    let seals = master_keys::writes_form(&mut app.db.read().await?, form).await?;
    app.caches.keys.set_seals_password_hashes(seals);
    if !app.config.secrets.serve_despite_missing_master_keys {
        look_for_missing_keys(&app).await?;
    }
    retirement::record_use(&app.db, &app.vault, app.clock.now()).await?;
    Ok(())
}

async fn look_for_missing_keys(app: &App) -> anyhow::Result<()> {
    let kinds = SealedKind::is_vital;
    let entries = inventory::read(&app.db, &app.vault, Count::Nothing, kinds).await?;
    let missing = inventory::missing_keys(&app.vault, &entries);
    if app.caches.keys.set_missing(missing.clone()) {
        match missing {
            Some(missing) => tracing::error!(
                missing,
                "not ready: the database has rows that are sealed under a master key which is not \
                 configured"
            ),
            None => tracing::info!("every master key that the database needs is there"),
        }
    }
    Ok(())
}

/// Sets the metrics of what is left to be sealed anew, and of what cannot be opened.
///
/// # Errors
/// If the store fails.
pub async fn count(app: Arc<App>) -> anyhow::Result<()> {
    let count = Count::Outdated {
        unsealed: app.caches.keys.seals_password_hashes(),
    };
    let entries = inventory::read(&app.db, &app.vault, count, |_| true).await?;
    for kind in SealedKind::ALL {
        for (standing, key) in [
            (Some(KeyStanding::Previous), "previous"),
            (Some(KeyStanding::Unknown), "unknown"),
            (None, "none"),
        ] {
            let is_sealing = app.caches.keys.seals_password_hashes();
            if key == "none" && !(kind == SealedKind::PasswordHashes && is_sealing) {
                continue;
            }
            let rows: i64 = entries
                .iter()
                .filter(|entry| entry.kind == kind && entry.standing(&app.vault) == standing)
                .map(|entry| entry.rows)
                .sum();
            #[expect(clippy::cast_precision_loss, reason = "a gauge is a double")]
            metrics::gauge!(
                "cognate_sealed_rows", "table" => kind.table(), "purpose" => kind.purpose(),
                "master_key" => key
            )
            .set(rows as f64);
        }
    }
    Ok(())
}

/// Seals anew what is sealed under a previous master key.
///
/// # Errors
/// If the store fails; what was sealed before stays sealed.
pub async fn reseal(app: Arc<App>) -> anyhow::Result<()> {
    let done = reseal::run(&app).await?;
    if done.rows > 0 {
        tracing::info!(
            rows = done.rows,
            "sealed rows anew under the current master key"
        );
    }
    anyhow::ensure!(
        done.damaged == 0,
        "{} sealed values do not open although their master keys are there",
        done.damaged
    );
    Ok(())
}

/// The most pools whose rotation one run of the job begins: two RSA keys have to be made for each.
const ROTATIONS: usize = 20;
/// Pools of one page.
const POOL_PAGE: i64 = 100;

/// Goes on with the exchange of signing keys, and begins it in pools whose keys are as old as the configuration
/// permits.
///
/// # Errors
/// If cryptography or the store fails; what was done before stays done.
pub async fn rotate(app: Arc<App>) -> anyhow::Result<()> {
    let now = app.clock.now();
    for key in rotation::proceed(&app.db, now).await.map_err(failure)? {
        app.caches.signing_keys.invalidate(&key.pool_id);
        tracing::info!(
            pool_id = key.pool_id,
            kid = key.kid,
            token_use = key.token_use,
            "a signing key signs instead of the former one"
        );
    }
    let lead = i64::from(app.config.tokens.signing_key_lead_minutes) * 60;
    for pool_id in due_for_new_keys(&app, now).await? {
        let pair = NewPair {
            id: app.key_reserve.take().await?,
            access: app.key_reserve.take().await?,
        };
        let signs_from = now.plus_seconds(lead);
        let begun = rotation::begin(&app.db, &app.vault, &pool_id, &pair, signs_from, now);
        if begun.await.map_err(failure)? {
            app.caches.signing_keys.invalidate(&pool_id);
            tracing::info!(pool_id, "new signing keys are published, and will sign");
        }
    }
    Ok(())
}

/// Up to [`ROTATIONS`] pools whose keys are as old as the configuration permits.
async fn due_for_new_keys(app: &App, now: Timestamp) -> store::Result<Vec<String>> {
    let of_pools = app.config.pool_settings.values();
    let least = of_pools
        .filter_map(|pool| pool.tokens.signing_key_rotation_days)
        .chain([app.config.tokens.signing_key_rotation_days])
        .filter(|days| *days > 0)
        .min();
    let Some(least) = least else {
        return Ok(Vec::new());
    };
    let made_until = |days: u32| now.plus_seconds(-i64::from(days) * 86_400);
    let mut due = Vec::new();
    let mut after = String::new();
    while due.len() < ROTATIONS {
        let mut conn = app.db.read().await?;
        let pools = store::signing_keys::list_pools_with_old_keys(
            &mut conn,
            made_until(least),
            &after,
            POOL_PAGE,
        )
        .await?;
        let Some(last) = pools.last() else {
            break;
        };
        after.clone_from(&last.pool_id);
        let is_due = |pool: &PoolKeyAge| {
            let days = app.config.for_pool(&pool.pool_id).signing_key_rotation_days;
            days > 0 && pool.made_at <= made_until(days).millis()
        };
        due.extend(pools.into_iter().filter(is_due).map(|pool| pool.pool_id));
    }
    due.truncate(ROTATIONS);
    Ok(due)
}

/// A flow's error for the log.
fn failure(error: crate::flows::Error) -> anyhow::Error {
    match error {
        crate::flows::Error::Internal(error) => error,
        other @ (crate::flows::Error::Refused(_)
        | crate::flows::Error::Busy
        | crate::flows::Error::Stale) => anyhow::anyhow!("{other:?}"),
    }
}
