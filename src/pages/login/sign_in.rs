//! Signing in: username and password, and the ways that are chosen among.

use askama::Template;

use super::field::{Field, Identifier, Kind};
use super::shell::Shell;
use crate::domain::first_factor::Choice;

/// The ids and names of the fields that sign in.
const USERNAME: (&str, &str) = ("signInFormUsername", "username");
const PASSWORD: (&str, &str) = ("signInFormPassword", "password");

/// The page that a sign-in begins with: `/login`.
#[derive(Template)]
#[template(path = "login/sign_in.html")]
pub struct SignIn<'a> {
    /// What all pages have.
    pub shell: &'a Shell<'a>,
    /// What is asked for.
    pub form: SignInForm,
    /// What users sign in with.
    pub identifier: Identifier,
    /// What is filled in: `login_hint`, or the name of the last attempt.
    pub username: &'a str,
    /// Whether a forgotten password can be reset.
    pub forgot_password: bool,
    /// Whether users can sign up by themselves.
    pub sign_up: bool,
    /// The user of the browser's session, whose account is offered.
    pub known_user: Option<KnownUser<'a>>,
    /// The identity providers, in their order.
    pub providers: &'a [Provider<'a>],
}

/// A user whose account is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownUser<'a> {
    /// The username.
    pub username: &'a str,
    /// The `sub`, which the form brings: another tab may have signed somebody else in meanwhile.
    pub sub: &'a str,
}

/// What the first page asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInForm {
    /// Username and password together, as in the form `cognitoSignInForm` of the classic pages.
    Password,
    /// The username; how to go on is chosen afterwards.
    UsernameFirst,
    /// Neither: users sign in by identity providers only.
    None,
}

/// An identity provider that users can sign in by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provider<'a> {
    /// What its button says.
    pub label: &'a str,
    /// Whether it is a social one, which is introduced by other words than a company's.
    pub is_social: bool,
    /// The query of the link to `/oauth2/authorize`, percent-encoded, with its `identity_provider`.
    pub query: &'a str,
}

impl<'a> SignIn<'a> {
    fn heading(&self) -> String {
        let is_classic =
            self.form == SignInForm::Password && self.identifier == Identifier::Username;
        self.shell.text(if is_classic {
            "sign-in-with-password"
        } else {
            "sign-in"
        })
    }

    fn username_field(&self) -> Field<'a> {
        let (label, kind) = (self.identifier.label(), self.identifier.kind());
        let field = Field::new(self.shell, USERNAME, label, kind, "username");
        let field = field.with_value(self.username);
        if self.username.is_empty() && !self.shell.has_problem() {
            field.focused()
        } else {
            field
        }
    }

    fn password_field(&self) -> Field<'a> {
        password_field(self.shell)
    }

    fn providers_first(&self) -> bool {
        !self.shell.branding.providers_last
    }

    fn has_form(&self) -> bool {
        self.form != SignInForm::None
    }

    /// The providers of one kind, and how they are introduced.
    fn groups(&self) -> Vec<(&'static str, Vec<&Provider<'a>>)> {
        [("corporate-id", false), ("social-account", true)]
            .into_iter()
            .map(|(heading, is_social)| {
                let of_kind = |provider: &&Provider<'_>| provider.is_social == is_social;
                (heading, self.providers.iter().filter(of_kind).collect())
            })
            .filter(|(_, providers): &(_, Vec<_>)| !providers.is_empty())
            .collect()
    }
}

fn password_field<'a>(shell: &Shell<'_>) -> Field<'a> {
    Field::new(
        shell,
        PASSWORD,
        "password",
        Kind::Password,
        "current-password",
    )
}

/// The page that asks how to go on with a username. The answer is in the field `answer`, as the interface words it:
/// `PASSWORD`, `WEB_AUTHN`, `EMAIL_OTP`, `SMS_OTP`.
#[derive(Template)]
#[template(path = "login/choose_method.html")]
pub struct ChooseMethod<'a> {
    /// What all pages have.
    pub shell: &'a Shell<'a>,
    /// Who signs in.
    pub username: &'a str,
    /// The ways that the user has, in the order in which they are shown. SRP is the password, asked for by other
    /// clients, and is left out.
    pub methods: &'a [Choice],
}

