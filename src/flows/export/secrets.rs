//! What is sealed in a row: opened for an export, and sealed anew where it is imported.

use super::tables::{ExportedTable, Form};
use super::{Error, Result, StoreAccess};
use crate::store::table_rows::Value;

/// Opens and seals the rows of one pool, or of a table that belongs to none.
pub(super) struct RowSecrets<'a> {
    pub store: StoreAccess<'a>,
    /// The pool's id; empty for none.
    pub pool_id: &'a str,
    /// Whether password hashes are stored sealed. An export has them readable in either case.
    pub seals_hashes: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Open,
    Seal,
}

impl RowSecrets<'_> {
    /// Replaces what is sealed in the row by what it is.
    ///
    /// # Errors
    /// [`Error::DoesNotOpen`].
    pub fn open(&self, of: &ExportedTable, row: &mut [Value]) -> Result<()> {
        self.convert(of, row, Direction::Open)
    }

    /// Seals in the row what is to be sealed.
    ///
    /// # Errors
    /// [`Error::Vault`], [`Error::Damaged`].
    pub fn seal(&self, of: &ExportedTable, row: &mut [Value]) -> Result<()> {
        self.convert(of, row, Direction::Seal)
    }

    fn convert(&self, of: &ExportedTable, row: &mut [Value], direction: Direction) -> Result<()> {
        for (at, form) in of.forms.iter().enumerate() {
            let converted = match form {
                Form::Readable => continue,
                Form::Emptied => Some(Value::Null),
                Form::Sealed(..) | Form::PasswordHash(_) | Form::PasswordHashes(_) => {
                    let stored = row.get(at).ok_or(Error::Damaged("a row is too short"))?;
                    self.converted(of, row, form, stored, direction)?
                }
            };
            if let (Some(converted), Some(value)) = (converted, row.get_mut(at)) {
                *value = converted;
            }
        }
        Ok(())
    }

    /// The value in its other form; `None` if it stays as it is.
    fn converted(
        &self,
        of: &ExportedTable,
        row: &[Value],
        form: &Form,
        stored: &Value,
        direction: Direction,
    ) -> Result<Option<Value>> {
        let damaged = || Error::DoesNotOpen {
            table: of.table.name,
            pool_id: self.pool_id.to_owned(),
        };
        Ok(match (form, stored) {
            // A private key that was wiped is empty.
            (Form::Sealed(purpose, id), Value::Bytes(bytes)) if !bytes.is_empty() => {
                let id = id.iter().map(|place| text(row, *place));
                let id = id.collect::<Result<Vec<_>>>()?.join("/");
                let context = [self.pool_id, &id];
                let vault = self.store.vault;
                Some(Value::Bytes(match direction {
                    Direction::Open => {
                        let opened = vault.open(*purpose, &context, bytes);
                        opened.ok_or_else(damaged)?.to_vec()
                    }
                    Direction::Seal => vault.seal(*purpose, &context, bytes)?,
                }))
            }
            (Form::PasswordHash(user_id), Value::Text(hash)) => {
                let user_id = text(row, *user_id)?;
                let hash = self.hash(user_id, hash, direction)?;
                Some(Value::Text(hash.ok_or_else(damaged)?))
            }
            (Form::PasswordHashes(user_id), Value::Text(list)) => {
                let user_id = text(row, *user_id)?;
                let hashes: Vec<String> = serde_json::from_str(list).map_err(|_| damaged())?;
                let hashes = hashes
                    .iter()
                    .map(|hash| self.hash(user_id, hash, direction)?.ok_or_else(damaged));
                let hashes = hashes.collect::<Result<Vec<_>>>()?;
                let list = serde_json::to_string(&hashes).map_err(|_| damaged())?;
                Some(Value::Text(list))
            }
            _ => None,
        })
    }

    /// A password's hash in its other form; `None` if it does not open.
    fn hash(&self, user_id: &str, hash: &str, direction: Direction) -> Result<Option<String>> {
        let pepper = self.store.pepper;
        Ok(match direction {
            Direction::Open => {
                let opened = pepper.open(self.pool_id, user_id, hash);
                opened.map(|opened| opened.as_str().to_owned())
            }
            Direction::Seal if self.seals_hashes => {
                Some(pepper.seal(self.pool_id, user_id, hash)?)
            }
            Direction::Seal => Some(hash.to_owned()),
        })
    }
}

/// The text at a place of the row.
fn text(row: &[Value], place: usize) -> Result<&str> {
    match row.get(place) {
        Some(Value::Text(text)) => Ok(text),
        _ => Err(Error::Damaged("a row has no id")),
    }
}
