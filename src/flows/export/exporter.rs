//! Writes an export.

use super::document::{ExportedPool, FORMAT, Head, Line, Rows, to_json};
use super::secrets::RowSecrets;
use super::tables::{ACCESS_KEYS, ExportedTable, POOL_TABLES, rows_at_once};
use super::{Error, Result, StoreAccess, migration};
use crate::store::table_rows::{self, Scope, Value};
use crate::store::{Conn, imported_token_keys, user_pools};

/// What is to be exported.
#[derive(Clone, Debug)]
pub enum Selection {
    /// These pools.
    Pools(Vec<String>),
    /// All pools, and the access keys of administrators.
    Everything,
}

/// What an export goes to.
pub trait ExportOutput: Send {
    /// Takes a line, which is secret.
    ///
    /// # Errors
    /// [`Error::Interrupted`].
    fn line(&mut self, line: Vec<u8>) -> impl Future<Output = Result<()>> + Send;

    /// Reports how many rows of how many are written.
    ///
    /// # Errors
    /// [`Error::Interrupted`].
    fn progress(&mut self, done: u64, total: u64) -> impl Future<Output = Result<()>> + Send;
}

/// What an export has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// How many pools.
    pub pools: u64,
    /// How many rows.
    pub rows: u64,
}

/// Exports what is selected, as it is at one moment. `version` is that of the program.
///
/// # Errors
/// See [`Error`]; what was written until then is of no use.
pub async fn export(
    source: StoreAccess<'_>,
    selection: &Selection,
    version: &str,
    output: &mut impl ExportOutput,
) -> Result<Exported> {
    let mut snapshot = source.db.snapshot().await?;
    let conn = &mut snapshot;
    let migration = migration(source.db, conn).await?;
    let pools = selected(conn, selection).await?;
    let tables = tables(conn).await?;
    let access_keys = match selection {
        Selection::Everything => Some(ExportedTable::describe(conn, ACCESS_KEYS).await?),
        Selection::Pools(_) => None,
    };
    let mut total = 0;
    let mut token_keys = Vec::with_capacity(pools.len());
    for pool in &pools {
        for of in tables.iter().filter(|of| of.table.name != TOKEN_KEYS) {
            total += table_rows::count(conn, &of.table, Scope::Pool(&pool.id)).await?;
        }
        let rows = token_key_rows(source, conn, &tables, &pool.id).await?;
        total += u64::try_from(rows.len()).unwrap_or_default();
        token_keys.push(rows);
    }
    if let Some(of) = &access_keys {
        total += table_rows::count(conn, &of.table, Scope::All).await?;
    }
    let head = Head {
        format: FORMAT,
        version: version.to_owned(),
        migration,
        exported_at: source.now.millis(),
        pools: pools.clone(),
        access_keys: access_keys.is_some(),
        rows: total,
    };
    output.line(Line::Head(head).write()?).await?;
    let mut writer = Writer {
        source,
        output,
        total,
        done: 0,
    };
    for (pool, mut token_keys) in pools.iter().zip(token_keys) {
        for of in &tables {
            if of.table.name == TOKEN_KEYS {
                let rows = std::mem::take(&mut token_keys);
                writer.write(of, Some(&pool.id), rows).await?;
            } else {
                writer.table(conn, of, Some(&pool.id)).await?;
            }
        }
    }
    if let Some(of) = &access_keys {
        writer.table(conn, of, None).await?;
    }
    let rows = writer.done;
    if rows != total {
        return Err(Error::RowsMissing);
    }
    output.line(Line::End { rows }.write()?).await?;
    Ok(Exported {
        pools: u64::try_from(pools.len()).unwrap_or_default(),
        rows,
    })
}

/// The table of the keys that know refresh tokens of other servers.
const TOKEN_KEYS: &str = "imported_token_keys";
/// The most bytes of values in a line, unless one row has more. In JSON they are up to seven times as many.
const LINE_BYTES: usize = 1024 * 1024;
/// More than a pool has of them.
const MOST_TOKEN_KEYS: i64 = 1_000;

async fn selected(conn: &mut Conn, selection: &Selection) -> Result<Vec<ExportedPool>> {
    match selection {
        Selection::Everything => {
            let of = ExportedTable::describe(conn, "user_pools").await?;
            let places = (of.table.place("pool_id"), of.table.place("name"));
            let (Some(id), Some(name)) = places else {
                return Err(Error::Damaged("user pools have no id"));
            };
            let mut pools = Vec::new();
            let mut after: Option<Vec<Value>> = None;
            loop {
                let page =
                    table_rows::page(conn, &of.table, Scope::All, after.as_deref(), 100).await?;
                for row in &page {
                    if let (Some(Value::Text(id)), Some(Value::Text(name))) =
                        (row.get(id), row.get(name))
                    {
                        let (id, name) = (id.clone(), name.clone());
                        pools.push(ExportedPool { id, name });
                    }
                }
                match page.into_iter().next_back() {
                    Some(last) => after = Some(last),
                    None => return Ok(pools),
                }
            }
        }
        Selection::Pools(ids) => {
            let mut pools: Vec<ExportedPool> = Vec::with_capacity(ids.len());
            for id in ids {
                let pool = user_pools::find(conn, id).await?;
                let pool = pool.ok_or_else(|| Error::NoSuchPool(id.clone()))?;
                if pools.iter().all(|known| known.id != pool.id) {
                    let (id, name) = (pool.id.clone(), pool.name.clone());
                    pools.push(ExportedPool { id, name });
                }
            }
            Ok(pools)
        }
    }
}

