//! Gives the pages of a SQLite file that hold nothing any more back to the file system. PostgreSQL's autovacuum
//! makes its own free for reuse.

use super::statement::{execute, fetch_optional};
use super::{Db, Result};

/// How many pages of a SQLite file are free; 0 on PostgreSQL, and in a file from before version 0.1.0, which cannot
/// give pages back.
///
/// # Errors
/// If the database fails.
pub async fn free_pages(db: &Db) -> Result<i64> {
    if matches!(db, Db::Postgres(_)) {
        return Ok(0);
    }
    let mut conn = db.read().await?;
    let conn = &mut conn;
    // 2 is incremental.
    let row = fetch_optional!(
        "db.free_space.count",
        (i64,),
        conn,
        "SELECT f.freelist_count FROM pragma_freelist_count f, pragma_auto_vacuum a
         WHERE a.auto_vacuum = 2",
    );
    Ok(row.map_or(0, |(pages,)| pages))
}

/// Takes up to 256 free pages (1 MiB) off the end of a SQLite file.
///
/// # Errors
/// If the database fails.
pub async fn give_back(db: &Db) -> Result<()> {
    if matches!(db, Db::Sqlite { .. }) {
        let mut conn = db.write().await?;
        let conn = &mut conn;
        execute!(
            "db.free_space.give_back",
            conn,
            "PRAGMA incremental_vacuum(256)"
        );
    }
    Ok(())
}
