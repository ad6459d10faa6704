//! How long tokens may live (behaviour 4.5).

use super::app_client::TokenValidity;
use super::failure::Failure;
use super::setting_fault::SettingFault;

/// Seconds that access and ID tokens may live: five minutes to a day.
const ACCESS_AND_ID: std::ops::RangeInclusive<i64> = 300..=86_400;
/// Seconds that refresh tokens may live: an hour to 3,650 days.
const REFRESH: std::ops::RangeInclusive<i64> = 3_600..=315_360_000;

/// Checks that lifetimes are within AWS's limits. A unit without a value applies to the default value (1
/// for access and ID tokens, 30 for refresh tokens), as observed: `minutes` alone is one minute, which is
/// too short.
///
/// # Errors
/// [`SettingFault::TokenValidity`].
pub fn check(validity: &TokenValidity) -> Result<(), Failure> {
    let (access, id, refresh) = (
        validity.access_seconds(),
        validity.id_seconds(),
        validity.refresh_seconds(),
    );
    let in_range = ACCESS_AND_ID.contains(&access)
        && ACCESS_AND_ID.contains(&id)
        && REFRESH.contains(&refresh);
    if in_range && refresh > access.max(id) {
        Ok(())
    } else {
        Err(Failure::Setting(SettingFault::TokenValidity))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::app_client::TimeUnit::{self, Days, Hours, Minutes, Seconds};

    fn access(value: i32, unit: Option<TimeUnit>) -> TokenValidity {
        TokenValidity {
            access: Some(value),
            access_unit: unit,
            ..TokenValidity::default()
        }
    }

    fn refresh(value: i32, unit: Option<TimeUnit>) -> TokenValidity {
        TokenValidity {
            refresh: value,
            refresh_unit: unit,
            ..TokenValidity::default()
        }
    }

    #[track_caller]
    fn accepted(validity: TokenValidity) {
        assert_eq!(check(&validity), Ok(()), "{validity:?}");
    }

    #[track_caller]
    fn refused(validity: TokenValidity) {
        let refusal = Err(Failure::Setting(SettingFault::TokenValidity));
        assert_eq!(check(&validity), refusal, "{validity:?}");
    }

    #[test]
    fn access_and_id_tokens_live_five_minutes_to_a_day() {
        accepted(TokenValidity::default());
        accepted(access(1, None));
        accepted(access(24, None));
        refused(access(25, None));
        accepted(access(300, Some(Seconds)));
        refused(access(299, Some(Seconds)));
        accepted(access(5, Some(Minutes)));
        refused(access(4, Some(Minutes)));
        accepted(access(1, Some(Days)));
        refused(access(2, Some(Days)));
        refused(access(86_400, None));
        refused(TokenValidity {
            id: Some(4),
            id_unit: Some(Minutes),
            ..TokenValidity::default()
        });
    }

    #[test]
    fn refresh_tokens_live_an_hour_to_ten_years() {
        accepted(refresh(3650, None));
        refused(refresh(3651, None));
        accepted(refresh(61, Some(Minutes)));
        refused(refresh(59, Some(Minutes)));
        accepted(refresh(315_360_000, Some(Seconds)));
    }

    #[test]
    fn refresh_tokens_outlive_the_others() {
        refused(refresh(60, Some(Minutes)));
        let day = access(24, None);
        refused(TokenValidity {
            refresh: 1,
            refresh_unit: Some(Days),
            ..day
        });
        accepted(TokenValidity {
            refresh: 25,
            refresh_unit: Some(Hours),
            ..day
        });
    }

    #[test]
    fn a_unit_without_a_value_counts_with_the_default_value() {
        refused(TokenValidity {
            access_unit: Some(Minutes),
            ..TokenValidity::default()
        });
        accepted(TokenValidity {
            access_unit: Some(Days),
            ..TokenValidity::default()
        });
        refused(refresh(30, Some(Minutes)));
    }
}
