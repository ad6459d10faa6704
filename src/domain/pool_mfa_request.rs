//! SetUserPoolMfaConfig: replaces whether a pool asks for second factors, and which it has (administration 3).

use super::failure::Failure;
use super::message_settings::SmsSettings;
use super::second_factor::{EmailFactor, PoolFactors};
use super::setting_fault::SettingFault;
use super::sign_in_settings::{FirstFactor, WebAuthnSettings};
use super::user_pool::{MfaMode, PoolSettings};

/// The request. A factor without a block is turned off.
#[derive(Clone, Debug, Default)]
pub struct PoolMfaRequest {
    /// Whether a second factor is asked for; `None` is never.
    pub mode: Option<MfaMode>,
    /// Codes by SMS.
    pub sms: Option<SmsFactorRequest>,
    /// Whether authenticator apps are on.
    pub software_token: Option<bool>,
    /// Codes by e-mail.
    pub email: Option<EmailFactor>,
    /// Passkeys.
    pub web_authn: Option<WebAuthnSettings>,
}

/// The block of codes by SMS.
#[derive(Clone, Debug, Default)]
pub struct SmsFactorRequest {
    /// The text, with `{####}`.
    pub message: Option<String>,
    /// How SMS are sent.
    pub settings: Option<SmsSettings>,
}

impl PoolMfaRequest {
    /// Replaces the second factors of a pool.
    ///
    /// # Errors
    /// The faults of the page's table.
    pub fn apply(self, pool: &mut PoolSettings) -> Result<(), Failure> {
        let refuse = |fault| Err(Failure::Setting(fault));
        let mode = self.mode.unwrap_or(MfaMode::Off);
        let has_block = self.sms.is_some() || self.software_token.is_some() || self.email.is_some();
        let has_factor =
            self.sms.is_some() || self.software_token == Some(true) || self.email.is_some();
        let is_code =
            |factor: &FirstFactor| matches!(factor, FirstFactor::EmailOtp | FirstFactor::SmsOtp);
        match mode {
            MfaMode::Off if has_block => return refuse(SettingFault::FactorsWhileOff),
            MfaMode::On | MfaMode::Optional if !has_factor => {
                return refuse(SettingFault::NoFactors);
            }
            MfaMode::On if pool.first_factors.iter().any(is_code) => {
                return refuse(SettingFault::CodeAsFirstFactor);
            }
            MfaMode::On
                if pool.allows_passkeys()
                    && !self
                        .web_authn
                        .as_ref()
                        .is_some_and(WebAuthnSettings::counts_as_both) =>
            {
                return refuse(SettingFault::PasskeyAsSingleFactor);
            }
            MfaMode::Off | MfaMode::Optional | MfaMode::On => {}
        }
        let domain = self
            .web_authn
            .as_ref()
            .and_then(|block| block.relying_party_id.as_deref());
        if domain.is_some_and(is_public_suffix) {
            return refuse(SettingFault::PasskeysOfPublicSuffix);
        }
        pool.mfa = mode;
        pool.factors = PoolFactors {
            sms: has_block.then_some(self.sms.is_some()),
            software_token: self.software_token,
            email: self.email,
        };
        if let Some(sms) = self.sms {
            pool.sms = sms.settings.or(pool.sms.take());
            pool.verification_message.sms_authentication = sms.message;
        }
        pool.web_authn = self.web_authn;
        Ok(())
    }
}

/// Whether domains are registered below this one by whoever asks (the Public Suffix List), so that browsers give it no
/// passkeys. A name that the list does not know is none.
fn is_public_suffix(domain: &str) -> bool {
    let domain = domain.trim_end_matches('.').to_ascii_lowercase();
    let suffix = psl::suffix(domain.as_bytes());
    suffix.is_some_and(|suffix| suffix.is_known() && suffix.as_bytes() == domain.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::is_public_suffix;

    #[test]
    fn names_that_anybody_registers_below_are_public() {
        for public in ["com", "co.uk", "CO.UK", "co.uk.", "github.io"] {
            assert!(is_public_suffix(public), "{public}");
        }
        for own in ["example.com", "www.co.uk", "localhost", "id.internal", ""] {
            assert!(!is_public_suffix(own), "{own}");
        }
    }
}
