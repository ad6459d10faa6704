//! The QR code by which an authenticator app takes over a secret.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use qrcode::QrCode;
use qrcode::render::svg;

/// The `svg` element with the address of the secret, as authenticator apps read it (the format of Google Authenticator);
/// empty if there is no secret, or the names are too long for a code. The page shows the secret as text besides.
pub(super) fn of_app(issuer: &str, user: &str, secret: &str) -> String {
    if secret.is_empty() {
        return String::new();
    }
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let (issuer, user, secret) = (encoded(issuer), encoded(user), encoded(secret));
    let address = format!("otpauth://totp/{issuer}:{user}?secret={secret}&issuer={issuer}");
    let Ok(code) = QrCode::new(address) else {
        return String::new();
    };
    let drawn = code
        .render::<svg::Color<'_>>()
        .min_dimensions(200, 200)
        .build();
    // What precedes the element is for files.
    let element = drawn.find("<svg").and_then(|start| drawn.get(start..));
    element.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_element_that_a_page_may_hold() {
        let drawn = of_app("Notes \"&<", "anna@example.com", "JBSWY3DPEHPK3PXP");
        assert!(drawn.starts_with("<svg "), "{drawn}");
        assert!(drawn.ends_with("</svg>"), "{drawn}");
        assert!(!drawn.contains("style="), "{drawn}");
        assert_eq!(of_app(&"a".repeat(5000), "anna", "JBSW"), "");
        assert_eq!(of_app("Notes", "anna", ""), "");
    }
}
