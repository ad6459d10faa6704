//! Rows of any table, as they are, for exports of user pools. What a table is made of is read from the database, so that
//! a migration that adds a column need not be told to them.

use std::fmt;

use sqlx::{AssertSqlSafe, Row};

use super::statement::{fetch_all, fetch_optional, on};
use super::{Conn, Result};

/// The most values that one statement binds; SQLite takes 32,766.
const MAX_BINDS: usize = 30_000;

/// The type of a column. Migrations use no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// TEXT.
    Text,
    /// BIGINT.
    Integer,
    /// BOOLEAN.
    Boolean,
    /// BYTEA.
    Bytes,
}

/// What a row has in a column.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A text.
    Text(String),
    /// A number.
    Integer(i64),
    /// A truth.
    Boolean(bool),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl fmt::Debug for Value {
    /// Shows what kind of value it is, and never the value, which may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "Null",
            Self::Text(_) => "Text(..)",
            Self::Integer(_) => "Integer(..)",
            Self::Boolean(_) => "Boolean(..)",
            Self::Bytes(_) => "Bytes(..)",
        })
    }
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: ColumnType,
}

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns.
    pub columns: Vec<Column>,
    /// The places of the columns of its primary key, in the key's order.
    pub key: Vec<usize>,
}

impl Table {
    /// The place of the column, if there is one of this name.
    #[must_use]
    pub fn place(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|known| known.name == column)
    }

    /// Reads from the database what the table is made of.
    ///
    /// # Errors
    /// [`super::Error::UnknownValue`] if a column has another type, or if the database fails.
    pub async fn describe(conn: &mut Conn, name: &'static str) -> Result<Self> {
        let rows = columns_of(conn, name).await?;
        let mut columns = Vec::with_capacity(rows.len());
        let mut key = Vec::new();
        for (place, (name, kind, key_place)) in rows.into_iter().enumerate() {
            let kind = match kind.to_ascii_lowercase().as_str() {
                "text" => ColumnType::Text,
                "bigint" => ColumnType::Integer,
                "boolean" => ColumnType::Boolean,
                "bytea" => ColumnType::Bytes,
                _ => {
                    return Err(super::Error::UnknownValue {
                        column: "type of a column",
                    });
                }
            };
            columns.push(Column { name, kind });
            if let Some(key_place) = key_place {
                key.push((key_place, place));
            }
        }
        key.sort_unstable();
        let key = key.into_iter().map(|(_, place)| place).collect();
        Ok(Self { name, columns, key })
    }

    /// The names of the columns at `places`, or of all, with commas between them. They are the database's own.
    fn names(&self, places: Option<&[usize]>) -> String {
        let names: Vec<&str> = match places {
            None => self
                .columns
                .iter()
                .map(|column| column.name.as_str())
                .collect(),
            Some(places) => places
                .iter()
                .filter_map(|place| Some(self.columns.get(*place)?.name.as_str()))
                .collect(),
        };
        names.join(", ")
    }
}

/// The columns of a table in their order: name, type, and the place in the primary key.
async fn columns_of(conn: &mut Conn, table: &str) -> Result<Vec<(String, String, Option<i64>)>> {
    let sql = if conn.is_postgres() {
        "SELECT a.attname::text, format_type(a.atttypid, NULL),
                array_position(i.indkey::int2[], a.attnum)::bigint
         FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
         WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum"
    } else {
        "SELECT name, type, nullif(pk, 0) FROM pragma_table_info($1) ORDER BY cid"
    };
    Ok(fetch_all!(
        "db.table_rows.columns",
        (String, String, Option<i64>),
        conn,
        sql,
        table,
    ))
}

/// The number of the newest migration that the database has seen; `None` if it has seen none.
///
/// # Errors
/// If the database fails.
pub async fn newest_migration(conn: &mut Conn) -> Result<Option<i64>> {
    if columns_of(conn, "_sqlx_migrations").await?.is_empty() {
        return Ok(None);
    }
    let row = fetch_optional!(
        "db.table_rows.newest_migration",
        (Option<i64>,),
        conn,
        "SELECT MAX(version) FROM _sqlx_migrations",
    );
    Ok(row.and_then(|(version,)| version))
}

/// The rows of a table that are exported: those of a pool, or all of a table that belongs to none.
#[derive(Clone, Copy, Debug)]
pub enum Scope<'a> {
    /// Of the pool with this id.
    Pool(&'a str),
    /// All.
    All,
}

impl Scope<'_> {
    const fn condition(self) -> &'static str {
        match self {
            Self::Pool(_) => "pool_id = $1",
            Self::All => "$1 = ''",
        }
    }

    const fn bound(&self) -> &str {
        match self {
            Self::Pool(pool_id) => pool_id,
            Self::All => "",
        }
    }
}

/// How many rows there are.
///
/// # Errors
/// If the database fails.
pub async fn count(conn: &mut Conn, table: &Table, scope: Scope<'_>) -> Result<u64> {
    let sql = format!(
        "SELECT COUNT(*) FROM {} WHERE {}",
        table.name,
        scope.condition()
    );
    let count: i64 = on!("db.table_rows.count", conn, db => {
        sqlx::query_scalar(AssertSqlSafe(sql.clone()))
            .bind(scope.bound())
            .persistent(false)
            .fetch_one(&mut *db)
            .await?
    });
    Ok(count.try_into().unwrap_or_default())
}

