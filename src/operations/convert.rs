//! Between the wire's shapes and the domain's types.

use std::collections::BTreeMap;

use base64::Engine as _;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::domain::attribute::{Contact, Delivery, Medium, SUB};
use crate::domain::attribute_update::AttributeInput;
use crate::domain::time::Timestamp;
use crate::domain::user::{User, UserStatus};
use crate::domain::user_pool::UserPool;
use crate::flows;
use crate::model::{
    AttributeType, CodeDeliveryDetailsType, DeliveryMediumType, EpochSeconds, UserStatusType,
    UserType,
};

/// Attributes of a request.
pub fn attribute_inputs(attributes: Option<Vec<AttributeType>>) -> Vec<AttributeInput> {
    let attributes = attributes.unwrap_or_default().into_iter();
    attributes
        .map(|attribute| AttributeInput {
            name: attribute.name,
            value: attribute.value,
        })
        .collect()
}

/// What a request says to the pool's function, and nobody stores. An entry without a value says nothing.
pub fn validation_data(entries: Option<Vec<AttributeType>>) -> BTreeMap<String, String> {
    let entries = entries.unwrap_or_default().into_iter();
    entries
        .filter_map(|entry| Some((entry.name, entry.value?)))
        .collect()
}

/// The user's attributes that `shown` lets through, in Cognito's order: `sub` and the e-mail
/// address's flag first, the address itself last (behaviour 2.5).
pub fn attributes(user: &User, shown: impl Fn(&str) -> bool) -> Vec<AttributeType> {
    let rank = |name: &str| match name {
        "email_verified" => 1,
        "email" => 3,
        _ => 2,
    };
    let mut named: Vec<(&str, &str)> = user
        .attributes
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    named.sort_by_key(|(name, _)| rank(name));
    std::iter::once((SUB, user.id.as_str()))
        .chain(named)
        .filter(|(name, _)| shown(name))
        .map(|(name, value)| AttributeType {
            name: name.to_owned(),
            value: Some(value.to_owned()),
        })
        .collect()
}

/// Where a code went.
pub fn delivery(delivery: Delivery) -> CodeDeliveryDetailsType {
    CodeDeliveryDetailsType {
        destination: Some(delivery.destination),
        delivery_medium: Some(match delivery.contact.medium() {
            Medium::Email => DeliveryMediumType::Email,
            Medium::Sms => DeliveryMediumType::Sms,
        }),
        attribute_name: Some(delivery.contact.attribute().to_owned()),
    }
}

/// The contact that a medium reaches.
pub const fn contact(medium: DeliveryMediumType) -> Contact {
    match medium {
        DeliveryMediumType::Email => Contact::Email,
        DeliveryMediumType::Sms => Contact::PhoneNumber,
    }
}

/// A point in time.
pub const fn epoch(time: Timestamp) -> EpochSeconds {
    EpochSeconds::from_millis(time.millis())
}

/// A user's status.
pub const fn status(status: UserStatus) -> UserStatusType {
    match status {
        UserStatus::Unconfirmed => UserStatusType::Unconfirmed,
        UserStatus::Confirmed => UserStatusType::Confirmed,
        UserStatus::ForceChangePassword => UserStatusType::ForceChangePassword,
        UserStatus::ResetRequired => UserStatusType::ResetRequired,
    }
}

/// A user as ListUsers and AdminCreateUser show it.
pub fn user(user: &User, shown: impl Fn(&str) -> bool) -> UserType {
    UserType {
        username: Some(user.username.clone()),
        attributes: Some(attributes(user, shown)),
        user_create_date: Some(epoch(user.created_at)),
        user_last_modified_date: Some(epoch(user.modified_at)),
        enabled: Some(user.enabled),
        user_status: Some(status(user.status)),
        mfa_options: super::mfa::mfa_options(&user.mfa),
    }
}

/// The size of the page that a request asks for: at most `most`, which 0 and nothing stand for
/// (administration 0.1).
pub fn page_size(limit: Option<i32>, most: i32) -> i32 {
    limit.filter(|limit| *limit != 0).unwrap_or(most).min(most)
}

/// A value of the wire as the domain's type that has the same members and values, or the other way round.
///
/// # Errors
/// If the two types differ.
pub fn in_same_form<T: DeserializeOwned>(value: impl Serialize) -> flows::Result<T> {
    serde_json::to_value(value)
        .and_then(serde_json::from_value)
        .map_err(|error| flows::Error::Internal(error.into()))
}

/// The version of something that last changed at this time: its date and time in UTC, as `20241127003837`.
pub fn version(time: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(time.millis())
        .map(|time| time.strftime("%Y%m%d%H%M%S").to_string())
        .unwrap_or_default()
}

/// The ARN of a pool.
pub fn pool_arn(app: &App, pool: &UserPool) -> String {
    let account = &app.config.server.account_id;
    format!(
        "arn:aws:cognito-idp:{}:{account}:userpool/{}",
        pool.region, pool.id
    )
}

/// The bytes of a blob, which the shape check has found to be base64.
///
/// # Errors
/// If it is not.
pub fn bytes(base64: &str) -> flows::Result<Vec<u8>> {
    let decoded = crate::protocol::shape_check::BASE64.decode(base64);
    decoded.map_err(|error| flows::Error::Internal(error.into()))
}
