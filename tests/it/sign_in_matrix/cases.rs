//! The cases, each over any challenge.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::challenges::{EXPIRED, INCORRECT, INVALID, LOCKED, Then, Ticket, Wrong};
use super::reach::Stage;
use super::world::World;
use crate::support::passwords::NEW_PASSWORD;
use crate::support::pools::PASSWORD;
use crate::support::refusals::refused;
use crate::support::{at_once, tally};

/// A right answer, and the same once more.
pub async fn right(world: World) {
    let ada = world.person("ada").await;
    let stage = world.reach(&ada).await;
    let before = world.standing(&ada).await;
    let input = stage.right();
    let answer = world.answer(&input).await;
    world.went_on(&ada, answer, &before).await;
    let after = world.standing(&ada).await;
    for _ in 0..2 {
        refused(&world.answer(&input).await, world.row().spent);
    }
    assert_eq!(world.standing(&ada).await, after);
}

/// Wrong answers, and the right one after them. Guesses lock the user out, see section 3.7: the fifth for one second,
/// the ninth for sixteen.
pub async fn wrong(world: World) {
    let ada = world.person("ada").await;
    let mut stage = world.reach(&ada).await;
    let before = world.standing(&ada).await;
    match world.row().wrong {
        Wrong::Counted(refusal) => {
            for failures in 1..=9_u32 {
                refused(&world.answer(&stage.wrong()).await, refusal);
                assert_eq!(world.standing(&ada).await, before);
                if (5..9).contains(&failures) {
                    world.advance(1 << (failures - 5)).await;
                }
            }
            refused(&world.answer(&stage.right()).await, LOCKED);
            assert_eq!(world.standing(&ada).await, before);
            world.advance(17).await;
        }
        Wrong::Refused(refusal) => {
            for _ in 0..10 {
                refused(&world.answer(&stage.wrong()).await, refusal);
            }
            assert_eq!(world.standing(&ada).await, before);
        }
        Wrong::AskedAgain => {
            for _ in 0..10 {
                let again = world.answer(&stage.wrong()).await.ok();
                assert_eq!(again["ChallengeName"], world.row().name, "{again}");
                assert!(again.get("AuthenticationResult").is_none(), "{again}");
                assert_ne!(again["Session"], stage.session);
                refused(&world.answer(&stage.right()).await, world.row().spent);
                stage.session = again["Session"].clone();
            }
            assert_eq!(world.standing(&ada).await, before);
        }
    }
    let answer = world.answer(&stage.right()).await;
    world.went_on(&ada, answer, &before).await;
}

/// Everything that a session is not for; then it still counts for what it is for.
pub async fn bound(world: World) {
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let of_bob = world.reach(&bob).await;
    let of_ada = world.reach(&ada).await;
    let before = (world.standing(&ada).await, world.standing(&bob).await);
    let row = world.row();
    for (stage, name) in [(&of_ada, "bob"), (&of_ada, "nobody"), (&of_bob, "ada")] {
        let mut input = stage.right();
        input["ChallengeResponses"]["USERNAME"] = json!(name);
        refused(&world.answer(&input).await, INVALID);
    }
    let answer = world.door.answer(&world.other, &of_ada.right()).await;
    refused(&answer, row.elsewhere);
    for (input, refusal) in as_others(&world, &of_ada) {
        let answer = world.answer(&input).await;
        let found = (answer.type_.as_deref(), answer.message.as_deref());
        let expected = (Some(refusal.0), Some(refusal.1));
        assert_eq!(found, expected, "{input}");
    }
    out_of_order(&world, &of_ada).await;
    let after = (world.standing(&ada).await, world.standing(&bob).await);
    assert_eq!(after, before);
    for (person, stage, before) in [(&ada, &of_ada, &before.0), (&bob, &of_bob, &before.1)] {
        let answer = world.answer(&stage.right()).await;
        world.went_on(person, answer, before).await;
    }
}

