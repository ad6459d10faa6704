//! Pages of a list of users, each an ordered range of one index.

use sqlx::AssertSqlSafe;

use super::statement::{fetch_all, first_rows, on};
use super::users::{Row, user_columns};
use super::{Conn, Result};
use crate::domain::user::User;
use crate::domain::user_filter::{Field, UserFilter};

/// Where the next page begins: after the user with this value of the filtered column and this id.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Cursor {
    /// The filtered column's value; empty where the list is ordered by id alone.
    pub value: String,
    /// The user's id.
    pub user_id: String,
}

/// Up to `limit` users of the pool that pass the filter, after the cursor.
///
/// # Errors
/// If the database fails.
pub async fn page(
    conn: &mut Conn,
    pool_id: &str,
    filter: Option<&UserFilter>,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Vec<User>> {
    let after_id = after.map_or("", |cursor| cursor.user_id.as_str());
    let rows: Vec<Row> = match filter.map(|filter| (filter, searched(filter.field))) {
        None => by_condition(conn, pool_id, "TRUE", after_id, limit).await?,
        Some((filter, Searched::Enabled)) => {
            let condition = match filter.enabled_states().as_slice() {
                [] => return Ok(Vec::new()),
                [true] => "u.enabled = TRUE",
                [false] => "u.enabled = FALSE",
                _ => "TRUE",
            };
            by_condition(conn, pool_id, condition, after_id, limit).await?
        }
        Some((filter, Searched::Status)) => {
            // These words are constants: no text of the request enters the SQL text.
            let words: Vec<String> = filter
                .statuses()
                .iter()
                .map(|status| format!("'{}'", status.as_str()))
                .collect();
            if words.is_empty() {
                return Ok(Vec::new());
            }
            let condition = format!("u.status IN ({})", words.join(", "));
            by_condition(conn, pool_id, &condition, after_id, limit).await?
        }
        Some((filter, Searched::Column(column))) if filter.prefix => {
            let from = after.map_or(filter.value.as_str(), |cursor| cursor.value.as_str());
            by_prefix(
                conn,
                pool_id,
                column,
                &filter.value,
                (from, after_id),
                limit,
            )
            .await?
        }
        Some((filter, Searched::Column(column))) => {
            by_value(conn, pool_id, column, &filter.value, after_id, limit).await?
        }
    };
    rows.into_iter().map(User::try_from).collect()
}

/// The cursor after `user` in a list with this filter.
#[must_use]
pub fn cursor_after(filter: Option<&UserFilter>, user: &User) -> Cursor {
    let value = filter
        .filter(|filter| filter.prefix)
        .and_then(|filter| match filter.field {
            Field::Username => Some(user.username.clone()),
            Field::Sub => Some(user.id.clone()),
            Field::Email
            | Field::PhoneNumber
            | Field::Name
            | Field::GivenName
            | Field::FamilyName
            | Field::PreferredUsername => {
                let Searched::Column(column) = searched(filter.field) else {
                    return None;
                };
                let value = user.attributes.get(column.name)?;
                Some(value.to_ascii_lowercase())
            }
            Field::UserStatus | Field::Enabled => None,
        })
        .unwrap_or_default();
    Cursor {
        value,
        user_id: user.id.clone(),
    }
}

/// How users are searched by a field.
#[derive(Clone, Copy)]
enum Searched {
    /// The filter's value is compared with a column.
    Column(Column),
    /// The filter's value stands for some of the statuses.
    Status,
    /// The filter's value stands for enabled users, disabled ones, both or none.
    Enabled,
}

/// A column that a filter compares.
#[derive(Clone, Copy)]
struct Column {
    name: &'static str,
    /// What is compared, as its index holds it.
    compared: &'static str,
}

const fn searched(field: Field) -> Searched {
    let (name, compared) = match field {
        Field::Username => ("username", "u.username"),
        Field::Sub => ("user_id", "u.user_id"),
        Field::Email => ("email", "lower(u.email)"),
        Field::PhoneNumber => ("phone_number", "u.phone_number"),
        Field::Name => ("name", "lower(u.name)"),
        Field::GivenName => ("given_name", "lower(u.given_name)"),
        Field::FamilyName => ("family_name", "lower(u.family_name)"),
        Field::PreferredUsername => ("preferred_username", "lower(u.preferred_username)"),
        Field::UserStatus => return Searched::Status,
        Field::Enabled => return Searched::Enabled,
    };
    Searched::Column(Column { name, compared })
}

async fn by_condition(
    conn: &mut Conn,
    pool_id: &str,
    condition: &str,
    after_id: &str,
    limit: i64,
) -> Result<Vec<Row>> {
    let ordered = format!(
        "SELECT {columns} FROM users u
         WHERE u.pool_id = $1 AND u.user_id > $2 AND {condition} ORDER BY u.user_id",
        columns = user_columns!(),
    );
    let sql = first_rows(&ordered, 3, limit);
    let persistent = conn.caches_statements();
    Ok(on!("db.user_list.by_condition", conn, db => {
        sqlx::query_as::<_, Row>(AssertSqlSafe(sql))
            .bind(pool_id)
            .bind(after_id)
            .bind(limit)
            .persistent(persistent)
            .fetch_all(&mut *db)
            .await?
    }))
}

async fn by_value(
    conn: &mut Conn,
    pool_id: &str,
    column: Column,
    value: &str,
    after_id: &str,
    limit: i64,
) -> Result<Vec<Row>> {
    let ordered = format!(
        "SELECT {columns} FROM users u
         WHERE u.pool_id = $1 AND u.{name} IS NOT NULL AND {compared} = $2 AND u.user_id > $3
         ORDER BY u.user_id",
        columns = user_columns!(),
        name = column.name,
        compared = column.compared,
    );
    let sql = first_rows(&ordered, 4, limit);
    let persistent = conn.caches_statements();
    Ok(on!("db.user_list.by_value", conn, db => {
        sqlx::query_as::<_, Row>(AssertSqlSafe(sql))
            .bind(pool_id)
            .bind(value)
            .bind(after_id)
            .bind(limit)
            .persistent(persistent)
            .fetch_all(&mut *db)
            .await?
    }))
}

/// The texts with a prefix are the range from the prefix to the first text that is greater than all of
/// them, since both databases compare these columns byte by byte.
async fn by_prefix(
    conn: &mut Conn,
    pool_id: &str,
    column: Column,
    prefix: &str,
    (after_value, after_id): (&str, &str),
    limit: i64,
) -> Result<Vec<Row>> {
    let Column { name, compared } = column;
    let end = end_of_prefix(prefix);
    let bounded = if end.is_some() {
        format!("AND {compared} < $6")
    } else {
        String::new()
    };
    let ordered = format!(
        "SELECT {columns} FROM users u
         WHERE u.pool_id = $1 AND u.{name} IS NOT NULL
           AND {compared} >= $2 AND ({compared} > $2 OR u.user_id > $3)
           AND {compared} >= $4 {bounded}
         ORDER BY {compared}, u.user_id",
        columns = user_columns!(),
    );
    let sql = first_rows(&ordered, 5, limit);
    let persistent = conn.caches_statements();
    Ok(on!("db.user_list.by_prefix", conn, db => {
        let mut query = sqlx::query_as::<_, Row>(AssertSqlSafe(sql))
            .bind(pool_id)
            .bind(after_value)
            .bind(after_id)
            .bind(prefix)
            .bind(limit);
        if let Some(end) = end {
            query = query.bind(end);
        }
        query.persistent(persistent).fetch_all(&mut *db).await?
    }))
}

/// The least text that is greater than every text with this prefix, in the order of code points
/// (which is that of UTF-8 bytes); none if there is no such text.
fn end_of_prefix(prefix: &str) -> Option<String> {
    let mut characters: Vec<char> = prefix.chars().collect();
    while let Some(last) = characters.pop() {
        let next = match last {
            '\u{D7FF}' => Some('\u{E000}'),
            other => u32::from(other).checked_add(1).and_then(char::from_u32),
        };
        if let Some(next) = next {
            characters.push(next);
            return Some(characters.into_iter().collect());
        }
    }
    None
}

#[derive(sqlx::FromRow)]
struct CountRow {
    count: i64,
}

/// How many users the pool has.
///
/// # Errors
/// If the database fails.
pub async fn count(conn: &mut Conn, pool_id: &str) -> Result<i64> {
    let row = fetch_all!(
        "db.users.count",
        CountRow,
        conn,
        "SELECT COUNT(*) AS count FROM users WHERE pool_id = $1",
        pool_id,
    );
    Ok(row.first().map_or(0, |row| row.count))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn texts_with_a_prefix_are_exactly_the_range_up_to_its_end(prefix in ".{1,8}", text in ".{0,12}") {
            let in_range = text.as_str() >= prefix.as_str()
                && end_of_prefix(&prefix).is_none_or(|end| text < end);
            prop_assert_eq!(in_range, text.starts_with(&prefix));
            let longer = format!("{prefix}{text}");
            prop_assert!(longer >= prefix && end_of_prefix(&prefix).is_none_or(|end| longer < end));
        }
    }
}
