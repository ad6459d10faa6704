//! How risk configurations are described (administration 7.1).

use crate::domain::risk_configuration::StoredRiskConfiguration;
use crate::flows;
use crate::model::RiskConfigurationType;
use crate::operations::convert::{self, in_same_form};

/// The configuration of the app client, or of the pool where there is no `client_id`, with the blocks that were set.
///
/// # Errors
/// If the blocks do not have the interface's form, which they are stored in.
pub fn risk_configuration(
    (pool_id, client_id): (&str, Option<&str>),
    stored: Option<StoredRiskConfiguration>,
) -> flows::Result<RiskConfigurationType> {
    let mut description = RiskConfigurationType {
        user_pool_id: Some(pool_id.to_owned()),
        client_id: client_id.map(ToOwned::to_owned),
        ..RiskConfigurationType::default()
    };
    if let Some(stored) = stored {
        let set = stored.configuration;
        description.compromised_credentials_risk_configuration =
            in_same_form(set.compromised_credentials)?;
        description.account_takeover_risk_configuration = in_same_form(set.account_takeover)?;
        description.risk_exception_configuration = in_same_form(set.exceptions)?;
        description.last_modified_date = Some(convert::epoch(stored.modified_at));
    }
    Ok(description)
}
