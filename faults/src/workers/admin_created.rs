//! Users that an administrator creates.

use serde_json::json;

use super::Worker;
use crate::ledger::{Profile, User};
use crate::outcome::Outcome;
use crate::settings::POOL;

impl Worker {
    pub(super) async fn run_admin_created_user(&mut self, name: String) -> User {
        let mut user = User::new(name);
        let email = format!("{}@example.com", user.name);
        self.written += 1;
        let number = self.written;
        let input = json!({
            "UserPoolId": POOL, "Username": user.name, "DesiredDeliveryMediums": ["EMAIL"],
            "UserAttributes": [
                { "Name": "email", "Value": email },
                { "Name": "custom:a", "Value": number.to_string() },
                { "Name": "custom:b", "Value": number.to_string() },
            ],
        });
        let created = |_: &Option<Profile>| {
            Some(Profile {
                status: "FORCE_CHANGE_PASSWORD".to_owned(),
                email: email.clone(),
                verified: false,
                numbers: (Some(number), Some(number)),
            })
        };
        while !user.profile.must(Option::is_some) && !self.context.is_stopping() {
            let outcome = self.caller.signed("AdminCreateUser", &input).await;
            let may_exist = user.profile.may(Option::is_some);
            let allowed: &[&str] = if may_exist {
                &["UsernameExistsException"]
            } else {
                &[]
            };
            let exists = matches!(&outcome, Outcome::Refused(refusal)
                if refusal.code == "UsernameExistsException");
            self.write(&mut user, "AdminCreateUser", outcome, allowed, created)
                .await;
            if exists || (user.profile.states().len() > 1 && self.rng.chance(50)) {
                self.look(&mut user).await;
            }
        }
        if user.profile.must(Option::is_some) {
            user.promise(&email);
            if self.rng.chance(40) {
                self.delete(&mut user).await;
            }
        }
        user
    }
}