impl ChooseMethod<'_> {
    fn heading(&self) -> String {
        self.shell.text("choose-method")
    }

    fn options(&self) -> Vec<Choosable> {
        let options = self.methods.iter().filter_map(|method| {
            let (message, icon) = match method {
                Choice::Password => ("method-password", Icon::Password),
                Choice::Passkey => ("method-passkey", Icon::Passkey),
                Choice::EmailOtp => ("method-email", Icon::Email),
                Choice::SmsOtp => ("method-sms", Icon::Phone),
                Choice::PasswordSrp => return None,
            };
            Some(Choosable {
                answer: method.as_str(),
                text: self.shell.text(message),
                icon,
                detail: None,
            })
        });
        options.collect()
    }
}

/// A button among several.
pub(super) struct Choosable {
    pub(super) answer: &'static str,
    pub(super) text: String,
    pub(super) icon: Icon,
    pub(super) detail: Option<String>,
}

/// A drawing beside a button or a heading.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Icon {
    Password,
    Passkey,
    Email,
    Phone,
    App,
}

/// The page that asks for the password of a user who is known already.
#[derive(Template)]
#[template(path = "login/sign_in_password.html")]
pub struct SignInPassword<'a> {
    /// What all pages have.
    pub shell: &'a Shell<'a>,
    /// Who signs in. The field `username` carries it.
    pub username: &'a str,
    /// What users sign in with.
    pub identifier: Identifier,
    /// Whether a forgotten password can be reset.
    pub forgot_password: bool,
    /// Whether the user can sign in otherwise; the button is named `other_method`.
    pub other_method: bool,
}

impl<'a> SignInPassword<'a> {
    fn heading(&self) -> String {
        self.shell.text("enter-password")
    }

    fn username_field(&self) -> Field<'a> {
        let label = self.identifier.label();
        let field = Field::new(self.shell, USERNAME, label, Kind::Name, "username");
        field.with_value(self.username).fixed()
    }

    fn password_field(&self) -> Field<'a> {
        password_field(self.shell).focused()
    }
}

/// The page that asks for a code, as a first or a second factor. The field is `code`.
#[derive(Template)]
#[template(path = "login/enter_code.html")]
pub struct EnterCode<'a> {
    /// What all pages have.
    pub shell: &'a Shell<'a>,
    /// The page that the form is sent to, such as `/login`.
    pub page: &'a str,
    /// Where the code is from.
    pub source: CodeSource<'a>,
    /// Whether a code that was sent can be sent again; the button is named `resend`.
    pub resend: bool,
    /// Whether the user can sign in otherwise; the button is named `other_method`.
    pub other_method: bool,
}

/// Where a code is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeSource<'a> {
    /// An e-mail to this masked address, if it may be named. A new one can be asked for by the button `resend`.
    Email(Option<&'a str>),
    /// A text message to this masked number, likewise.
    Sms(Option<&'a str>),
    /// An authenticator app.
    App,
}

impl<'a> CodeSource<'a> {
    /// What is said of it: one of the messages for e-mail and SMS with the destination, the third one without.
    pub(super) fn explain(self, shell: &Shell<'_>, [email, sms, neither]: [&str; 3]) -> String {
        match self {
            Self::Email(Some(to)) => shell.text_with(email, "destination", to),
            Self::Sms(Some(to)) => shell.text_with(sms, "destination", to),
            Self::Email(None) | Self::Sms(None) => shell.text(neither),
            Self::App => shell.text("code-of-app"),
        }
    }

    /// The masked destination, as the field of that name carries it.
    pub(super) fn destination(self) -> &'a str {
        match self {
            Self::Email(to) | Self::Sms(to) => to.unwrap_or_default(),
            Self::App => "",
        }
    }

    /// The medium, as the field `deliveryMedium` carries it.
    pub(super) const fn medium(self) -> &'static str {
        match self {
            Self::Email(_) => "EMAIL",
            Self::Sms(_) => "SMS",
            Self::App => "",
        }
    }
}

impl<'a> EnterCode<'a> {
    fn heading(&self) -> String {
        self.shell.text("enter-code")
    }

    fn text(&self) -> String {
        let messages = ["code-by-email", "code-by-sms", "code-sent"];
        self.source.explain(self.shell, messages)
    }

    fn code_field(&self) -> Field<'a> {
        code_field(self.shell, "verification_code", "verification-code").focused()
    }
}

/// A field for a code, which browsers fill in from a message that has just come.
pub(super) fn code_field<'a>(shell: &Shell<'_>, id: &'a str, label: &str) -> Field<'a> {
    Field::new(shell, (id, "code"), label, Kind::Code, "one-time-code")
}
