//! Where what happens in pools is written down.

use super::statement::{execute, fetch_all};
use super::{Conn, Error, Result, Tx};
use crate::domain::log_delivery::{Destination, EventSource, LogDelivery};

#[derive(sqlx::FromRow)]
struct Row {
    event_source: String,
    destination: String,
    arn: String,
}

impl TryFrom<Row> for LogDelivery {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            source: match row.event_source.as_str() {
                "userNotification" => EventSource::UserNotification,
                "userAuthEvents" => EventSource::UserAuthEvents,
                _ => {
                    return Err(Error::UnknownValue {
                        column: "event_source",
                    });
                }
            },
            destination: match row.destination.as_str() {
                "log_group" => Destination::LogGroup(row.arn),
                "bucket" => Destination::Bucket(row.arn),
                "stream" => Destination::Stream(row.arn),
                _ => {
                    return Err(Error::UnknownValue {
                        column: "destination",
                    });
                }
            },
        })
    }
}

/// The pool's configurations, in the order in which they were given.
///
/// # Errors
/// If the database fails.
pub async fn of_pool(conn: &mut Conn, pool_id: &str) -> Result<Vec<LogDelivery>> {
    fetch_all!(
        "db.log_deliveries.of_pool",
        Row,
        conn,
        "SELECT event_source, destination, arn FROM log_deliveries WHERE pool_id = $1 ORDER BY place",
        pool_id,
    )
    .into_iter()
    .map(LogDelivery::try_from)
    .collect()
}

/// Replaces the pool's configurations. The pool must be locked.
///
/// # Errors
/// If the database fails.
pub async fn replace(tx: &mut Tx, pool_id: &str, configurations: &[LogDelivery]) -> Result<()> {
    execute!(
        "db.log_deliveries.clear",
        tx,
        "DELETE FROM log_deliveries WHERE pool_id = $1",
        pool_id,
    );
    for (place, configuration) in (0_i64..).zip(configurations) {
        let source = match configuration.source {
            EventSource::UserNotification => "userNotification",
            EventSource::UserAuthEvents => "userAuthEvents",
        };
        let (destination, arn) = match &configuration.destination {
            Destination::LogGroup(arn) => ("log_group", arn),
            Destination::Bucket(arn) => ("bucket", arn),
            Destination::Stream(arn) => ("stream", arn),
        };
        execute!(
            "db.log_deliveries.insert",
            tx,
            "INSERT INTO log_deliveries (pool_id, event_source, place, destination, arn)
             VALUES ($1, $2, $3, $4, $5)",
            pool_id,
            source,
            place,
            destination,
            arn,
        );
    }
    Ok(())
}
