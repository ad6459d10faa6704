//! What one login page leaves for the next (domain 7): sealed, so that nobody makes it up, and of use for an app client
//! and for some time only.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::KeyPurpose;
use crate::flows::lookup::ClientContext;
use crate::flows::{Error, Result};

/// The longest text that is looked at.
const MAX_LENGTH: usize = 4096;

#[derive(Serialize, Deserialize)]
struct Sealed<T> {
    /// The end of its life, in milliseconds.
    exp: i64,
    data: T,
}

/// The text that holds `data` for so many seconds, for an app client and a purpose: the kind of the data, and what else
/// they are bound to.
///
/// # Errors
/// If it cannot be written as JSON, or the library fails.
pub fn seal(
    app: &App,
    context: &RequestContext,
    of: (&ClientContext, &[&str]),
    data: &impl Serialize,
    seconds: i64,
) -> Result<String> {
    let sealed = Sealed {
        exp: context.now.plus_seconds(seconds).millis(),
        data,
    };
    let json = serde_json::to_vec(&sealed)
        .map_err(|_| Error::internal("what a login page leaves is no JSON"))?;
    let sealed = app
        .vault
        .seal(KeyPurpose::PageData, &bound_to(&of), &json)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(sealed))
}

/// What a text of [`seal`] holds; `None` if this server has not made it, or for another app client, or if its time is over.
#[must_use]
pub fn open<T: DeserializeOwned>(
    app: &App,
    context: &RequestContext,
    of: (&ClientContext, &[&str]),
    text: &str,
) -> Option<T> {
    if text.len() > MAX_LENGTH {
        return None;
    }
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    let json = app
        .vault
        .open(KeyPurpose::PageData, &bound_to(&of), &bytes)?;
    let sealed: Sealed<T> = serde_json::from_slice(&json).ok()?;
    (context.now.millis() < sealed.exp).then_some(sealed.data)
}

fn bound_to<'a>((of, purpose): &(&'a ClientContext, &'a [&'a str])) -> Vec<&'a str> {
    [of.pool.id.as_str(), of.client.id.as_str()]
        .iter()
        .chain(*purpose)
        .copied()
        .collect()
}
