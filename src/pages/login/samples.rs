//! One of each page, for the preview of an app client's pages and for tests.

use super::field::{AttributeValue, Identifier};
use super::language::Language;
use super::mfa::{ChooseMfa, SetUpContact, SetUpTotp};
use super::outcome::{Done, ErrorKind, ErrorPage, Outcome};
use super::passkey::{Passkey, PasskeyTask};
use super::passwords::{CONFIRM_PASSWORD, ForgotPassword, NewPassword, ResetPassword};
use super::shell::{FieldProblem, Notice, Problem, Shell, WebLink};
use super::sign_in::{
    ChooseMethod, CodeSource, EnterCode, KnownUser, Provider, SignIn, SignInForm, SignInPassword,
};
use super::sign_up::{ConfirmSignUp, SignUp};
use crate::domain::attribute::Contact;
use crate::domain::first_factor::Choice;
use crate::domain::second_factor::SecondFactor;
use crate::domain::user_pool::PasswordPolicy;
use askama::Template;

/// The list of the pages, in development.
#[derive(Template)]
#[template(path = "login/preview.html")]
pub struct Preview<'a> {
    /// What all pages have.
    pub shell: &'a Shell<'a>,
    /// The names of the pages.
    pub pages: Vec<String>,
    /// The id of the app client.
    pub client_id: &'a str,
    /// The languages of the pages.
    pub languages: &'static [Language],
}

impl Preview<'_> {
    fn heading(&self) -> String {
        "Preview of the login pages".to_owned()
    }
}

/// What the pages of a sample show where people and applications put something.
#[derive(Clone, Copy)]
pub struct Values<'a> {
    /// Who signs in.
    pub username: &'a str,
    /// Where a code went, masked.
    pub destination: &'a str,
    /// What has been typed into other fields.
    pub typed: &'a str,
    /// The name of another provider.
    pub provider: &'a str,
    /// A value that was refused.
    pub refused: &'a str,
    /// What is wrong, as the API words it.
    pub problem: &'a str,
    /// Where the documents of the application are read.
    pub link: &'a str,
    /// The secret of an authenticator app, and its drawing.
    pub secret: &'a str,
    /// The drawing.
    pub qr_svg: &'a str,
    /// What the browser is asked for.
    pub options: &'a str,
}

