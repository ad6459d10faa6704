//! Users as the API shows them: each acknowledged write, each session.

use serde_json::json;

use crate::api::Caller;
use crate::journal::Journal;
use crate::ledger::{Client, Session, User};
use crate::outcome::Outcome;
use crate::settings::PASSWORD;
use crate::workers::{RefreshResult, TestContext, is_revoked, look, refresh};

/// Looks at every user, and tries its password and its tokens.
pub async fn verify(context: &TestContext, users: &mut [User]) {
    // Calls of the verification are no part of the load.
    let mut caller = Caller::new(context.address, &Journal::default());
    for user in users {
        look(&mut caller, context, user).await;
        let confirmed = user.profile.must(|profile| {
            profile
                .as_ref()
                .is_some_and(|profile| profile.status == "CONFIRMED")
        });
        if confirmed {
            sign_in(&mut caller, context, user).await;
        }
        let name = user.name.clone();
        let exists = user.profile.must(Option::is_some);
        for session in &mut user.sessions {
            check(&mut caller, context, &name, exists, session).await;
        }
    }
}

async fn sign_in(caller: &mut Caller, context: &TestContext, user: &User) {
    let input = json!({
        "ClientId": Client::Plain.id(), "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": { "USERNAME": user.name, "PASSWORD": PASSWORD },
    });
    let outcome = caller.call("InitiateAuth", &input).await;
    let works = matches!(outcome, Outcome::Acknowledged(_));
    context
        .journal
        .check("every confirmed user can sign in", works, || {
            format!("{}: {outcome:?}", user.name)
        });
}

async fn check(
    caller: &mut Caller,
    context: &TestContext,
    name: &str,
    exists: bool,
    session: &mut Session,
) {
    let journal = &context.journal;
    let outcome = caller
        .call("GetUser", &json!({ "AccessToken": session.access }))
        .await;
    if !exists {
        let refused = matches!(outcome, Outcome::Refused(_));
        journal.check("tokens of a deleted user are refused", refused, || {
            format!("{name}: {outcome:?}")
        });
        let moves = &context.clock_moves;
        let exchanged = refresh(caller, session, false, moves).await;
        let refused = !matches!(exchanged, Ok(RefreshResult::Succeeded));
        journal.check("tokens of a deleted user are refused", refused, || {
            format!("{name}: a refresh token works")
        });
        return;
    }
    let revoked = is_revoked(&outcome);
    let fits = revoked.is_some_and(|revoked| session.revoked.narrow(|state| *state == revoked));
    let check = "a revoked session is over, and no other";
    journal.check(check, fits, || {
        format!(
            "{name}: {outcome:?}, and revoked should be {:?}",
            session.revoked
        )
    });
    let moves = &context.clock_moves;
    let over = session.revoked.must(|revoked| *revoked);
    let exchanged = refresh(caller, session, false, moves).await;
    let fits = match (&exchanged, over) {
        (Ok(RefreshResult::Succeeded), over) => !over,
        (Ok(RefreshResult::Revoked), over) => over,
        // It was replaced by a token that the client did not receive.
        (Ok(RefreshResult::Replaced), _) => true,
        (Ok(RefreshResult::Unexplained) | Err(_), _) => false,
    };
    journal.check("sequences of refresh tokens are unbroken", fits, || {
        format!(
            "{name}, {:?}: {exchanged:?}, revoked: {over}",
            session.client
        )
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_server;
    use crate::ledger::{Possible, Profile};
    use crate::mail_sink::MailSink;

    /// The checks that a server violates that answers everything in one way.
    async fn violated(answer: (u16, &'static str), exists: bool, revoked: bool) -> Vec<String> {
        let sink = MailSink::start().await.unwrap();
        let address = fake_server::start(answer.0, answer.1).await;
        let context = TestContext::new(address, sink, Journal::default());
        let mut caller = Caller::new(address, &Journal::default());
        let mut user = User::new("ada".to_owned());
        user.profile.acknowledged(|_| {
            Some(Profile {
                status: "CONFIRMED".to_owned(),
                email: "ada@example.com".to_owned(),
                verified: true,
                numbers: (None, None),
            })
        });
        sign_in(&mut caller, &context, &user).await;
        let mut session = Session {
            client: Client::Plain,
            access: "a".to_owned(),
            refresh: "r".to_owned(),
            may_be_replaced: None,
            replaced: None,
            revoked: Possible::known(revoked),
        };
        check(&mut caller, &context, "ada", exists, &mut session).await;
        context.journal.entries().violated.into_keys().collect()
    }

    const YES: (u16, &str) = (200, "{}");
    const NO: (u16, &str) = (
        400,
        r#"{"__type":"NotAuthorizedException","message":"No."}"#,
    );

    #[tokio::test]
    async fn wrong_answers_are_found() {
        let (over, unbroken) = (
            "a revoked session is over, and no other",
            "sequences of refresh tokens are unbroken",
        );
        assert!(violated(YES, true, false).await.is_empty());
        assert_eq!(violated(YES, true, true).await, [over, unbroken]);
        assert_eq!(
            violated(YES, false, false).await,
            ["tokens of a deleted user are refused"]
        );
        let found = violated(NO, true, false).await;
        assert_eq!(found, [over, "every confirmed user can sign in", unbroken]);
    }
}
