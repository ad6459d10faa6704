//! Devices that users sign in from, and that a pool remembers (behaviour 5.9, administration 2.7 and 12.4).

pub mod confirm;
pub mod exchange;
pub mod manage;
pub mod sign_in;

use crate::app::App;
use crate::context::RequestContext;
use crate::crypto::{KeyPurpose, SrpVerifier};
use crate::domain::app_client::AppClient;
use crate::domain::device::Device;
use crate::flows::{Error, Result, turn};

/// The device's verifier, sealed for the row with these keys. The row's id is the one by which
/// `store::sealed_values` names it.
fn seal_verifier(
    app: &App,
    pool_id: &str,
    user_id: &str,
    device_key: &str,
    verifier: &SrpVerifier,
) -> Result<Vec<u8>> {
    let row = format!("{user_id}/{device_key}");
    let context = [pool_id, row.as_str()];
    let purpose = KeyPurpose::DeviceVerifier;
    Ok(app.vault.seal(purpose, &context, verifier.as_bytes())?)
}

/// The device's verifier, opened.
fn open_verifier(app: &App, device: &Device) -> Result<SrpVerifier> {
    let row = format!("{}/{}", device.user_id, device.keys.key);
    let context = [device.pool_id.as_str(), row.as_str()];
    app.vault
        .open(KeyPurpose::DeviceVerifier, &context, &device.srp_verifier)
        .and_then(|bytes| SrpVerifier::from_bytes(&bytes))
        .ok_or_else(|| Error::internal("a device's verifier does not open under the master key"))
}

/// The IP address that a request of the client's comes from, as the store has it.
fn address(context: &RequestContext, client: &AppClient) -> Option<String> {
    turn::address(context, Some(client)).map(|address| address.to_string())
}
