//! The parameters of queries, forms and cookies: as they are right, changed, or made up.

use arbitrary::Unstructured;

use super::kind::Pair;
use crate::choice::{below, edited, once_in, one_of, text};
use crate::login_pool::{CALLBACK, CHALLENGE, VERIFIER};
use crate::variables::Variables;
use crate::world::PASSWORD;

/// Texts that leave a place where a page shows a value, if it is not escaped there. Each has the marker.
pub(super) const MARKUP: [&str; 32] = [
    "<zqzx>",
    "</zqzx>",
    "<zqzx a='b' c=\"d\">&zqzx;</zqzx>",
    "\"><zqzx a=\"",
    "'><zqzx a='",
    "\" zqzx=\"1",
    "' zqzx='1",
    " zqzx=1 ",
    "\" onfocus=\"zqzx()\" autofocus a=\"",
    "' onfocus='zqzx()' autofocus a='",
    "\" style=\"zqzx:1",
    "<!--zqzx-->",
    "--><zqzx><!--",
    "</title><zqzx>",
    "</textarea><zqzx>",
    "</noscript><zqzx>",
    "</script><script>zqzx()</script>",
    "</style><style>zqzx{}</style>",
    "]]><zqzx>",
    "<![CDATA[zqzx]]>",
    "<svg/onload=zqzx()>",
    "<img src=x onerror=zqzx()>",
    "<a href=javascript:zqzx()>x</a>",
    "javascript:zqzx()",
    "data:text/html,<zqzx>",
    "//zqzx.example/",
    "/\\zqzx.example/",
    "https://zqzx.example/",
    "&lt;zqzx&gt;&#34; zqzx=&#34;1",
    "%3Czqzx%3E%22 zqzx=%22",
    "\r\nzqzx: 1\r\n\r\n<zqzx>",
    "\0<zqzx>\u{fffe}\u{ff1c}zqzx\u{202e}",
];

/// Parameters of queries that are not in the request of a kind, and what is right for them.
pub(super) const QUERY: [Pair; 32] = [
    ("scope", "openid email"),
    ("scope", "aws.cognito.signin.user.admin"),
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
    ("nonce", "n"),
    ("prompt", "login"),
    ("prompt", "none"),
    ("prompt", "select_account consent"),
    ("max_age", "60"),
    ("lang", "ja"),
    ("lang", "de"),
    ("login_hint", "ada"),
    ("acr_values", "urn:mace:incommon:iap:silver phr phrh"),
    ("identity_provider", "COGNITO"),
    ("idp_identifier", "COGNITO"),
    ("resource", "https://api.example.com/"),
    ("id_token_hint", "$WebId"),
    ("logout_uri", CALLBACK),
    ("post_logout_redirect_uri", CALLBACK),
    ("response_type", "token"),
    ("response_mode", "fragment"),
    ("client_id", "$MachineClient"),
    ("client_id", "unknown"),
    ("redirect_uri", "https://elsewhere.example.com/"),
    ("state", "<>\"'"),
    ("user_name", "max"),
    ("confirmation_code", "$SignUpCode"),
    ("proof", "00"),
    ("error", "redirect_mismatch"),
    ("error_description", "text"),
    ("then", "add-a-passkey"),
    ("code", "$Code"),
];

