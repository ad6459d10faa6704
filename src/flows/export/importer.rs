//! Reads an export into the store.

use std::collections::HashMap;

use serde_json::Value as Json;

use super::document::{ExportedPool, FORMAT, Head, Line, Rows, from_json};
use super::secrets::RowSecrets;
use super::tables::{ACCESS_KEYS, ExportedTable, POOL_TABLES};
use super::{Error, Result, StoreAccess, migration};
use crate::flows::master_key_check;
use crate::store::table_rows::{self, Value};
use crate::store::{self, Conn, master_keys};

/// What an import comes from.
pub trait ImportInput: Send {
    /// The next line, or `None` at the end.
    ///
    /// # Errors
    /// [`Error::Interrupted`].
    fn line(&mut self) -> impl Future<Output = Result<Option<Vec<u8>>>> + Send;

    /// Reports how many rows of how many are read.
    ///
    /// # Errors
    /// [`Error::Interrupted`].
    fn progress(&mut self, done: u64, total: u64) -> impl Future<Output = Result<()>> + Send;
}

/// What was imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The pools.
    pub pools: Vec<ExportedPool>,
    /// How many rows.
    pub rows: u64,
}

/// Imports the pools of an export, or those of `only` if it names some. Access keys come along with all pools only.
/// It is one transaction: all is there afterwards, or nothing.
///
/// # Errors
/// See [`Error`].
pub async fn import(
    target: StoreAccess<'_>,
    only: &[String],
    input: &mut impl ImportInput,
) -> Result<Imported> {
    let head = match input.line().await? {
        Some(line) => match Line::read(&line)? {
            Line::Head(head) => head,
            Line::Rows(_) | Line::End { .. } => return Err(Error::Damaged("it has no head")),
        },
        None => return Err(Error::Damaged("it is empty")),
    };
    if head.format != FORMAT {
        return Err(Error::Damaged(
            "it has a form that this version does not know",
        ));
    }
    if let Some(missing) = only
        .iter()
        .find(|id| head.pools.iter().all(|pool| pool.id != **id))
    {
        return Err(Error::NotInExport(missing.clone()));
    }
    let mut conn = target.db.read().await?;
    let here = migration(target.db, &mut conn).await?;
    let form = master_keys::SEALED_PASSWORD_HASHES;
    let seals_hashes = master_keys::writes_form(&mut conn, form).await?;
    drop(conn);
    if head.migration != here {
        let exported = head.migration;
        return Err(Error::OtherSchema { exported, here });
    }
    let pools = head.pools.iter().cloned();
    let pools: Vec<ExportedPool> = pools
        .filter(|pool| only.is_empty() || only.contains(&pool.id))
        .collect();
    let mut tx = target.db.begin().await?;
    for pool in &pools {
        let id = &pool.id;
        refuse_if_there(&mut tx, "user_pools", "pool_id", "the user pool", id).await?;
    }
    let mut reader = Reader {
        target,
        with_access_keys: only.is_empty() && head.access_keys,
        pools,
        seals_hashes,
        tables: HashMap::new(),
        imported: 0,
    };
    read_rows(&mut reader, &mut tx, &head, input).await?;
    master_key_check::ensure(&mut tx, target.vault, target.now).await?;
    tx.commit().await?;
    Ok(Imported {
        pools: reader.pools,
        rows: reader.imported,
    })
}

async fn read_rows(
    reader: &mut Reader<'_>,
    conn: &mut Conn,
    head: &Head,
    input: &mut impl ImportInput,
) -> Result<()> {
    let mut seen = 0;
    while let Some(line) = input.line().await? {
        match Line::read(&line)? {
            Line::Head(_) => return Err(Error::Damaged("it has two heads")),
            Line::Rows(rows) => {
                seen += u64::try_from(rows.rows.len()).unwrap_or_default();
                reader.rows(conn, rows).await?;
                input.progress(seen, head.rows).await?;
            }
            Line::End { rows } if rows == seen && rows == head.rows => {
                return match input.line().await? {
                    None => Ok(()),
                    Some(_) => Err(Error::Damaged("there is something behind its end")),
                };
            }
            Line::End { .. } => return Err(Error::Damaged("rows are missing")),
        }
    }
    Err(Error::Damaged("it has no end"))
}

struct Reader<'a> {
    target: StoreAccess<'a>,
    with_access_keys: bool,
    pools: Vec<ExportedPool>,
    seals_hashes: bool,
    /// The tables that have come up.
    tables: HashMap<&'static str, ExportedTable>,
    imported: u64,
}

