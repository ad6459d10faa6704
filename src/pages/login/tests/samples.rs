//! One of each page.

use askama::Template;
use serde_json::json;

use crate::domain::attribute::Contact;
use crate::domain::first_factor::Choice;
use crate::domain::managed_login_branding::Asset;
use crate::domain::second_factor::SecondFactor;
use crate::domain::user_pool::PasswordPolicy;
use crate::pages::login::branding::Branding;
use crate::pages::login::field::{AttributeValue, Identifier};
use crate::pages::login::language::Language;
use crate::pages::login::mfa::{ChooseMfa, SetUpContact, SetUpTotp};
use crate::pages::login::outcome::{Done, ErrorKind, ErrorPage, Outcome};
use crate::pages::login::passkey::{Passkey, PasskeyTask};
use crate::pages::login::passwords::{ForgotPassword, NewPassword, ResetPassword};
use crate::pages::login::shell::{FieldProblem, Notice, Problem, Shell, WebLink};
use crate::pages::login::sign_in::{
    ChooseMethod, CodeSource, EnterCode, Provider, SignIn, SignInForm, SignInPassword,
};
use crate::pages::login::sign_up::{ConfirmSignUp, SignUp};

pub struct Case<'a> {
    pub language: Language,
    /// What stands wherever a stranger can put something.
    pub value: &'a str,
    pub has_problems: bool,
}

fn branding() -> Branding {
    let asset = |category: &str, color_mode: &str| Asset {
        category: category.to_owned(),
        color_mode: color_mode.to_owned(),
        extension: "PNG".to_owned(),
        bytes: color_mode.to_owned(),
        resource_id: None,
    };
    let settings = json!({
        "categories": { "global": { "pageHeader": { "enabled": true } } },
        "components": {
            "form": { "logo": { "enabled": true } },
            "pageHeader": { "logo": { "enabled": true } },
            "pageBackground": { "lightMode": { "color": "eeeeffff" } },
        },
    });
    let assets = [
        asset("FORM_LOGO", "LIGHT"),
        asset("FORM_LOGO", "DARK"),
        asset("PAGE_HEADER_LOGO", "LIGHT"),
    ];
    Branding::managed(Some(&settings), &assets)
}

/// Each page by a name.
pub fn samples(case: &Case<'_>) -> Vec<(&'static str, String)> {
    let value = case.value;
    let branding = branding();
    let problem = |field| FieldProblem {
        field,
        problem: Problem::Text(value),
    };
    let hidden = [("session", value)];
    let query = "client_id=a&state=%22%3E&scope=openid+email";
    let with = |fields| Shell {
        language: case.language,
        base_path: "/acme",
        query,
        csrf: value,
        client_id: value,
        client_name: value,
        branding: &branding,
        hidden: &hidden,
        problem: case.has_problems.then_some(Problem::Text(value)),
        field_problems: if case.has_problems { fields } else { &[] },
        notice: (!case.has_problems).then_some(Notice::NewCodeSent),
    };
    let plain = with(&[]);
    let shell = &plain;
    let policy = &PasswordPolicy::default();
    let link = WebLink::new(value).or_else(|| WebLink::new("https://example.com/?\"><script>"));
    let mut pages = Vec::new();
    let mut add = |name, rendered: askama::Result<String>| pages.push((name, rendered.unwrap()));
    let providers = [
        Provider {
            label: value,
            is_social: true,
            query,
        },
        Provider {
            label: value,
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
        username: value,
        forgot_password: true,
        sign_up: true,
        known_user: Some(value),
        providers: &providers,
    };
    add(
        "sign-in",
        sign_in(&both_wrong, SignInForm::Password).render(),
    );

    add(
        "username",
        sign_in(&one_wrong, SignInForm::UsernameFirst).render(),
    );
    add("providers", sign_in(shell, SignInForm::None).render());
    let methods = [
        Choice::Password,
        Choice::Passkey,
        Choice::EmailOtp,
        Choice::SmsOtp,
    ];
    let username = value;
    let methods = &methods;
    add(
        "methods",
        ChooseMethod {
            shell,
            username,
            methods,
        }
        .render(),
    );
    let password = SignInPassword {
        shell,
        username,
        identifier: Identifier::Email,
        forgot_password: true,
        other_method: true,
    };
    add("sign-in-password", password.render());
    let code = |source| EnterCode {
        shell,
        page: "/login",
        source,
        resend: source != CodeSource::App,
        other_method: true,
    };
    add(
        "code-by-email",
        code(CodeSource::Email(Some(value))).render(),
    );
    add("code-by-sms", code(CodeSource::Sms(None)).render());
    add("code-of-app", code(CodeSource::App).render());

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
    add("sign-up", sign_up(&fields_wrong, link.clone()).render());
    add("sign-up-terms", sign_up(shell, None).render());
    let source = CodeSource::Email(Some(value));
    let confirm = ConfirmSignUp {
        shell,
        username,
        sub: value,
        source,
    };
    add("confirm", confirm.render());
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
        );
    }
    let wrong = [problem("forgot_password_code"), problem("confirm_password")];
    let reset = ResetPassword {
        shell: &with(&wrong),
        username,
        source,
        policy,
    };
    add("reset-password", reset.render());
    for asks_current in [true, false] {
        let page = NewPassword {
            shell,
            username,
            page: "/changePassword",
            asks_current,
            attributes,
            policy,
        };
        add("new-password", page.render());
    }

    let factors = &SecondFactor::ALL.map(|factor| (factor, factor.contact().map(|_| value)));
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
        );
    }
    let totp = SetUpTotp {
        shell,
        page: "/login",
        qr_svg: "<svg viewBox=\"0 0 29 29\"><path d=\"M4 4h7v7H4zM18 4h7v7h-7zM4 18h7v7H4zM13 13h3v3h-3z\"/></svg>",
        secret: value,
        device_name: value,
        back: true,
    };
    add("totp", totp.render());
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
        );
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
                options: value,
            }
            .render(),
        );
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
        );
    }
    for kind in [
        ErrorKind::Request,
        ErrorKind::General,
        ErrorKind::Unavailable,
    ] {
        let refused = Some(("redirect_uri", value));
        add(
            "error",
            ErrorPage {
                shell,
                kind,
                text: value,
                refused,
                sign_in: true,
            }
            .render(),
        );
    }
    pages
}
