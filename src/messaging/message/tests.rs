use proptest::prelude::*;

use super::*;

fn settings() -> PoolSettings {
    PoolSettings::default()
}

fn texts(
    kind: MessageKind,
    medium: Medium,
    settings: &PoolSettings,
    username: &str,
    code: &str,
) -> (Option<String>, String) {
    let text = compose(kind, medium, settings, username, &code.into());
    let subject = text.subject.map(|s| s.expose_secret().to_owned());
    (subject, text.body.expose_secret().to_owned())
}

#[test]
fn a_pool_without_templates_uses_the_defaults_of_behaviour_9() {
    let settings = settings();
    for kind in MessageKind::ALL {
        let (subject, body) = texts(kind, Medium::Email, &settings, "ada", "123456");
        let (expected_subject, expected_body) = match kind {
            MessageKind::Invitation => (
                "Your temporary password",
                "Your username is ada and temporary password is 123456. ",
            ),
            MessageKind::SignInCode => (
                "Your authentication code",
                "Your authentication code is 123456. ",
            ),
            MessageKind::SignUpCode
            | MessageKind::ResendCode
            | MessageKind::AttributeCode
            | MessageKind::AttributeUpdateCode
            | MessageKind::ForgotPasswordCode => (
                "Your verification code",
                "Your verification code is 123456. ",
            ),
        };
        assert_eq!(subject.as_deref(), Some(expected_subject));
        assert_eq!(body, expected_body);
        let sms = texts(kind, Medium::Sms, &settings, "ada", "123456");
        assert_eq!(sms, (None, expected_body.to_owned()));
    }
}

#[test]
fn the_templates_of_a_pool_replace_the_defaults() {
    let mut settings = settings();
    settings.verification_message.email = Some("<b>{username}</b>: {####} {####}{x}{".to_owned());
    settings.verification_message.sms = Some("{####}!".to_owned());
    settings.verification_message.email_subject = Some("For {username}".to_owned());
    settings.admin_create_user.invitation_sms = Some("{username}/{####}".to_owned());
    let (subject, body) = texts(
        MessageKind::SignUpCode,
        Medium::Email,
        &settings,
        "a&b",
        "1",
    );
    assert_eq!(subject.as_deref(), Some("For a&b"));
    assert_eq!(body, "<b>a&amp;b</b>: 1 1{x}{");
    let (_, body) = texts(MessageKind::ResendCode, Medium::Sms, &settings, "a&b", "1");
    assert_eq!(body, "1!");
    let (_, body) = texts(
        MessageKind::Invitation,
        Medium::Sms,
        &settings,
        "a&b",
        "<1>",
    );
    assert_eq!(body, "a&b/<1>");
    let (_, body) = texts(
        MessageKind::Invitation,
        Medium::Email,
        &settings,
        "a&b",
        "<1>",
    );
    assert_eq!(
        body,
        "Your username is a&amp;b and temporary password is &lt;1&gt;. "
    );
}

#[test]
fn a_template_without_the_code_placeholder_is_not_used() {
    let mut settings = settings();
    settings.verification_message.email = Some("Hello".to_owned());
    let (_, body) = texts(
        MessageKind::SignUpCode,
        Medium::Email,
        &settings,
        "ada",
        "7",
    );
    assert_eq!(body, "Your verification code is 7. ");
}

#[test]
fn custom_texts_go_before_templates_if_they_have_the_code() {
    let mut settings = settings();
    settings.verification_message.email = Some("template {####}".to_owned());
    settings.verification_message.email_subject = Some("subject".to_owned());
    let text = |email: &str, email_subject: Option<&str>| {
        let custom = CustomText {
            sms: Some("no code".to_owned()),
            email: Some(email.to_owned()),
            email_subject: email_subject.map(str::to_owned),
            link: None,
        };
        let composed = |medium| {
            let kind = MessageKind::SignUpCode;
            compose_with(kind, medium, &settings, &custom, ("a<b", &"7".into()))
        };
        let (email, sms) = (composed(Medium::Email), composed(Medium::Sms));
        [email.subject, Some(email.body), Some(sms.body)]
            .map(|text| text.unwrap().expose_secret().to_owned())
    };
    let sms = "Your verification code is 7. ";
    assert_eq!(
        text("<i>{username} {####}</i>", Some("Hi {username}\n")),
        ["Hi a<b ", "<i>a&lt;b 7</i>", sms]
    );
    assert_eq!(text("no code", None), ["subject", "template 7", sms]);
}

#[test]
fn a_username_that_looks_like_a_placeholder_is_not_replaced() {
    let (_, body) = texts(
        MessageKind::Invitation,
        Medium::Sms,
        &settings(),
        "{####}",
        "77",
    );
    assert_eq!(
        body,
        "Your username is {####} and temporary password is 77. "
    );
}