/// Up to `limit` rows in the order of the primary key, behind the row `after`, or the first.
///
/// # Errors
/// If the database fails.
pub async fn page(
    conn: &mut Conn,
    table: &Table,
    scope: Scope<'_>,
    after: Option<&[Value]>,
    limit: i64,
) -> Result<Vec<Vec<Value>>> {
    let key = table.names(Some(&table.key));
    // The pool is given. What comes behind it in the key is where the index goes on; compared with the whole key, a page
    // would be read from the beginning of the pool.
    let given = match scope {
        Scope::Pool(_) => table.place("pool_id"),
        Scope::All => None,
    };
    let places = table.key.iter().copied();
    let places: Vec<usize> = places.filter(|place| Some(*place) != given).collect();
    if after.is_some() && places.is_empty() {
        // A pool has one row.
        return Ok(Vec::new());
    }
    let after: Option<Vec<&Value>> = after.map(|row| {
        let places = places.iter();
        places.filter_map(|place| row.get(*place)).collect()
    });
    let behind = after.as_ref().map_or_else(String::new, |after| {
        let binds: Vec<String> = (3..after.len() + 3).map(|n| format!("${n}")).collect();
        let compared = table.names(Some(&places));
        format!(" AND ({compared}) > ({})", binds.join(", "))
    });
    let sql = format!(
        "SELECT {} FROM {} WHERE {}{behind} ORDER BY {key} LIMIT $2 + 0",
        table.names(None),
        table.name,
        scope.condition(),
    );
    let after = after.unwrap_or_default();
    let persistent = conn.caches_statements();
    Ok(on!("db.table_rows.page", conn, db => {
        let mut query = sqlx::query(AssertSqlSafe(sql.clone()))
            .bind(scope.bound())
            .bind(limit);
        for value in &after {
            query = match value {
                Value::Text(text) => query.bind(text.as_str()),
                Value::Integer(number) => query.bind(*number),
                Value::Boolean(truth) => query.bind(*truth),
                Value::Bytes(bytes) => query.bind(bytes.as_slice()),
                // No column of a primary key is NULL.
                Value::Null => query.bind(None::<String>),
            };
        }
        let rows = query.persistent(persistent).fetch_all(&mut *db).await?;
        let mut page = Vec::with_capacity(rows.len());
        for row in &rows {
            let mut values = Vec::with_capacity(table.columns.len());
            for (place, column) in table.columns.iter().enumerate() {
                let value = match column.kind {
                    ColumnType::Text => row.try_get::<Option<String>, _>(place)?.map(Value::Text),
                    ColumnType::Integer => row.try_get::<Option<i64>, _>(place)?.map(Value::Integer),
                    ColumnType::Boolean => row.try_get::<Option<bool>, _>(place)?.map(Value::Boolean),
                    ColumnType::Bytes => row.try_get::<Option<Vec<u8>>, _>(place)?.map(Value::Bytes),
                };
                values.push(value.unwrap_or(Value::Null));
            }
            page.push(values);
        }
        page
    }))
}

/// Inserts rows, each with a value for each column of the table.
///
/// # Errors
/// [`super::Error::Conflict`] if what a row refers to is missing, or if the database fails, as it does where a row is
/// there already.
pub async fn insert(conn: &mut Conn, table: &Table, rows: &[Vec<Value>]) -> Result<()> {
    let width = table.columns.len().max(1);
    for rows in rows.chunks(MAX_BINDS / width) {
        let mut places = Vec::with_capacity(rows.len());
        for row in 0..rows.len() {
            let binds: Vec<String> = (1..=width)
                .map(|n| format!("${}", row * width + n))
                .collect();
            places.push(format!("({})", binds.join(", ")));
        }
        let sql = format!(
            "INSERT INTO {} ({}) VALUES {}",
            table.name,
            table.names(None),
            places.join(", ")
        );
        on!("db.table_rows.insert", conn, db => {
            let mut query = sqlx::query(AssertSqlSafe(sql.clone()));
            for (value, column) in rows.iter().flat_map(|row| row.iter().zip(&table.columns)) {
                query = match (value, column.kind) {
                    (Value::Text(text), _) => query.bind(text.as_str()),
                    (Value::Integer(number), _) => query.bind(*number),
                    (Value::Boolean(truth), _) => query.bind(*truth),
                    (Value::Bytes(bytes), _) => query.bind(bytes.as_slice()),
                    (Value::Null, ColumnType::Text) => query.bind(None::<String>),
                    (Value::Null, ColumnType::Integer) => query.bind(None::<i64>),
                    (Value::Null, ColumnType::Boolean) => query.bind(None::<bool>),
                    (Value::Null, ColumnType::Bytes) => query.bind(None::<Vec<u8>>),
                };
            }
            // Kept, statements of so many variables would push out those that are needed again.
            query.persistent(false).execute(&mut *db).await?;
        });
    }
    Ok(())
}

/// Whether a row of `table` has this text in `column`, in whatever pool. Both names are the caller's own.
///
/// # Errors
/// If the database fails.
pub async fn exists(
    conn: &mut Conn,
    table: &'static str,
    column: &'static str,
    text: &str,
) -> Result<bool> {
    let sql = format!("SELECT 1 FROM {table} WHERE {column} = $1 LIMIT 1");
    let row = on!("db.table_rows.exists", conn, db => {
        sqlx::query(AssertSqlSafe(sql.clone()))
            .bind(text)
            .persistent(false)
            .fetch_optional(&mut *db)
            .await?
            .is_some()
    });
    Ok(row)
}