/// The session, and the secret block if there is one, as answers to the other challenges.
fn as_others(world: &World, stage: &Stage) -> Vec<(Value, (&'static str, &'static str))> {
    let row = world.row();
    let own = stage.right();
    let block = &own["ChallengeResponses"]["PASSWORD_CLAIM_SECRET_BLOCK"];
    let now = world.pool.endpoint().now();
    let claim = json!({
        "DEVICE_KEY": "us-east-1_00000000-0000-4000-8000-000000000000",
        "PASSWORD_CLAIM_SECRET_BLOCK": if block.is_string() { block.clone() } else { json!("AAAA") },
        "PASSWORD_CLAIM_SIGNATURE": "AAAA",
        "TIMESTAMP": now.strftime("%a %b %-d %H:%M:%S UTC %Y").to_string(),
    });
    let of_device = if stage.session.is_string() {
        INVALID
    } else {
        INCORRECT
    };
    [
        ("PASSWORD", json!({ "PASSWORD": PASSWORD }), INVALID),
        ("PASSWORD_SRP", json!({ "SRP_A": "abc123" }), INVALID),
        ("PASSWORD_VERIFIER", claim.clone(), INCORRECT),
        (
            "NEW_PASSWORD_REQUIRED",
            json!({ "NEW_PASSWORD": NEW_PASSWORD }),
            INVALID,
        ),
        ("SMS_MFA", json!({ "SMS_MFA_CODE": "123456" }), INVALID),
        ("EMAIL_OTP", json!({ "EMAIL_OTP_CODE": "123456" }), INVALID),
        ("SMS_OTP", json!({ "SMS_OTP_CODE": "123456" }), INVALID),
        (
            "SOFTWARE_TOKEN_MFA",
            json!({ "SOFTWARE_TOKEN_MFA_CODE": "123456" }),
            INVALID,
        ),
        ("SELECT_MFA_TYPE", json!({ "ANSWER": "SMS_MFA" }), INVALID),
        ("MFA_SETUP", json!({ "EMAIL": "new@example.com" }), INVALID),
        ("MFA_SETUP", json!({}), INVALID),
        ("CUSTOM_CHALLENGE", json!({ "ANSWER": "14" }), INVALID),
        ("WEB_AUTHN", json!({ "CREDENTIAL": "{}" }), INVALID),
        (
            "DEVICE_SRP_AUTH",
            json!({ "DEVICE_KEY": claim["DEVICE_KEY"], "SRP_A": "abc123" }),
            INVALID,
        ),
        ("DEVICE_PASSWORD_VERIFIER", claim, of_device),
        (
            "SELECT_CHALLENGE",
            json!({ "ANSWER": "EMAIL_OTP" }),
            INVALID,
        ),
    ]
    .into_iter()
    .filter(|(name, ..)| *name != row.name && !row.family.contains(name))
    .map(|(name, mut answers, refusal)| {
        answers["USERNAME"] = own["ChallengeResponses"]["USERNAME"].clone();
        let mut input = json!({ "ChallengeName": name, "ChallengeResponses": answers });
        if stage.session.is_string() {
            input["Session"] = stage.session.clone();
        }
        (input, refusal)
    })
    .collect()
}

/// The right answer before the challenge was posed: without what carries the state of the sign-in, or with what the
/// server has not made.
async fn out_of_order(world: &World, stage: &Stage) {
    let ticket = world.row().ticket;
    if ticket != Ticket::Block {
        let own = stage.session.as_str().unwrap();
        let last = if own.ends_with('A') { 'B' } else { 'A' };
        let changed = format!("{}{last}", &own[..own.len() - 1]);
        for session in [changed, "AYABe".repeat(144)] {
            let mut input = stage.right();
            input["Session"] = json!(session);
            refused(&world.answer(&input).await, INVALID);
        }
    }
    if ticket == Ticket::Session {
        let mut input = stage.right();
        input.as_object_mut().unwrap().remove("Session");
        refused(&world.answer(&input).await, INVALID);
    }
    if ticket.has_block() {
        let mut input = stage.right();
        let name = "PASSWORD_CLAIM_SECRET_BLOCK";
        let block = input["ChallengeResponses"][name].as_str().unwrap();
        let mut bytes = STANDARD.decode(block).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        for block in [STANDARD.encode(bytes), "AAAA".to_owned()] {
            input["ChallengeResponses"][name] = json!(block);
            refused(&world.answer(&input).await, INCORRECT);
        }
    }
}

/// Bob answers in time, and Ada does not.
pub async fn expired(world: World) {
    let (ada, bob) = (world.person("ada").await, world.person("bob").await);
    let late = world.reach(&ada).await;
    let in_time = world.reach(&bob).await;
    let before = (world.standing(&ada).await, world.standing(&bob).await);
    world.advance(100).await;
    let answer = world.answer(&in_time.right()).await;
    world.went_on(&bob, answer, &before.1).await;
    world.advance(180).await;
    for _ in 0..2 {
        refused(&world.answer(&late.right()).await, EXPIRED);
    }
    assert_eq!(world.standing(&ada).await, before.0);
    let stage = world.reach(&ada).await;
    let answer = world.answer(&stage.right()).await;
    world.went_on(&ada, answer, &before.0).await;
}

/// Six callers give one right answer at the same moment.
pub async fn at_the_same_time(world: World) {
    let ada = world.person("ada").await;
    let stage = world.reach(&ada).await;
    let before = world.standing(&ada).await;
    let messages = async || {
        let by_email = world.pool.inbox(&ada.email()).messages().await.len();
        by_email + world.pool.inbox(&ada.phone()).messages().await.len()
    };
    let sent = messages().await;
    let input = stage.right();
    let answers = at_once(6, |_| {
        let (door, app, input) = (world.door, world.app.clone(), input.clone());
        async move { door.answer(&app, &input).await }
    })
    .await;
    assert_eq!(tally(&answers).0, 1, "{:?}", tally(&answers));
    let (mut won, lost): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|answer| answer.status == 200);
    world.went_on(&ada, won.remove(0), &before).await;
    let row = world.row();
    for answer in &lost {
        let found = (
            answer.type_.as_deref().unwrap(),
            answer.message.as_deref().unwrap(),
        );
        let is_expected = found == row.spent || row.outrun.contains(&found);
        assert!(is_expected, "{answer}");
    }
    if let Then::Challenge("SMS_MFA" | "EMAIL_OTP") = row.then {
        assert_eq!(messages().await, sent + 1);
    }
}
