//! InitiateAuth and RespondToAuthChallenge.

use serde_json::{Value, json};

use super::answer::Answer;
use super::pools::{AppClient, Tokens, laid_over};

/// A password that conforms to the default policy, and that nobody has.
pub const WRONG_PASSWORD: &str = "Wr0ng-Donkey?";

/// The tokens of a sign-in that has succeeded, and not only led to a challenge.
#[track_caller]
pub fn tokens_of(answer: Answer) -> Tokens {
    Tokens::from(&answer.ok())
}

/// InitiateAuth with any flow and parameters.
pub async fn initiate(app: &AppClient, flow: &str, parameters: Value) -> Answer {
    let input = json!({ "AuthFlow": flow, "AuthParameters": parameters });
    app.call("InitiateAuth", input).await
}

/// RespondToAuthChallenge to `challenge`, the body that posed it.
pub async fn respond(app: &AppClient, challenge: &Value, responses: Value) -> Answer {
    let input = json!({
        "ChallengeName": challenge["ChallengeName"],
        "Session": challenge["Session"],
        "ChallengeResponses": responses,
    });
    app.call("RespondToAuthChallenge", input).await
}

/// The answer to NEW_PASSWORD_REQUIRED: `password`, and `overrides` laid over that.
pub async fn choose_password(
    app: &AppClient,
    challenge: &Value,
    password: &str,
    overrides: Value,
) -> Answer {
    let base = json!({
        "USERNAME": challenge["ChallengeParameters"]["USER_ID_FOR_SRP"],
        "NEW_PASSWORD": password,
    });
    respond(app, challenge, laid_over(base, overrides)).await
}
