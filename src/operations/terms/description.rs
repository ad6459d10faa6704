//! How terms are described (administration 6.4).

use crate::domain::terms::Terms;
use crate::model::{TermsDescriptionType, TermsEnforcementType, TermsSourceType, TermsType};
use crate::operations::convert;

/// Terms with all that belongs to them.
pub fn terms(terms: Terms) -> TermsType {
    TermsType {
        terms_id: terms.id,
        user_pool_id: terms.pool_id,
        client_id: terms.client_id,
        terms_name: terms.name,
        terms_source: TermsSourceType::Link,
        enforcement: TermsEnforcementType::None,
        links: terms.links,
        creation_date: convert::epoch(terms.created_at),
        last_modified_date: convert::epoch(terms.modified_at),
    }
}

/// Terms as a list shows them.
pub fn listed(terms: Terms) -> TermsDescriptionType {
    TermsDescriptionType {
        terms_id: terms.id,
        terms_name: terms.name,
        enforcement: TermsEnforcementType::None,
        creation_date: convert::epoch(terms.created_at),
        last_modified_date: convert::epoch(terms.modified_at),
    }
}