impl Reader<'_> {
    /// Imports rows, if they are of what is imported.
    async fn rows(&mut self, conn: &mut Conn, rows: Rows) -> Result<()> {
        let name = match &rows.pool {
            Some(pool) if self.pools.iter().any(|known| known.id == *pool) => {
                POOL_TABLES.into_iter().find(|name| *name == rows.table)
            }
            None if self.with_access_keys => (rows.table == ACCESS_KEYS).then_some(ACCESS_KEYS),
            Some(_) | None => return Ok(()),
        };
        let name = name.ok_or(Error::Damaged("it names a table that no export has"))?;
        if !self.tables.contains_key(name) {
            let table = ExportedTable::describe(conn, name).await?;
            self.tables.insert(name, table);
        }
        let of = self
            .tables
            .get(name)
            .ok_or(Error::Damaged("it names a table that no export has"))?;
        let pool_id = rows.pool.unwrap_or_default();
        let secrets = RowSecrets {
            store: self.target,
            pool_id: &pool_id,
            seals_hashes: self.seals_hashes,
        };
        let order = order(of, &rows.columns)?;
        let mut stored = Vec::with_capacity(rows.rows.len());
        for row in rows.rows {
            let mut row = values(of, &order, row)?;
            let is_of_pool = of.pool_id.is_none_or(
                |place| matches!(row.get(place), Some(Value::Text(id)) if *id == pool_id),
            );
            if !is_of_pool {
                return Err(Error::Damaged("a row is of another pool"));
            }
            secrets.seal(of, &mut row)?;
            refuse_taken(conn, of, &row).await?;
            stored.push(row);
        }
        let inserted = table_rows::insert(conn, &of.table, &stored).await;
        inserted.map_err(refusal)?;
        self.imported += u64::try_from(stored.len()).unwrap_or_default();
        Ok(())
    }
}

/// Why rows were not inserted.
fn refusal(error: store::Error) -> Error {
    if error.is_unique_violation() {
        return Error::Taken;
    }
    match error {
        store::Error::Conflict => Error::Damaged(
            "a row refers to one that is missing, unless another transaction came first",
        ),
        other @ (store::Error::Database(_)
        | store::Error::NoFreeConnection
        | store::Error::Document { .. }
        | store::Error::UnknownValue { .. }) => other.into(),
    }
}

/// For each column of the table its place among `columns`, which are the same.
fn order(of: &ExportedTable, columns: &[String]) -> Result<Vec<usize>> {
    let unlike = || Error::Damaged("a table has other columns than here");
    if columns.len() != of.table.columns.len() {
        return Err(unlike());
    }
    let places = of.table.columns.iter().map(|column| {
        let place = columns.iter().position(|name| *name == column.name);
        place.ok_or_else(unlike)
    });
    places.collect()
}

/// The row's values in the order of the table's columns.
fn values(of: &ExportedTable, order: &[usize], mut row: Vec<Json>) -> Result<Vec<Value>> {
    if row.len() != order.len() {
        return Err(Error::Damaged("a row has not a value for each column"));
    }
    let places = order.iter().zip(&of.table.columns);
    let values = places.map(|(place, column)| {
        let value = row.get_mut(*place).map(Json::take).unwrap_or_default();
        from_json(value, column.kind)
    });
    values.collect()
}

/// Refuses a row whose name is unique in the whole store, and taken.
async fn refuse_taken(conn: &mut Conn, of: &ExportedTable, row: &[Value]) -> Result<()> {
    let (table, column, what) = match of.table.name {
        "user_pool_clients" => ("user_pool_clients", "client_id", "the app client"),
        "user_pool_domains" => ("user_pool_domains", "domain", "the domain"),
        ACCESS_KEYS => (ACCESS_KEYS, "key_id", "the access key"),
        _ => return Ok(()),
    };
    let place = of.table.place(column);
    match place.and_then(|place| row.get(place)) {
        Some(Value::Text(id)) => refuse_if_there(conn, table, column, what, id).await,
        _ => Err(Error::Damaged("a row has no id")),
    }
}

async fn refuse_if_there(
    conn: &mut Conn,
    table: &'static str,
    column: &'static str,
    what: &'static str,
    id: &str,
) -> Result<()> {
    if table_rows::exists(conn, table, column, id).await? {
        let id = id.to_owned();
        return Err(Error::Exists { what, id });
    }
    Ok(())
}
