//! Rules of the keys.

use super::Violations;
use crate::config::{Config, MasterKeyError};

/// Checks where master keys come from, and when signing keys are exchanged.
pub(super) fn check(config: &Config, violations: &mut Violations) {
    let secrets = &config.secrets;
    violations.add_if(
        secrets.master_key.is_some() && secrets.master_key_file.is_some(),
        "secrets.master_key_file",
        "the master key is given both here and in `master_key`",
    );
    violations.add_if(
        secrets.master_key_command.is_some()
            && (secrets.master_key.is_some() || secrets.master_key_file.is_some()),
        "secrets.master_key_command",
        "the master key is given both here and in `master_key` or `master_key_file`",
    );
    violations.add_if(
        secrets
            .master_key_command
            .as_ref()
            .is_some_and(Vec::is_empty),
        "secrets.master_key_command",
        "expected a program and its arguments, as [\"/usr/local/bin/print-key\", \"cognate\"]",
    );
    violations.add_if(
        secrets
            .previous_master_key_commands
            .iter()
            .any(Vec::is_empty),
        "secrets.previous_master_key_commands",
        "expected programs and their arguments, as [[\"/usr/local/bin/print-key\", \"former\"]]",
    );
    violations.add_if(
        secrets.master_key.is_none()
            && secrets.master_key_file.is_none()
            && secrets.master_key_command.is_none()
            && !config.is_development(),
        "secrets.master_key_file",
        &MasterKeyError::Missing.to_string(),
    );
    for key in secrets.malformed() {
        violations.add_if(true, key, "expected 32 bytes in base64 or hexadecimal");
    }
    violations.add_if(
        !(10..=43_200).contains(&config.tokens.signing_key_lead_minutes),
        "tokens.signing_key_lead_minutes",
        "expected 10 to 43200: verifiers may keep a copy of the JWKS for five minutes",
    );
    violations.add_if(
        config.users.hidden_answer_interval_ms > 1_000,
        "users.hidden_answer_interval_ms",
        "expected at most 1000: such answers wait so long",
    );
    let mut days = vec![
        (
            "tokens.signing_key_rotation_days".to_owned(),
            config.tokens.signing_key_rotation_days,
        ),
        (
            "users.delete_unconfirmed_after_days".to_owned(),
            config.users.delete_unconfirmed_after_days,
        ),
    ];
    for (pool_id, pool) in &config.pool_settings {
        let key = |key| format!("pool_settings.{pool_id}.{key}");
        let own = [
            (
                "tokens.signing_key_rotation_days",
                pool.tokens.signing_key_rotation_days,
            ),
            (
                "users.delete_unconfirmed_after_days",
                pool.users.delete_unconfirmed_after_days,
            ),
        ];
        days.extend(
            own.into_iter()
                .filter_map(|(name, days)| Some((key(name), days?))),
        );
    }
    for (key, days) in days {
        violations.add_if(days > 3_650, &key, "expected at most 3650, or 0 for never");
    }
}
