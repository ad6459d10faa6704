//! Terms of use and privacy policies of app clients: section 6.4 of the administrator's page.

mod lists;
mod manage;

use serde_json::{Value, json};

use crate::support::pools::{AppClient, laid_over};
use crate::support::refusals::Refusal;
use crate::support::{Answer, Pool};

const NO_SUCH_TERMS: Refusal = ("ResourceNotFoundException", "Terms do not exist.");
const TERMS_EXIST: Refusal = (
    "TermsExistsException",
    "Terms with the name already exist for the app client.",
);
const LINK: &str = "https://example.com/terms";

/// CreateTerms for terms of use, with `input` laid over that.
async fn create(app: &AppClient, input: Value) -> Answer {
    let base = json!({
        "ClientId": app.id, "TermsName": "terms-of-use", "TermsSource": "LINK", "Enforcement": "NONE",
        "Links": { "cognito:default": LINK },
    });
    app.pool.admin("CreateTerms", laid_over(base, input)).await
}

/// DescribeTerms.
async fn terms(pool: &Pool, id: &Value) -> Answer {
    pool.admin("DescribeTerms", json!({ "TermsId": id })).await
}
