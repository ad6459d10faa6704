//! The scopes of OpenID Connect, and what they show of a user (domain 2.4, 4.1, 8).

use super::attribute::{Contact, SUB};

/// The scope that makes a request one of OpenID Connect.
pub const OPENID: &str = "openid";
const EMAIL: &str = "email";
const PHONE: &str = "phone";
const PROFILE: &str = "profile";

fn has(scopes: &[String], wanted: &str) -> bool {
    scopes.iter().any(|scope| scope == wanted)
}

/// Whether the scopes bring an ID token, and open the userInfo endpoint.
#[must_use]
pub fn is_openid(scopes: &[String]) -> bool {
    has(scopes, OPENID)
}

/// The scope that shows a contact.
const fn scope_of(contact: Contact) -> &'static str {
    match contact {
        Contact::Email => EMAIL,
        Contact::PhoneNumber => PHONE,
    }
}

/// The contact that an attribute is, or says of whether it is verified.
fn contact_of(attribute: &str) -> Option<Contact> {
    Contact::ALL
        .into_iter()
        .find(|contact| contact.attribute() == attribute || contact.verified_flag() == attribute)
}

/// Whether scopes are among them that narrow what `openid` alone shows.
fn narrow(scopes: &[String]) -> bool {
    [EMAIL, PHONE, PROFILE]
        .into_iter()
        .any(|scope| has(scopes, scope))
}

/// Whether ID tokens of these scopes have the attribute, if the app client may read it. Without `openid`, which the
/// tokens of the JSON API lack, nothing is narrowed.
#[must_use]
pub fn shows_in_id_token(scopes: &[String], attribute: &str) -> bool {
    if attribute == SUB || !is_openid(scopes) || !narrow(scopes) || has(scopes, PROFILE) {
        return true;
    }
    contact_of(attribute).is_some_and(|contact| has(scopes, scope_of(contact)))
}

/// Whether the userInfo endpoint shows the attribute for these scopes, if the app client may read it.
#[must_use]
pub fn shows_in_user_info(scopes: &[String], attribute: &str) -> bool {
    if attribute == SUB || !narrow(scopes) {
        return true;
    }
    match contact_of(attribute) {
        Some(contact) => has(scopes, scope_of(contact)),
        None => has(scopes, PROFILE),
    }
}

/// The attributes that the app client must be able to read for its tokens to have these scopes.
pub fn needed_attributes(scopes: &[String]) -> impl Iterator<Item = &'static str> {
    Contact::ALL
        .into_iter()
        .filter(|contact| has(scopes, scope_of(*contact)))
        .flat_map(|contact| [contact.attribute(), contact.verified_flag()])
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATTRIBUTES: [&str; 7] = [
        "sub",
        "name",
        "custom:team",
        "email",
        "email_verified",
        "phone_number",
        "phone_number_verified",
    ];

    fn shown(scopes: &str, shows: fn(&[String], &str) -> bool) -> Vec<&'static str> {
        let scopes: Vec<String> = scopes.split(' ').map(str::to_owned).collect();
        ATTRIBUTES
            .into_iter()
            .filter(|attribute| shows(&scopes, attribute))
            .collect()
    }

    #[test]
    fn scopes_narrow_the_id_token() {
        let all = ATTRIBUTES.to_vec();
        let shown = |scopes| shown(scopes, shows_in_id_token);
        assert_eq!(shown("aws.cognito.signin.user.admin"), all);
        assert_eq!(shown("openid"), all);
        assert_eq!(shown("openid files/read"), all);
        assert_eq!(shown("openid profile"), all);
        assert_eq!(shown("openid email"), ["sub", "email", "email_verified"]);
        assert_eq!(
            shown("openid phone"),
            ["sub", "phone_number", "phone_number_verified"]
        );
    }

    #[test]
    fn scopes_narrow_what_user_info_shows() {
        let shown = |scopes| shown(scopes, shows_in_user_info);
        assert_eq!(shown("openid"), ATTRIBUTES);
        assert_eq!(shown("openid profile"), ["sub", "name", "custom:team"]);
        assert_eq!(shown("openid email"), ["sub", "email", "email_verified"]);
        assert_eq!(
            shown("openid email profile"),
            ["sub", "name", "custom:team", "email", "email_verified"]
        );
    }
}
