//! Users with authenticator apps and devices, as the API shows them.

use serde_json::{Value, json};

use crate::api::Caller;
use crate::factor_ledger::FactorUser;
use crate::journal::Journal;
use crate::outcome::Outcome;
use crate::system::FactorPool;
use crate::workers::{FactorCaller, TestContext};

/// Looks at every user, and tries its app, its devices and its tokens.
pub async fn verify(context: &TestContext, pool: &FactorPool, users: &mut [FactorUser]) {
    let mut calls = FactorCaller {
        context: context.clone(),
        pool: pool.clone(),
        // Calls of the verification are no part of the load.
        caller: Caller::new(context.address, &Journal::default()),
    };
    for user in users {
        if user.has_app {
            calls.look_at_app(user).await;
        }
        for at in 0..user.devices.len() {
            calls.look_at_device(user, at).await;
        }
        let (name, confirmed) = (user.name.clone(), user.confirmed());
        for session in &mut user.sessions {
            calls.check_session(&name, &confirmed, session).await;
        }
        check_list(&mut calls, user).await;
        let keys: Vec<String> = user
            .devices
            .iter()
            .map(|device| device.keys.key.clone())
            .collect();
        calls.sign_in(user, None).await;
        for key in keys {
            calls.sign_in(user, Some(&key)).await;
        }
    }
}

/// The list has every session that is not over, and none that is.
async fn check_list(calls: &mut FactorCaller, user: &FactorUser) {
    let input = json!({ "UserPoolId": calls.pool.id, "Username": user.name });
    let outcome = calls.caller.signed("AdminListUserSessions", &input).await;
    let Outcome::Acknowledged(answer) = outcome else {
        let text = format!("AdminListUserSessions of {}: {outcome:?}", user.name);
        calls.context.journal.violation("a refusal is true", text);
        return;
    };
    let listed: Vec<&str> = answer
        .get("Sessions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|session| session.get("SessionId")?.as_str())
        .collect();
    for session in &user.sessions {
        let Some(id) = session.listed_id.as_deref() else {
            continue;
        };
        let is_listed = listed.contains(&id);
        let fits = session.revoked.may(|revoked| *revoked != is_listed);
        let check = "the list of sessions has those that are not over";
        calls.context.journal.check(check, fits, || {
            format!(
                "{}: {id} is listed: {is_listed}, {:?}",
                user.name, session.revoked
            )
        });
    }
}
