//! Section 5.1: USER_SRP_AUTH and PASSWORD_VERIFIER, as they should go.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::answer::member_names;
use crate::support::pools::PASSWORD;
use crate::support::refusals::incorrect;
use crate::support::sign_in::{WRONG_PASSWORD, initiate, tokens_of};
use crate::support::users::{client_with_ada, confirmed_user};
use crate::support::{SrpClient, TestServer, Tokens, both_stores};

/// The prime of the 3072-bit group of RFC 3526, section 4.
const N: &str = "\
    FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD\
    EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED\
    EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F\
    83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B\
    E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510\
    15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7\
    ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C\
    BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF";

fn is_hex(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|text| !text.is_empty() && text.chars().all(|c| c.is_ascii_hexdigit()))
}

/// Twice a number in hexadecimal digits.
fn doubled(number: &str) -> String {
    let mut carry = 0;
    let mut digits = Vec::new();
    for digit in number.chars().rev() {
        let sum = digit.to_digit(16).unwrap() * 2 + carry;
        digits.push(char::from_digit(sum % 16, 16).unwrap());
        carry = sum / 16;
    }
    digits.push(char::from_digit(carry, 16).unwrap());
    digits.iter().rev().collect()
}

both_stores! {
    /// The parameters of the challenge.
    async fn the_challenge_has_the_parameters_of_srp(server: TestServer) {
        let app = client_with_ada(&server).await;
        let body = SrpClient::new().initiate(&app, "ada").await.ok();
        assert_eq!(body["ChallengeName"], "PASSWORD_VERIFIER");
        assert!(body.get("AuthenticationResult").is_none(), "{body}");
        let parameters = &body["ChallengeParameters"];
        assert_eq!(
            member_names(parameters),
            ["SALT", "SECRET_BLOCK", "SRP_B", "USERNAME", "USER_ID_FOR_SRP"]
        );
        assert!(is_hex(&parameters["SALT"]) && is_hex(&parameters["SRP_B"]), "{body}");
        STANDARD.decode(parameters["SECRET_BLOCK"].as_str().unwrap()).unwrap();
        assert_eq!(parameters["USERNAME"], "ada");
        assert_eq!(parameters["USER_ID_FOR_SRP"], "ada");
    }

    /// Whatever name was typed, the challenge carries the stored username.
    async fn the_challenge_carries_the_stored_username(server: TestServer) {
        let pool = server.pool(json!({ "AliasAttributes": ["email"] })).await;
        let app = pool.client(json!({})).await;
        let attributes = json!({ "email": "ada@example.com", "email_verified": "true" });
        confirmed_user(&pool, "ada", attributes).await;
        let body = SrpClient::new().initiate(&app, "ada@example.com").await.ok();
        assert_eq!(body["ChallengeParameters"]["USERNAME"], "ada");
        assert_eq!(body["ChallengeParameters"]["USER_ID_FOR_SRP"], "ada");
    }

    /// A right answer gets what a right password gets; the members are those of section 4.2.
    async fn a_right_answer_gets_three_tokens(server: TestServer) {
        let pool = server.pool(json!({})).await;
        let app = pool.client(json!({})).await;
        let sub = confirmed_user(&pool, "ada", json!({})).await;
        let body = SrpClient::sign_in(&app, "ada", PASSWORD).await.ok();
        assert_eq!(member_names(&body), ["AuthenticationResult", "ChallengeParameters"]);
        assert_eq!(body["ChallengeParameters"], json!({}));
        let tokens = Tokens::from(&body);
        let user = app.with_token("GetUser", &tokens.access, json!({})).await.ok();
        assert_eq!(user["Username"], "ada");
        assert_eq!(tokens.access_claims()["sub"], sub.as_str());
        app.refresh(&tokens.refresh).await.ok();
    }

    /// A wrong password shows only at the answer, and gets the common text.
    async fn a_wrong_password_is_refused_at_the_answer(server: TestServer) {
        let app = client_with_ada(&server).await;
        let client = SrpClient::new();
        let challenge = client.initiate(&app, "ada").await.ok();
        let response = client.response(&app, &challenge, WRONG_PASSWORD);
        incorrect(&app.call("RespondToAuthChallenge", response).await);
    }

    /// The verifier changes with the password.
    async fn only_the_changed_password_signs_in(server: TestServer) {
        let app = client_with_ada(&server).await;
        let tokens = Tokens::from(&SrpClient::sign_in(&app, "ada", PASSWORD).await.ok());
        let changed = "Ch4nged-Horse!";
        let input = json!({ "PreviousPassword": PASSWORD, "ProposedPassword": changed });
        app.with_token("ChangePassword", &tokens.access, input).await.ok();
        SrpClient::sign_in(&app, "ada", changed).await.ok();
        incorrect(&SrpClient::sign_in(&app, "ada", PASSWORD).await);
    }

    /// The SECRET_BLOCK carries the state: no Session is needed.
    async fn no_session_is_needed(server: TestServer) {
        let app = client_with_ada(&server).await;
        let client = SrpClient::new();
        let challenge = client.initiate(&app, "ada").await.ok();
        let mut response = client.response(&app, &challenge, PASSWORD);
        response.as_object_mut().unwrap().remove("Session");
        tokens_of(app.call("RespondToAuthChallenge", response).await);
    }

    /// An A that is zero modulo N would give away the session key: zero, N and its double.
    async fn a_zero_a_is_refused(server: TestServer) {
        let app = client_with_ada(&server).await;
        for a in ["0".to_owned(), "00".repeat(384), N.to_owned(), doubled(N)] {
            let parameters = json!({ "USERNAME": "ada", "SRP_A": a });
            let answer = initiate(&app, "USER_SRP_AUTH", parameters).await;
            answer.fails_as("InvalidParameterException");
        }
    }

    /// Letters that are no hexadecimal number.
    async fn an_a_that_is_no_number_is_refused(server: TestServer) {
        let app = client_with_ada(&server).await;
        for a in ["", "xyz", "-1", "0x12"] {
            let parameters = json!({ "USERNAME": "ada", "SRP_A": a });
            let answer = initiate(&app, "USER_SRP_AUTH", parameters).await;
            answer.fails_as("InvalidParameterException");
        }
    }
}
