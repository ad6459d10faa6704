//! Limits of sources, app clients and pools. Each node counts by itself and learns of the others every second
//! (`jobs/usage.rs`), so they hold with the error that [`crate::cache::UsageMeter`] states.

use super::refusals::{self, Dimension};
use super::requester::Requester;
use crate::app::App;
use crate::cache::{UsageKey, UsageLimit};
use crate::config::UsageLimits;
use crate::context::RequestContext;
use crate::crypto::KeyPurpose;
use crate::domain::failure::Failure;
use crate::domain::origin::Origin;
use crate::flows::Result;
use crate::store;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// What is limited by source, app client and pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// Codes that are sent.
    Messages,
    /// Wrong passwords and codes.
    WrongGuesses,
    /// Passwords that are hashed, and SRP exchanges.
    Hashes,
    /// Answers that tell whether a name or an address is taken.
    NameChecks,
}

impl Usage {
    const fn kind(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::WrongGuesses => "wrong_guesses",
            Self::Hashes => "hashes",
            Self::NameChecks => "name_checks",
        }
    }

    const fn period_ms(self) -> i64 {
        match self {
            Self::Hashes => MINUTE_MS,
            Self::Messages | Self::WrongGuesses | Self::NameChecks => HOUR_MS,
        }
    }

    const fn of(self, limits: &UsageLimits) -> u32 {
        match self {
            Self::Messages => limits.messages_per_hour,
            Self::WrongGuesses => limits.wrong_guesses_per_hour,
            Self::Hashes => limits.hashes_per_minute,
            Self::NameChecks => limits.name_checks_per_hour,
        }
    }

    /// What is counted, and how much is allowed: by source, app client and pool, or by the access key alone.
    fn keys(self, app: &App, requester: &Requester<'_>) -> Keys {
        let limits = &app.config.limits;
        let multiplier = limits.effective_multiplier(app.config.is_development());
        let mut keys = Keys::default();
        let mut add = |dimension: Dimension, subject: String, allowed: u32| {
            if allowed > 0 {
                let key = UsageKey {
                    pool_id: requester.pool_id.to_owned(),
                    kind: self.kind(),
                    subject,
                };
                let limit = UsageLimit {
                    allowed: allowed.saturating_mul(multiplier),
                    period_ms: self.period_ms(),
                };
                keys.dimensions.push(dimension);
                keys.counted.push((key, limit));
            }
        };
        let origin = requester.origin.key();
        match requester.origin {
            Origin::Server => return keys,
            Origin::Administrator(_) => {
                add(Dimension::Administrator, origin, self.of(&limits.client));
                return keys;
            }
            Origin::Network(_) => add(Dimension::Source, origin, self.of(&limits.source)),
            Origin::Client(_) => {}
        }
        if let Some(client) = requester.client {
            let subject = format!("client {}", client.id);
            add(Dimension::Client, subject, self.of(&limits.client));
        }
        add(Dimension::Pool, "pool".to_owned(), self.of(&limits.pool));
        keys
    }
}

/// What is counted, with the dimension of each.
#[derive(Default)]
struct Keys {
    dimensions: Vec<Dimension>,
    counted: Vec<(UsageKey, UsageLimit)>,
}

/// Counts `amount` for the requester's source, app client and pool.
///
/// # Errors
/// [`Failure::TooManyRequests`] if one of them has no more left; then nothing is counted.
pub fn spend(
    app: &App,
    context: &RequestContext,
    requester: &Requester<'_>,
    usage: Usage,
    amount: u32,
) -> Result<()> {
    let keys = usage.keys(app, requester);
    let spent = app.caches.usage.spend(&keys.counted, amount, context.now);
    spent.or_else(|at| refuse_at(context, requester, usage, &keys, at))
}

/// Refuses if the requester's source, app client or pool has nothing left, and counts nothing.
///
/// # Errors
/// [`Failure::TooManyRequests`].
pub fn check_left(
    app: &App,
    context: &RequestContext,
    requester: &Requester<'_>,
    usage: Usage,
) -> Result<()> {
    let keys = usage.keys(app, requester);
    match app.caches.usage.exceeded(&keys.counted, context.now) {
        None => Ok(()),
        Some(at) => refuse_at(context, requester, usage, &keys, at),
    }
}

fn refuse_at(
    context: &RequestContext,
    requester: &Requester<'_>,
    usage: Usage,
    keys: &Keys,
    at: usize,
) -> Result<()> {
    let dimension = keys.dimensions.get(at).copied();
    let dimension = dimension.unwrap_or(Dimension::Pool);
    let what = (dimension, usage.kind(), requester.pool_id);
    refusals::refuse(context, what, Failure::TooManyRequests)
}

/// Counts one for the requester's source, app client and pool, whatever they have left.
pub fn count(app: &App, context: &RequestContext, requester: &Requester<'_>, usage: Usage) {
    let keys = usage.keys(app, requester);
    app.caches.usage.count(&keys.counted, context.now);
}

/// Tells the store what this node has counted, and learns what others have.
///
/// # Errors
/// If the store fails; what was not written is told again the next time.
pub async fn exchange(app: &App) -> Result<()> {
    let now = app.clock.now();
    let mut reports = app.caches.usage.unreported(now).into_iter();
    while let Some(report) = reports.next() {
        let key = &report.key;
        let parts: [&[u8]; 3] = [b"usage", key.pool_id.as_bytes(), key.subject.as_bytes()];
        let subject = hex::encode(app.vault.keyed_hash(KeyPurpose::Limit, &parts));
        let exchanged = async {
            let place = (key.kind, subject.as_str());
            let mut tx = app.db.begin().await?;
            for (part, count) in &report.counted {
                let count = i64::from(*count);
                let end = report.expires_at;
                store::usage_counts::add(&mut tx, &key.pool_id, place, *part, count, end).await?;
            }
            let first = report.first_part;
            let totals = store::usage_counts::since(&mut tx, &key.pool_id, place, first).await?;
            tx.commit().await?;
            Result::Ok(totals)
        };
        match exchanged.await {
            Ok(totals) => app.caches.usage.learn(key, &totals),
            Err(error) => {
                app.caches.usage.take_back(&report);
                for rest in reports {
                    app.caches.usage.take_back(&rest);
                }
                return Err(error);
            }
        }
    }
    Ok(())
}
