//! Codes of authenticator apps in sign-ins.

use cognate::crypto::totp::TotpSecret;
use cognate_bench::factors::{STEP, code};
use serde_json::{Value, json};

use super::factors::FactorCaller;
use crate::factor_ledger::FactorUser;
use crate::outcome::Outcome;

impl FactorCaller {
    /// Answers SOFTWARE_TOKEN_MFA with a code that was not used; `None` if none is left, or it is not taken.
    pub(super) async fn give_code(
        &mut self,
        user: &mut FactorUser,
        challenge: &Value,
    ) -> Option<Value> {
        let mut secrets = user
            .app
            .states()
            .iter()
            .filter_map(|app| app.proven.clone());
        let text = secrets.next()?;
        // After a proof of unknown outcome it may be the app before.
        let may_be_another = secrets.any(|other| other != text);
        let secret = TotpSecret::from_base32(&text)?;
        let now = self.now() / STEP;
        let step = (user.last_step + 1).max(now - 1);
        if step > now + 1 {
            return None;
        }
        user.last_step = step;
        let input = json!({
            "ClientId": self.pool.client, "ChallengeName": "SOFTWARE_TOKEN_MFA",
            "Session": challenge.get("Session"),
            "ChallengeResponses": {
                "USERNAME": user.name,
                "SOFTWARE_TOKEN_MFA_CODE": code(secret.as_bytes(), step),
            },
        });
        match self.caller.call("RespondToAuthChallenge", &input).await {
            Outcome::Acknowledged(answer) => {
                user.app
                    .narrow(|app| app.proven.as_deref() == Some(text.as_str()));
                Some(answer)
            }
            Outcome::Refused(refusal)
                if may_be_another && refusal.code == "CodeMismatchException" =>
            {
                user.app
                    .narrow(|app| app.proven.as_deref() != Some(text.as_str()));
                None
            }
            Outcome::Refused(refusal) => {
                let moved: &[&str] = match self.clock_was_moved() {
                    true => &["NotAuthorizedException"],
                    false => &[],
                };
                let operation = "RespondToAuthChallenge";
                self.check_refusal(&user.name, operation, &refusal, moved)
                    .await;
                None
            }
            Outcome::Unknown(_) => None,
        }
    }
}