/// Each page by a name: how the pages of an app client look. With `has_problems` they say that something is wrong, else
/// that something went well.
///
/// # Errors
/// If a page cannot be rendered.
pub fn samples(
    plain: &Shell<'_>,
    values: &Values<'_>,
    has_problems: bool,
) -> askama::Result<Vec<(&'static str, String)>> {
    let problem = |field| FieldProblem {
        field,
        problem: Problem::Text(values.problem),
    };
    let with = |fields| Shell {
        problem: has_problems.then_some(Problem::Text(values.problem)),
        field_problems: if has_problems { fields } else { &[] },
        ..*plain
    };
    let plain = with(&[]);
    let sent_again = Shell {
        notice: (!has_problems).then_some(Notice::NewCodeSent),
        ..plain
    };
    let shell = &plain;
    let query = shell.query;
    let value = values.typed;
    let policy = &PasswordPolicy::default();
    let link = WebLink::new(values.link);
    let mut pages = Vec::new();
    let mut add = |name, rendered: askama::Result<String>| {
        pages.push((name, rendered?));
        Ok::<_, askama::Error>(())
    };
    let providers = [
        Provider {
            label: values.provider,
            is_social: true,
            query,
        },
        Provider {
            label: values.provider,
            is_social: false,
            query,
        },
    ];
    let wrong = [problem("signInFormUsername"), problem("signInFormPassword")];
    let (both_wrong, one_wrong) = (with(&wrong), with(&wrong[..1]));
    let sign_in = |shell, form| SignIn {
        shell,
        form,
        identifier: Identifier::Username,
        username: values.username,
        forgot_password: true,
        sign_up: true,
        known_user: Some(KnownUser {
            username: values.username,
            sub: "",
        }),
        providers: &providers,
    };
    add(
        "sign-in",
        sign_in(&both_wrong, SignInForm::Password).render(),
    )?;

    add(
        "username",
        sign_in(&one_wrong, SignInForm::UsernameFirst).render(),
    )?;
    add("providers", sign_in(shell, SignInForm::None).render())?;
    let methods = [
        Choice::Password,
        Choice::Passkey,
        Choice::EmailOtp,
        Choice::SmsOtp,
    ];
    let username = values.username;
    let methods = &methods;
    add(
        "methods",
        ChooseMethod {
            shell,
            username,
            methods,
        }
        .render(),
    )?;
    let password = SignInPassword {
        shell,
        username,
        identifier: Identifier::Email,
        forgot_password: true,
        other_method: true,
    };
    add("sign-in-password", password.render())?;
    let code = |source| EnterCode {
        shell: &sent_again,
        page: "/login",
        source,
        resend: source != CodeSource::App,
        other_method: true,
    };
    add(
        "code-by-email",
        code(CodeSource::Email(Some(values.destination))).render(),
    )?;
    add("code-by-sms", code(CodeSource::Sms(None)).render())?;
    add("code-of-app", code(CodeSource::App).render())?;

    let names = [
        "email",
        "given_name",
        "custom:team",
        "phone_number",
        "birthdate",
        "address",
        "website",
        "updated_at",
        "locale",
        "gender",
        "name",
        "family_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "zoneinfo",
    ];
    let attributes = &names.map(|name| AttributeValue { name, value });
    let wrong = [
        problem("attribute-email"),
        problem("signUpFormPassword"),
        problem("attribute-address"),
    ];
    let fields_wrong = with(&wrong);
    let sign_up = |shell, privacy_policy| SignUp {
        shell,
        identifier: Identifier::Phone,
        username,
        attributes,
        policy,
        terms_of_use: link.clone(),
        privacy_policy,
    };
    add("sign-up", sign_up(&fields_wrong, link.clone()).render())?;
    add("sign-up-terms", sign_up(shell, None).render())?;
    let source = CodeSource::Email(Some(values.destination));
    let confirm = ConfirmSignUp {
        shell: &sent_again,
        username,
        sub: values.username,
        source,
    };
    add("confirm", confirm.render())?;
    for identifier in [
        Identifier::Username,
        Identifier::Email,
        Identifier::Phone,
        Identifier::EmailOrPhone,
    ] {
        add(
            "forgot-password",
            ForgotPassword {
                shell,
                identifier,
                username,
            }
            .render(),
        )?;
    }
    let wrong = [problem("forgot_password_code"), problem(CONFIRM_PASSWORD)];
    let reset = ResetPassword {
        shell: &with(&wrong),
        username,
        source,
        policy,
    };
    add("reset-password", reset.render())?;
    let page = NewPassword {
        shell,
        username,
        page: "/changePassword",
        attributes,
        policy,
    };
    add("new-password", page.render())?;

    let factors =
        &SecondFactor::ALL.map(|factor| (factor, factor.contact().map(|_| values.destination)));
    for is_set_up in [true, false] {
        add(
            "mfa",
            ChooseMfa {
                shell,
                page: "/login",
                is_set_up,
                factors,
            }
            .render(),
        )?;
    }
    let totp = SetUpTotp {
        shell,
        page: "/login",
        qr_svg: values.qr_svg,
        secret: values.secret,
        device_name: value,
        back: true,
    };
    add("totp", totp.render())?;
    for contact in Contact::ALL {
        add(
            "contact",
            SetUpContact {
                shell,
                page: "/login",
                contact,
                value,
                back: true,
            }
            .render(),
        )?;
    }
    let tasks = [
        (
            "passkey-sign-in",
            PasskeyTask::SignIn { other_method: true },
        ),
        ("passkey-offer", PasskeyTask::Offer),
        ("passkey-add", PasskeyTask::Add),
    ];
    for (name, task) in tasks {
        add(
            name,
            Passkey {
                shell,
                page: "/login",
                task,
                options: values.options,
            }
            .render(),
        )?;
    }
    for (name, what) in [
        ("confirmed", Outcome::Confirmed),
        ("passkey-added", Outcome::PasskeyAdded),
    ] {
        add(
            name,
            Done {
                shell,
                what,
                sign_in: true,
            }
            .render(),
        )?;
    }
    for kind in [
        ErrorKind::Request,
        ErrorKind::General,
        ErrorKind::Unavailable,
    ] {
        let refused = Some(("redirect_uri", values.refused));
        add(
            "error",
            ErrorPage {
                shell,
                kind,
                problem: Some(Problem::Text(values.problem)),
                refused,
                sign_in: true,
            }
            .render(),
        )?;
    }
    Ok(pages)
}
