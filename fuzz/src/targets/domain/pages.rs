//! The requests of browsers: for the login pages, and their forms.

use super::endpoints::{QUERY, SIGNED_IN};
use super::kind::{Kind, Pair, What, kind};
use crate::login_pool::CALLBACK;
use crate::world::PASSWORD;

/// A link to `/passkeys/add` names the client and its address only.
const LINK: [Pair; 2] = [("client_id", "$WebClient"), ("redirect_uri", CALLBACK)];
const FIRST: Pair = ("offered", "PASSWORD EMAIL_OTP WEB_AUTHN");
const SECOND: Pair = ("offered", "EMAIL_OTP SMS_MFA SOFTWARE_TOKEN_MFA");
const ADA: Pair = ("user", "ada");
const BOB: Pair = ("user", "bob");
const CHOICE: Pair = ("session", "$ChoiceSession");
const CODE: Pair = ("session", "$CodeSession");
/// A code that is not there is refused without an end of the sign-in, so that the page comes again.
const NO_CODE: Pair = ("code", "");
const SIGN_UP: [Pair; 1] = [("page-data", "$SignUpData")];
const RESET: [Pair; 1] = [("page-data", "$ResetData")];

/// A step of a sign-in.
const fn step(name: &'static str, form: &'static [Pair], status: u16) -> Kind {
    kind(name, What::Form("login", form), status)
}

