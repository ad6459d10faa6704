//! How devices are described (administration 2.7).

use crate::app::App;
use crate::domain::device::Device;
use crate::domain::time::Timestamp;
use crate::flows::devices::manage::Owner;
use crate::model::{AttributeType, DeviceRememberedStatusType, DeviceType, EpochSeconds};

/// Devices in a page where the request does not say, or says 0.
const DEFAULT_LIMIT: i32 = 60;

/// The size of the page that a request asks for.
pub fn page_size(limit: Option<i32>) -> i32 {
    limit.filter(|limit| *limit != 0).unwrap_or(DEFAULT_LIMIT)
}

/// Whether the status is that of a device that is remembered.
pub const fn is_remembered(status: DeviceRememberedStatusType) -> bool {
    matches!(status, DeviceRememberedStatusType::Remembered)
}

/// A device as its user sees it.
pub fn for_user(device: Device) -> DeviceType {
    let Device {
        name, last_address, ..
    } = &device;
    let attributes = named([
        ("device_status", Some("valid".to_owned())),
        ("device_name", name.clone()),
        ("last_ip_used", last_address.clone()),
    ]);
    with_attributes(device, attributes)
}

/// A device of the owner's as an administrator sees it.
pub fn for_administrator(app: &App, owner: &Owner, device: Device) -> DeviceType {
    let Owner { pool, user } = owner;
    let device_owner = format!("{}.{}", user.username, pool.id);
    let arn = format!(
        "arn:aws:cognito-idp:{}:{}:owner/{device_owner}/device/{}",
        pool.region, app.config.server.account_id, device.keys.key
    );
    let status = if device.remembered {
        DeviceRememberedStatusType::Remembered
    } else {
        DeviceRememberedStatusType::NotRemembered
    };
    let attributes = named([
        ("device_status", Some("valid".to_owned())),
        ("device_name", device.name.clone()),
        ("dev:device_arn", Some(arn)),
        ("dev:device_owner", Some(device_owner)),
        ("last_ip_used", device.last_address.clone()),
        (
            "dev:device_remembered_status",
            Some(status.as_str().to_owned()),
        ),
        ("dev:device_sdk", device.user_agent.clone()),
    ]);
    with_attributes(device, attributes)
}

/// The attributes that have a value, in this order.
fn named<const N: usize>(attributes: [(&str, Option<String>); N]) -> Vec<AttributeType> {
    attributes
        .into_iter()
        .filter_map(|(name, value)| {
            Some(AttributeType {
                name: name.to_owned(),
                value: Some(value?),
            })
        })
        .collect()
}

fn with_attributes(device: Device, attributes: Vec<AttributeType>) -> DeviceType {
    DeviceType {
        device_key: Some(device.keys.key),
        device_attributes: Some(attributes),
        device_create_date: Some(whole_seconds(device.created_at)),
        device_last_modified_date: Some(whole_seconds(device.modified_at)),
        device_last_authenticated_date: Some(whole_seconds(device.authenticated_at)),
    }
}

/// The dates of devices have no fraction.
const fn whole_seconds(time: Timestamp) -> EpochSeconds {
    EpochSeconds::from_millis(time.seconds().saturating_mul(1000))
}
