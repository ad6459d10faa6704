//! What a SAML identity provider says of itself in its metadata (SAML 2.0 Metadata, 2.4.3).

use roxmltree::{Document, Node};

const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
/// The most attributes of a document. The parser compares each of an element with all others of it.
const MAX_ATTRIBUTES: usize = 2_048;
const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";

/// What the server needs of the metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamlMetadata {
    /// The provider's entity id, which is the issuer of what it asserts.
    pub entity_id: String,
    /// Where the browser is redirected to for signing in.
    pub sign_in: Option<String>,
    /// Where it is redirected to for signing out.
    pub sign_out: Option<String>,
}

impl SamlMetadata {
    /// Reads a document; `None` if it does not describe an identity provider. Documents with a DTD, which can grow
    /// when read, are not, nor those that may have more than 2,048 attributes, which take long.
    #[must_use]
    pub fn read(document: &str) -> Option<Self> {
        // Each attribute has its sign, and what else has one in metadata is little.
        let signs = document.bytes().filter(|byte| *byte == b'=').count();
        if signs > MAX_ATTRIBUTES {
            return None;
        }
        let document = Document::parse(document).ok()?;
        let entity = document
            .descendants()
            .filter(|node| node.has_tag_name((METADATA, "EntityDescriptor")))
            .find(|entity| provider(*entity).is_some())?;
        let provider = provider(entity)?;
        let location = |service: &'static str| {
            children(provider, service)
                .find(|node| node.attribute("Binding") == Some(REDIRECT))
                .and_then(|node| node.attribute("Location"))
                .map(str::to_owned)
        };
        Some(Self {
            entity_id: entity.attribute("entityID")?.to_owned(),
            sign_in: location("SingleSignOnService"),
            sign_out: location("SingleLogoutService"),
        })
    }
}

fn provider<'a, 'input>(entity: Node<'a, 'input>) -> Option<Node<'a, 'input>> {
    children(entity, "IDPSSODescriptor").next()
}

fn children<'a, 'input>(
    parent: Node<'a, 'input>,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    parent
        .children()
        .filter(move |node| node.has_tag_name((METADATA, name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"<?xml version="1.0"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com/id">
  <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/no"/>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/post"/>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.com/in?a=1&amp;b=2"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>"#;

    #[test]
    fn addresses_of_the_redirect_binding_are_read() {
        let read = SamlMetadata::read(DOCUMENT).unwrap();
        assert_eq!(read.entity_id, "https://idp.example.com/id");
        let sign_in = "https://idp.example.com/in?a=1&b=2";
        assert_eq!(read.sign_in.as_deref(), Some(sign_in));
        assert_eq!(read.sign_out, None);
        let large = DOCUMENT.replace(" entityID", &format!("{} entityID", attributes(2_000)));
        assert_eq!(SamlMetadata::read(&large), Some(read));
    }

    fn attributes(count: usize) -> String {
        let attribute = |number| format!(" a{number}=\"\"");
        (0..count).map(attribute).collect()
    }

    #[test]
    fn what_describes_no_identity_provider_is_not_read() {
        let with_dtd = DOCUMENT.replacen(
            "?>",
            r#"?><!DOCTYPE md [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>"#,
            1,
        );
        for bad in [
            "",
            "no metadata",
            "<EntityDescriptor/>",
            &DOCUMENT.replace("IDPSSODescriptor", "SPSSODescriptor"),
            &DOCUMENT.replace("SAML:2.0:metadata", "SAML:1.1:metadata"),
            &DOCUMENT.replace("entityID", "id"),
            &DOCUMENT.replace("</md:EntityDescriptor>", ""),
            &with_dtd,
            &DOCUMENT.replace(" entityID", &format!("{} entityID", attributes(2_048))),
        ] {
            assert_eq!(SamlMetadata::read(bad), None, "{bad}");
        }
    }
}