pub(super) static KINDS: [Kind; 39] = [
    kind("first-form", What::FirstForm, 0),
    kind("last-form", What::LastForm, 0),
    kind("follow", What::Follow, 0),
    kind("login-page", What::Get("login", &QUERY), 200),
    Kind {
        cookies: &SIGNED_IN,
        ..kind(
            "login-page-of-a-known-user",
            What::Get("login", &QUERY),
            200,
        )
    },
    step("login-username", &[("username", "ada")], 200),
    step(
        "login-password",
        &[("username", "ada"), ("password", PASSWORD)],
        200,
    ),
    Kind {
        cookies: &SIGNED_IN,
        ..step(
            "login-known-user",
            &[("signInAsKnownUser", "true"), ("sub", "$KnownUser")],
            302,
        )
    },
    kind(
        "login-new-password",
        What::Form(
            "changePassword",
            &[
                ("step", "NEW_PASSWORD_REQUIRED"),
                ("session", "$NewPasswordSession"),
                ("user", "ivy"),
                ("offered", "address"),
                ("password", "An0ther-Horse!"),
                ("confirmPassword", "An0ther-Horse!"),
                ("requiredAttributes[address]", "here"),
            ],
        ),
        200,
    ),
    step(
        "login-new-passwords-that-differ",
        &[
            ("step", "NEW_PASSWORD_REQUIRED"),
            ("session", "$NewPasswordSession"),
            ("user", "ivy"),
            ("offered", "address email"),
            ("password", "An0ther-Horse!"),
            ("confirmPassword", "another"),
            ("requiredAttributes[address]", "here"),
            ("requiredAttributes[email]", "ivy@example.com"),
        ],
        200,
    ),
    step(
        "login-choose-the-password",
        &[
            ("step", "SELECT_CHALLENGE"),
            CHOICE,
            ADA,
            FIRST,
            ("answer", "PASSWORD"),
        ],
        200,
    ),
    step(
        "login-choose-a-code",
        &[
            ("step", "SELECT_CHALLENGE"),
            CHOICE,
            ADA,
            FIRST,
            ("answer", "EMAIL_OTP"),
        ],
        200,
    ),
    step(
        "login-chosen-password",
        &[
            ("step", "PASSWORD"),
            CHOICE,
            ADA,
            FIRST,
            ("password", PASSWORD),
        ],
        200,
    ),
    step(
        "login-other-method",
        &[
            ("step", "PASSWORD"),
            CHOICE,
            ADA,
            FIRST,
            ("other_method", "true"),
        ],
        200,
    ),
    step(
        "login-first-code",
        &[
            ("step", "FIRST_EMAIL_OTP"),
            CHOICE,
            ADA,
            FIRST,
            ("destination", "a***@e***"),
            NO_CODE,
        ],
        200,
    ),
    step(
        "login-first-code-by-sms",
        &[
            ("step", "SMS_OTP"),
            CHOICE,
            ADA,
            FIRST,
            ("destination", "+*******0100"),
            NO_CODE,
        ],
        200,
    ),
    step(
        "login-passkey",
        &[
            ("step", "WEB_AUTHN"),
            CHOICE,
            ADA,
            FIRST,
            ("options", "{\"challenge\":\"AAAA\"}"),
            ("credential", "{\"id\":\"AAAA\"}"),
        ],
        200,
    ),
    step(
        "login-second-code",
        &[
            ("step", "EMAIL_OTP"),
            CODE,
            BOB,
            ("destination", "b***@e***"),
            ("code", "$SignInCode"),
        ],
        200,
    ),
    step(
        "login-second-code-again",
        &[
            ("step", "EMAIL_OTP"),
            CODE,
            BOB,
            ("destination", "b***@e***"),
            ("resend", "true"),
        ],
        200,
    ),
    step(
        "login-second-code-by-sms",
        &[
            ("step", "SMS_MFA"),
            CODE,
            BOB,
            ("destination", "+*******0100"),
            NO_CODE,
        ],
        200,
    ),
    step(
        "login-code-of-an-app",
        &[("step", "SOFTWARE_TOKEN_MFA"), CODE, BOB, NO_CODE],
        200,
    ),
    step(
        "login-choose-a-second-factor",
        &[
            ("step", "SELECT_MFA_TYPE"),
            CODE,
            BOB,
            SECOND,
            ("answer", "SMS_MFA"),
        ],
        200,
    ),
    step(
        "login-choose-what-is-set-up",
        &[
            ("step", "MFA_SETUP"),
            CODE,
            BOB,
            SECOND,
            ("answer", "other"),
        ],
        200,
    ),
    step(
        "login-set-up-an-app",
        &[
            ("step", "MFA_SETUP_APP"),
            CODE,
            BOB,
            SECOND,
            ("secret", "JBSWY3DPEHPK3PXP"),
            ("friendlyDeviceName", "My phone"),
            NO_CODE,
        ],
        200,
    ),
    step(
        "login-set-up-an-address",
        &[
            ("step", "MFA_SETUP_EMAIL"),
            CODE,
            BOB,
            SECOND,
            ("email", "no address"),
        ],
        200,
    ),
    step(
        "login-set-up-a-number",
        &[
            ("step", "MFA_SETUP_SMS"),
            CODE,
            BOB,
            SECOND,
            ("phone_number", "no number"),
        ],
        200,
    ),
    kind("signup-page", What::Get("signup", &QUERY), 200),
    kind(
        "signup",
        What::Form(
            "signup",
            &[
                ("username", "new"),
                ("password", PASSWORD),
                ("requiredAttributes[email]", "new@example.com"),
                ("requiredAttributes[address]", "here"),
            ],
        ),
        302,
    ),
    Kind {
        cookies: &SIGN_UP,
        ..kind("confirm-page", What::Get("confirm", &QUERY), 200)
    },
    Kind {
        cookies: &SIGN_UP,
        ..kind(
            "confirm",
            What::Form(
                "confirm",
                &[
                    ("username", "max"),
                    ("sub", ""),
                    ("destination", "m***@e***"),
                    ("deliveryMedium", "EMAIL"),
                    ("code", "$SignUpCode"),
                ],
            ),
            200,
        )
    },
    kind(
        "resendcode",
        What::Form(
            "resendcode",
            &[
                ("username", "max"),
                ("sub", "s"),
                ("destination", "+*******0100"),
                ("deliveryMedium", "SMS"),
                ("resend", "true"),
            ],
        ),
        200,
    ),
    kind(
        "forgot-password-page",
        What::Get("forgotPassword", &QUERY),
        200,
    ),
    kind(
        "forgot-password",
        What::Form("forgotPassword", &[("username", "ada")]),
        302,
    ),
    Kind {
        cookies: &RESET,
        ..kind(
            "reset-password-page",
            What::Get("confirmforgotPassword", &QUERY),
            200,
        )
    },
    kind(
        "reset-password",
        What::Form(
            "confirmforgotPassword",
            &[
                ("username", "ada"),
                ("destination", "a***@e***"),
                ("deliveryMedium", "EMAIL"),
                ("code", "$ResetCode"),
                ("password", "An0ther-Horse!"),
                ("confirmPassword", "An0ther-Horse!"),
            ],
        ),
        302,
    ),
    kind(
        "confirm-user",
        What::Get(
            "confirmUser",
            &[
                ("client_id", "$WebClient"),
                ("user_name", "max"),
                ("confirmation_code", "$SignUpCode"),
                ("proof", "00"),
            ],
        ),
        200,
    ),
    Kind {
        cookies: &SIGNED_IN,
        ..kind("passkeys-add-page", What::Get("passkeys/add", &LINK), 200)
    },
    Kind {
        cookies: &SIGNED_IN,
        ..kind(
            "passkeys-add",
            What::Form(
                "passkeys/add",
                &[("offer", "$Offer"), ("credential", "{\"id\":\"AAAA\"}")],
            ),
            200,
        )
    },
    Kind {
        cookies: &SIGNED_IN,
        ..kind(
            "passkeys-skip",
            What::Form("passkeys/add", &[("offer", "$Offer"), ("skip", "true")]),
            302,
        )
    },
];