async fn tables(conn: &mut Conn) -> Result<Vec<ExportedTable>> {
    let mut tables = Vec::with_capacity(POOL_TABLES.len());
    for name in POOL_TABLES {
        tables.push(ExportedTable::describe(conn, name).await?);
    }
    Ok(tables)
}

/// Rows by which the target knows refresh tokens of the pool, readable as all that is exported: the keys of this server,
/// and those of servers that the pool was on before; none if no session of the pool lives.
async fn token_key_rows(
    source: StoreAccess<'_>,
    conn: &mut Conn,
    tables: &[ExportedTable],
    pool_id: &str,
) -> Result<Vec<Vec<Value>>> {
    let end = imported_token_keys::last_session_end(conn, pool_id, source.now).await?;
    let of = tables.iter().find(|of| of.table.name == TOKEN_KEYS);
    let (Some(end), Some(of)) = (end, of) else {
        return Ok(Vec::new());
    };
    let own = source.vault.token_keys().map(|keys| {
        let columns = of.table.columns.iter();
        let values = columns.map(|column| match column.name.as_str() {
            "pool_id" => Value::Text(pool_id.to_owned()),
            "key_id" => Value::Text(keys.id().to_string()),
            "keys" => Value::Bytes(keys.bytes().to_vec()),
            "ends_at" => Value::Integer(end.millis()),
            _ => Value::Null,
        });
        values.collect()
    });
    let mut rows: Vec<Vec<Value>> = own.collect();
    let secrets = RowSecrets {
        store: source,
        pool_id,
        seals_hashes: false,
    };
    let id = of.table.place("key_id").unwrap_or_default();
    // They are as few as the servers that the pool was on.
    let scope = Scope::Pool(pool_id);
    for mut row in table_rows::page(conn, &of.table, scope, None, MOST_TOKEN_KEYS).await? {
        // A pool may have come back to where it was.
        if rows.iter().all(|known| known.get(id) != row.get(id)) {
            secrets.open(of, &mut row)?;
            rows.push(row);
        }
    }
    Ok(rows)
}

struct Writer<'a, O> {
    source: StoreAccess<'a>,
    output: &'a mut O,
    total: u64,
    done: u64,
}

impl<O: ExportOutput> Writer<'_, O> {
    /// Writes the rows of a table that belong to the pool, or all of them.
    async fn table(
        &mut self,
        conn: &mut Conn,
        of: &ExportedTable,
        pool_id: Option<&str>,
    ) -> Result<()> {
        let scope = pool_id.map_or(Scope::All, Scope::Pool);
        let secrets = RowSecrets {
            store: self.source,
            pool_id: pool_id.unwrap_or_default(),
            seals_hashes: false,
        };
        let limit = rows_at_once(of.table.name);
        let mut after: Option<Vec<Value>> = None;
        loop {
            let mut page =
                table_rows::page(conn, &of.table, scope, after.as_deref(), limit).await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = Some(last.clone());
            for row in &mut page {
                secrets.open(of, row)?;
            }
            self.write(of, pool_id, page).await?;
        }
    }

    /// Writes rows in which nothing is sealed, in lines that are not too long.
    async fn write(
        &mut self,
        of: &ExportedTable,
        pool_id: Option<&str>,
        rows: Vec<Vec<Value>>,
    ) -> Result<()> {
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let (mut part, mut bytes) = (Vec::new(), 0);
            while let Some(row) =
                rows.next_if(|row| part.is_empty() || bytes + size(row) <= LINE_BYTES)
            {
                bytes += size(&row);
                part.push(row.into_iter().map(to_json).collect());
            }
            self.done += u64::try_from(part.len()).unwrap_or_default();
            let columns = of.table.columns.iter();
            let line = Line::Rows(Rows {
                table: of.table.name.to_owned(),
                pool: pool_id.map(str::to_owned),
                columns: columns.map(|column| column.name.clone()).collect(),
                rows: part,
            });
            self.output.line(line.write()?).await?;
            self.output.progress(self.done, self.total).await?;
        }
        Ok(())
    }
}

/// The bytes of a row's texts and other long values.
fn size(row: &[Value]) -> usize {
    let sizes = row.iter().map(|value| match value {
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Null | Value::Integer(_) | Value::Boolean(_) => 0,
    });
    sizes.sum()
}