#[test]
fn debug_shows_neither_text_nor_code() {
    let pool = UserPool {
        id: "us-east-1_A".into(),
        region: "us-east-1".into(),
        name: "p".into(),
        settings: settings(),
        domains: crate::domain::pool_domain::DomainNames::default(),
        created_at: crate::domain::time::Timestamp::default(),
        modified_at: crate::domain::time::Timestamp::default(),
        version: 1,
    };
    let to = Recipient {
        user_id: "u",
        username: "ada",
        sign_in_name: "ada",
        contact: Contact::Email,
        address: "ada@example.com",
    };
    let message = OutgoingMessage::new(&pool, to, MessageKind::SignUpCode, &"918273".into());
    assert!(!format!("{message:?}").contains("918273"));
}

#[test]
fn the_sender_comes_from_the_pools_email_configuration() {
    let mut settings = settings();
    assert_eq!(Sender::of(&settings), Sender::default());
    settings.email.from = Some("Shop <shop@example.com>".into());
    settings.email.reply_to = Some(" ".into());
    assert_eq!(
        Sender::of(&settings).from.as_deref(),
        Some("Shop <shop@example.com>")
    );
    assert_eq!(Sender::of(&settings).reply_to, None);
}

proptest! {
    #[test]
    fn a_message_contains_its_code_and_its_subject_is_one_line(
        email in proptest::option::of(".*"),
        subject in proptest::option::of("(?s).*"),
        username in "(?s).{0,40}",
        code in "[0-9]{6}",
        index in 0..MessageKind::ALL.len(),
    ) {
        let mut settings = settings();
        settings.verification_message.email.clone_from(&email);
        settings.verification_message.sms.clone_from(&email);
        settings.verification_message.email_subject.clone_from(&subject);
        settings.admin_create_user.invitation_email = email;
        settings.admin_create_user.invitation_email_subject = subject;
        let kind = MessageKind::ALL[index];
        let (subject, body) = texts(kind, Medium::Email, &settings, &username, &code);
        prop_assert!(body.contains(&code));
        let subject = subject.unwrap();
        prop_assert!(!subject.contains(['\r', '\n', '\0']));
        prop_assert_eq!(subject.lines().count().max(1), 1);
        let (_, body) = texts(kind, Medium::Sms, &settings, &username, &code);
        prop_assert!(body.contains(&code));
    }

    #[test]
    fn a_username_in_an_email_is_escaped(username in "(?s).{0,40}") {
        let (_, body) = texts(MessageKind::Invitation, Medium::Email, &settings(), &username, "1");
        prop_assert!(!body.contains(['<', '>', '"']));
    }
}

#[test]
fn a_mail_has_a_link_in_the_place_of_the_code() {
    let mut settings = settings();
    let address = "https://acme.example/confirmUser?a=b&c={####}";
    let href = "href=\"https://acme.example/confirmUser?a=b&amp;c=7\"";
    let text = |settings: &PoolSettings, email: Option<&str>, medium| {
        let custom = CustomText {
            email: email.map(str::to_owned),
            link: Some(address.to_owned()),
            ..CustomText::default()
        };
        let kind = MessageKind::SignUpCode;
        let text = compose_with(kind, medium, settings, &custom, ("a<b", &"7".into()));
        let subject = text.subject.map(|text| text.expose_secret().to_owned());
        (subject, text.body.expose_secret().to_owned())
    };
    let subject = |text: &str| Some(text.to_owned());
    let default = format!(
        "Please click the link below to verify your email address. <a {href}>Verify Email</a> "
    );
    assert_eq!(
        text(&settings, None, Medium::Email),
        (subject("Your verification link"), default.clone())
    );
    assert_eq!(
        text(&settings, None, Medium::Sms),
        (None, "Your verification code is 7. ".to_owned())
    );
    // The text with a code is of another message.
    settings.verification_message.email = Some("code {####}".to_owned());
    assert_eq!(text(&settings, None, Medium::Email).1, default);
    let by_link = "{username}: {####}, {##here##}{{##there##}}{##";
    settings.verification_message.email_by_link = Some(by_link.to_owned());
    settings.verification_message.email_subject_by_link = Some("For {username}".to_owned());
    let expected = format!("a&lt;b: 7, <a {href}>here</a>{{<a {href}>there</a>}}{{##");
    assert_eq!(
        text(&settings, None, Medium::Email),
        (subject("For a<b"), expected.clone())
    );
    let custom = text(&settings, Some("<p>{##Go##}"), Medium::Email).1;
    assert_eq!(custom, format!("<p><a {href}>Go</a>"));
    let custom = text(&settings, Some("only {####}"), Medium::Email).1;
    assert_eq!(custom, "only 7");
    let custom = text(&settings, Some("neither"), Medium::Email).1;
    assert_eq!(custom, expected);
}
