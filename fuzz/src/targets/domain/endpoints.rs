//! The requests of applications and programs: to the endpoints of OAuth, and for files.

use super::kind::{Kind, Pair, What, kind};
use crate::login_pool::{CALLBACK, CHALLENGE, VERIFIER};

/// The query of a request for authorization, which travels through the pages.
pub(super) const QUERY: [Pair; 4] = [
    ("client_id", "$WebClient"),
    ("redirect_uri", CALLBACK),
    ("response_type", "code"),
    ("state", "a/b c"),
];

/// The cookie of a user who is signed in at the browser.
pub(super) const SIGNED_IN: [Pair; 1] = [("cognito", "$BrowserSession")];

const BEARER: Option<Pair> = Some(("Bearer", "$WebAccess"));
const BASIC: Option<Pair> = Some(("Basic", "$MachineClient:$MachineSecret"));

pub(super) static KINDS: [Kind; 20] = [
    kind("authorize", What::Get("oauth2/authorize", &QUERY), 302),
    Kind {
        cookies: &SIGNED_IN,
        ..kind(
            "authorize-as-a-known-user",
            What::Get(
                "oauth2/authorize",
                &[
                    ("client_id", "$WebClient"),
                    ("redirect_uri", CALLBACK),
                    ("response_type", "code"),
                    ("state", "a/b c"),
                    ("scope", "openid email"),
                    ("code_challenge", CHALLENGE),
                    ("code_challenge_method", "S256"),
                    ("nonce", "n"),
                ],
            ),
            302,
        )
    },
    Kind {
        cookies: &SIGNED_IN,
        ..kind(
            "authorize-tokens",
            What::Get(
                "authorize",
                &[
                    ("client_id", "$WebClient"),
                    ("redirect_uri", CALLBACK),
                    ("response_type", "token"),
                    ("state", "s"),
                    ("prompt", "none"),
                    ("max_age", "3600"),
                ],
            ),
            302,
        )
    },
    kind(
        "token-for-a-code",
        What::Post(
            "oauth2/token",
            &[
                ("grant_type", "authorization_code"),
                ("client_id", "$WebClient"),
                ("redirect_uri", CALLBACK),
                ("code", "$Code"),
                ("code_verifier", VERIFIER),
            ],
        ),
        200,
    ),
    kind(
        "token-for-a-refresh-token",
        What::Post(
            "oauth2/token",
            &[
                ("grant_type", "refresh_token"),
                ("client_id", "$WebClient"),
                ("refresh_token", "$WebRefresh"),
            ],
        ),
        200,
    ),
    Kind {
        authorization: BASIC,
        ..kind(
            "token-for-a-client",
            What::Post(
                "oauth2/token",
                &[
                    ("grant_type", "client_credentials"),
                    ("scope", "orders/read"),
                    ("aws_client_metadata", "{\"a\":\"b\"}"),
                ],
            ),
            200,
        )
    },
    kind(
        "token-for-a-client-by-its-form",
        What::Post(
            "oauth2/token",
            &[
                ("grant_type", "client_credentials"),
                ("client_id", "$MachineClient"),
                ("client_secret", "$MachineSecret"),
            ],
        ),
        200,
    ),
    Kind {
        authorization: BEARER,
        ..kind("user-info", What::Get("oauth2/userInfo", &[]), 200)
    },
    Kind {
        authorization: BEARER,
        ..kind("user-info-by-post", What::Post("oauth2/userinfo", &[]), 200)
    },
    kind(
        "revoke",
        What::Post(
            "oauth2/revoke",
            &[("token", "$WebRefresh"), ("client_id", "$WebClient")],
        ),
        200,
    ),
    Kind {
        cookies: &SIGNED_IN,
        ..kind(
            "logout",
            What::Get(
                "logout",
                &[("client_id", "$WebClient"), ("logout_uri", CALLBACK)],
            ),
            302,
        )
    },
    kind(
        "logout-by-a-hint",
        What::Get(
            "logout",
            &[
                ("id_token_hint", "$WebId"),
                ("post_logout_redirect_uri", CALLBACK),
                ("state", "a/b c"),
            ],
        ),
        302,
    ),
    kind("logout-to-the-login-page", What::Get("logout", &QUERY), 302),
    kind(
        "error-redirect-mismatch",
        What::Get(
            "error",
            &[("error", "redirect_mismatch"), ("client_id", "$WebClient")],
        ),
        400,
    ),
    kind(
        "error-unknown-client",
        What::Get(
            "error",
            &[("error", "client_not_found"), ("client_id", "unknown")],
        ),
        400,
    ),
    kind(
        "preview",
        What::Get("preview", &[("client_id", "$WebClient"), ("lang", "en")]),
        200,
    ),
    kind(
        "preview-of-a-page",
        What::Get(
            "preview/sign-up-with-problems",
            &[("client_id", "$WebClient"), ("lang", "ja")],
        ),
        200,
    ),
    kind("file-of-all", What::Get("assets/login.css", &[]), 404),
    kind("file-of-a-client", What::Get("assets/x/logo", &[]), 404),
    kind("picture", What::Get("assets/x/branding/y", &[]), 404),
];
