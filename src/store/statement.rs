//! Macros that run one SQL text on either database.

/// Runs one body on whichever database `conn: &mut Conn` belongs to: the same SQL text, the same
/// binds, compiled once for each driver.
///
/// ```ignore
/// on!(conn, db => sqlx::query("DELETE FROM users WHERE pool_id = $1").bind(pool).execute(db).await?)
/// ```
macro_rules! on {
    ($conn:ident, $db:ident => $body:expr) => {{
        let result: std::result::Result<_, sqlx::Error> = match $conn.driver_connection().await? {
            $crate::store::conn::DriverConnection::Postgres($db) => async { Ok($body) }.await,
            $crate::store::conn::DriverConnection::Sqlite($db) => async { Ok($body) }.await,
        };
        $conn.finish_statement(result).await?
    }};
}
/// The number of rows that a statement with these binds changed.
macro_rules! execute {
    ($conn:ident, $sql:expr $(, $bind:expr)* $(,)?) => {{
        let persistent = $conn.caches_statements();
        $crate::store::statement::on!($conn, db => {
            sqlx::query($sql)
                $(.bind($bind))*
                .persistent(persistent)
                .execute(&mut *db)
                .await?
                .rows_affected()
        })
    }};
}
/// At most one row, as `$row`.
macro_rules! fetch_optional {
    ($row:ty, $conn:ident, $sql:expr $(, $bind:expr)* $(,)?) => {{
        let persistent = $conn.caches_statements();
        $crate::store::statement::on!($conn, db => {
            sqlx::query_as::<_, $row>($sql)
                $(.bind($bind))*
                .persistent(persistent)
                .fetch_optional(&mut *db)
                .await?
        })
    }};
}
/// All rows, as `Vec<$row>`.
macro_rules! fetch_all {
    ($row:ty, $conn:ident, $sql:expr $(, $bind:expr)* $(,)?) => {{
        let persistent = $conn.caches_statements();
        $crate::store::statement::on!($conn, db => {
            sqlx::query_as::<_, $row>($sql)
                $(.bind($bind))*
                .persistent(persistent)
                .fetch_all(&mut *db)
                .await?
        })
    }};
}

pub(super) use {execute, fetch_all, fetch_optional, on};
