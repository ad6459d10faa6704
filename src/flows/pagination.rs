//! Pages of lists.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::crypto::Vault;
use crate::crypto::tokens::{open_page_token, seal_page_token};
use crate::domain::failure::Failure;
use crate::flows::Result;

/// The position at which the page of `token` begins; `None` for the first page. `context` identifies
/// the list: the operation, the region or pool, the filter.
///
/// # Errors
/// [`Failure::InvalidPageToken`] if the server did not issue the token, or issued it for another list.
pub fn decode_token<P: DeserializeOwned>(
    vault: &Vault,
    context: &[&str],
    token: Option<&str>,
) -> Result<Option<P>> {
    let Some(token) = token else {
        return Ok(None);
    };
    match open_page_token(vault, context, token) {
        Some(position) => Ok(Some(position)),
        None => Err(Failure::InvalidPageToken(token.to_owned()).into()),
    }
}

/// Shortens a list that was read one item beyond `limit` to `limit` items, and makes the token of the
/// next page if there is one. `after` gives the position behind an item.
///
/// # Errors
/// If cryptography fails.
pub fn paginate<T, P: Serialize>(
    vault: &Vault,
    context: &[&str],
    mut items: Vec<T>,
    limit: i32,
    after: impl Fn(&T) -> P,
) -> Result<(Vec<T>, Option<String>)> {
    let limit = usize::try_from(limit).unwrap_or_default();
    if items.len() <= limit {
        return Ok((items, None));
    }
    items.truncate(limit);
    let position = items.last().map(after);
    let token = position
        .map(|position| seal_page_token(vault, context, &position))
        .transpose()?;
    Ok((items, token))
}

/// A page of a list.
pub struct Page<T> {
    /// Its items.
    pub items: Vec<T>,
    /// The token of the next page, if there is one.
    pub next: Option<String>,
}

/// Up to `limit` items of the list that `list` identifies, as [`decode_token`] and [`paginate`] have it. `read`
/// gets the position at which the page begins and the number of items to read; `behind` gives the position behind
/// an item.
///
/// # Errors
/// [`Failure::InvalidPageToken`], and those of `read`.
pub async fn page<T, P, F>(
    vault: &Vault,
    list: &[&str],
    limit: i32,
    token: Option<&str>,
    read: impl FnOnce(Option<P>, i64) -> F,
    behind: impl Fn(&T) -> P,
) -> Result<Page<T>>
where
    P: Serialize + DeserializeOwned,
    F: Future<Output = Result<Vec<T>>>,
{
    let after = decode_token(vault, list, token)?;
    let items = read(after, i64::from(limit).saturating_add(1)).await?;
    let (items, next) = paginate(vault, list, items, limit, behind)?;
    Ok(Page { items, next })
}