/// Fields of forms, likewise.
pub(super) const FORM: [Pair; 48] = [
    ("username", "ada"),
    ("username", "bob"),
    ("username", "new"),
    ("password", PASSWORD),
    ("confirmPassword", PASSWORD),
    ("code", "$SignUpCode"),
    ("code", "123456"),
    ("step", "SELECT_CHALLENGE"),
    ("step", "PASSWORD"),
    ("step", "MFA_SETUP_APP"),
    ("step", "NEW_PASSWORD_REQUIRED"),
    ("session", "$ChoiceSession"),
    ("session", "$NewPasswordSession"),
    ("user", "ivy"),
    (
        "offered",
        "PASSWORD EMAIL_OTP SMS_MFA SOFTWARE_TOKEN_MFA email",
    ),
    ("destination", "a***@e***"),
    ("deliveryMedium", "SMS"),
    ("sub", "$KnownUser"),
    ("answer", "WEB_AUTHN"),
    ("answer", "SOFTWARE_TOKEN_MFA"),
    ("credential", "{}"),
    ("options", "{}"),
    ("secret", "JBSWY3DPEHPK3PXP"),
    ("friendlyDeviceName", "My phone"),
    ("email", "new@example.com"),
    ("phone_number", "+12065550100"),
    ("requiredAttributes[email]", "new@example.com"),
    ("requiredAttributes[address]", "here"),
    ("requiredAttributes[custom:team]", "a"),
    ("resend", "true"),
    ("other_method", "true"),
    ("skip", "true"),
    ("offer", "$Offer"),
    ("signInAsKnownUser", "true"),
    ("cognitoAsfData", "x"),
    ("grant_type", "authorization_code"),
    ("grant_type", "refresh_token"),
    ("grant_type", "client_credentials"),
    ("client_id", "$WebClient"),
    ("client_id", "$MachineClient"),
    ("client_secret", "$MachineSecret"),
    ("redirect_uri", CALLBACK),
    ("code_verifier", VERIFIER),
    ("scope", "orders/read openid"),
    ("refresh_token", "$WebRefresh"),
    ("token", "$WebAccess"),
    ("token_type_hint", "refresh_token"),
    ("aws_client_metadata", "{\"a\":\"b\"}"),
];

/// Cookies of a domain, likewise.
pub(super) const COOKIES: [Pair; 6] = [
    ("cognito", "$BrowserSession"),
    ("page-data", "$SignUpData"),
    ("page-data", "$ResetData"),
    ("lang", "de"),
    ("passkey-later", "1"),
    ("XSRF-TOKEN", "fedcba9876543210"),
];

/// `text` with the values of its variables.
pub(super) fn filled(variables: &Variables, text: &str) -> String {
    String::from_utf8_lossy(&variables.fill(text.as_bytes())).into_owned()
}

/// A list of parameters with the values of their variables.
pub(super) fn all_filled(variables: &Variables, pairs: &[Pair]) -> Vec<(String, String)> {
    let filled = |(name, value): &Pair| ((*name).to_owned(), filled(variables, value));
    pairs.iter().map(filled).collect()
}

/// What is sent in the place of `right`: that, mostly. `None` leaves the parameter out.
pub(super) fn value(input: &mut Unstructured<'_>, right: String) -> Option<String> {
    match below(input, 16) {
        0..=7 => Some(right),
        8 => None,
        9 => Some(String::new()),
        10 => Some(edited(input, &right)),
        11 | 12 => Some((*one_of(input, &MARKUP)).to_owned()),
        13 | 14 => Some(format!("{right}{}", one_of(input, &MARKUP))),
        _ => Some(text(input)),
    }
}

/// The parameters that are sent where `right` would be right: those, mostly, and some that are `known` beside them. A
/// name comes twice only now and then, since forms and queries with such a name are refused as a whole.
pub(super) fn parameters(
    input: &mut Unstructured<'_>,
    right: Vec<(String, String)>,
    known: &[(String, String)],
) -> Vec<(String, String)> {
    let mut sent: Vec<(String, String)> = Vec::new();
    for (name, right) in right {
        if let Some(value) = value(input, right) {
            sent.push((name, value));
        }
    }
    for _ in 0..below(input, 4) {
        let (name, right) = one_of(input, known).clone();
        let Some(value) = value(input, right) else {
            continue;
        };
        if !once_in(input, 8) {
            sent.retain(|(there, _)| *there != name);
        }
        sent.push((name, value));
    }
    if once_in(input, 32) {
        sent.push(((*one_of(input, &MARKUP)).to_owned(), text(input)));
    }
    sent
}

/// Parameters as they stand in a query or a form.
pub(super) fn encoded(parameters: &[(String, String)]) -> String {
    let encoded = |text: &str| {
        let bytes = text.bytes().map(|byte| format!("%{byte:02X}"));
        bytes.collect::<String>()
    };
    let pairs = parameters.iter();
    let pairs = pairs.map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}
