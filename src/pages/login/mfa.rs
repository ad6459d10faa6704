//! Second factors: choosing one, and setting one up.

use askama::Template;

use super::field::{Field, Kind};
use super::shell::Shell;
use super::sign_in::{Choosable, Icon, code_field};
use crate::domain::attribute::Contact;
use crate::domain::second_factor::SecondFactor;

/// The page on which a user chooses a second factor, to prove or to set up. The answer is in the field `answer`, as
/// the interface words it: `SMS_MFA`, `SOFTWARE_TOKEN_MFA`, `EMAIL_OTP`.
#[derive(Template)]
#[template(path = "login/choose_mfa.html")]
pub struct ChooseMfa<'a> {
    /// What all pages have.
    pub shell: &'a Shell<'a>,
    /// The page that the form is sent to, such as `/login`.
    pub page: &'a str,
    /// Whether the factor is set up, and not yet proven.
    pub is_set_up: bool,
    /// The factors in the order in which they are shown, each with the masked destination of its codes if it is known.
    pub factors: &'a [(SecondFactor, Option<&'a str>)],
}

impl ChooseMfa<'_> {
    fn heading(&self) -> String {
        self.shell.text("choose-mfa")
    }

    fn options(&self) -> Vec<Choosable> {
        let options = self.factors.iter().map(|(factor, destination)| {
            let (message, icon) = match factor {
                SecondFactor::Sms => ("method-sms", Icon::Phone),
                SecondFactor::SoftwareToken => ("method-authenticator", Icon::App),
                SecondFactor::Email => ("method-email", Icon::Email),
            };
            Choosable {
                answer: factor.as_str(),
                text: self.shell.text(message),
                icon,
                detail: destination.map(str::to_owned),
            }
        });
        options.collect()
    }
}

/// The page that sets up an authenticator app. Its fields are `code` and `friendlyDeviceName`.
#[derive(Template)]
#[template(path = "login/set_up_totp.html")]
pub struct SetUpTotp<'a> {
    /// What all pages have.
    pub shell: &'a Shell<'a>,
    /// The page that the form is sent to, such as `/login`.
    pub page: &'a str,
    /// The QR code of the `otpauth` address as an `svg` element. It is put into the page as it is, so that it must come
    /// from our own code, and it has no `style` attribute, which the page's policy would refuse.
    pub qr_svg: &'a str,
    /// The secret in base32, for those who cannot scan.
    pub secret: &'a str,
    /// The name of the device in the last attempt, or empty.
    pub device_name: &'a str,
    /// Whether another factor can be chosen; the button is named `other_method`.
    pub back: bool,
}

impl<'a> SetUpTotp<'a> {
    fn heading(&self) -> String {
        self.shell.text("set-up-totp")
    }

    /// The secret in groups of four, which are easier to copy by hand; apps pass over the blanks.
    fn grouped_secret(&self) -> String {
        let characters: Vec<char> = self.secret.chars().collect();
        let groups: Vec<String> = characters.chunks(4).map(|c| c.iter().collect()).collect();
        groups.join(" ")
    }

    fn code_field(&self) -> Field<'a> {
        code_field(self.shell, "verification_code", "verification-code")
    }

    fn name_field(&self) -> Field<'a> {
        let names = ("device_name", "friendlyDeviceName");
        let field = Field::new(self.shell, names, "device-name", Kind::Text, "off");
        field.with_value(self.device_name).optional()
    }
}

/// The page that asks where codes of a second factor are to go. Its field is `phone_number` or `email`.
#[derive(Template)]
#[template(path = "login/set_up_contact.html")]
pub struct SetUpContact<'a> {
    /// What all pages have.
    pub shell: &'a Shell<'a>,
    /// The page that the form is sent to, such as `/login`.
    pub page: &'a str,
    /// Whether the codes go by e-mail or SMS.
    pub contact: Contact,
    /// What was typed in the last attempt, or empty.
    pub value: &'a str,
    /// Whether another factor can be chosen; the button is named `other_method`.
    pub back: bool,
}

impl<'a> SetUpContact<'a> {
    fn heading(&self) -> String {
        self.shell.text(match self.contact {
            Contact::Email => "set-up-email",
            Contact::PhoneNumber => "set-up-sms",
        })
    }

    fn text(&self) -> String {
        self.shell.text(match self.contact {
            Contact::Email => "email-text",
            Contact::PhoneNumber => "sms-text",
        })
    }

    fn contact_field(&self) -> Field<'a> {
        let name = self.contact.attribute();
        let (label, kind, autocomplete) = match self.contact {
            Contact::Email => ("email", Kind::Email, "email"),
            Contact::PhoneNumber => ("phone", Kind::Phone, "tel"),
        };
        let field = Field::new(self.shell, (name, name), label, kind, autocomplete);
        field.with_value(self.value).focused()
    }
}
