//! Rules for what is shared out between sources and user pools.

use super::Violations;
use crate::config::Config;

pub(super) fn check(config: &Config, violations: &mut Violations) {
    let (server, passwords) = (&config.server, &config.passwords);
    for (key, percent, most) in [
        (
            "passwords.queue_for_known_percent",
            passwords.queue_for_known_percent,
            90,
        ),
        (
            "passwords.queue_of_pool_percent",
            passwords.queue_of_pool_percent,
            100,
        ),
        (
            "passwords.queue_of_source_percent",
            passwords.queue_of_source_percent,
            100,
        ),
    ] {
        violations.add_if(
            !(1..=most).contains(&percent),
            key,
            &format!("expected 1 to {most}"),
        );
    }
    violations.add_if(
        server.max_connections_per_peer == 0,
        "server.max_connections_per_peer",
        "expected at least 1",
    );
    violations.add_if(
        server.max_open_body_bytes < 64 * 1024,
        "server.max_open_body_bytes",
        "expected at least 65536: smaller bodies than AWS takes would be refused",
    );
    violations.add_if(
        server.body_grace_seconds == 0,
        "server.body_grace_seconds",
        "expected at least 1",
    );
}
