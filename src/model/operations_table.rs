//! `docs/operations.md`: what of the service is supported.

use std::fmt::Write as _;

use super::shapes::MODEL;

/// The page as Markdown: a row for each operation of the model, `registered` being the names of
/// those that the server answers.
#[must_use]
pub fn operations_table(registered: &[&str]) -> String {
    let operations = &MODEL.operations;
    let supported = operations
        .keys()
        .filter(|name| registered.contains(&name.as_str()))
        .count();
    let others = if supported < operations.len() {
        " The others answer `UnknownOperationException` with a message that says so."
    } else {
        ""
    };
    let mut page = format!(
        "# Operations\n\n\
         Generated from the service model and the server's registry; a test fails when it is \
         stale.\n\n\
         {supported} of {} operations are supported.{others} *Signed* operations need an AWS Signature Version 4 with an \
         access key; *open* ones need none.\n\n\
         | Operation | Request | Supported |\n|---|---|---|\n",
        operations.len()
    );
    for (name, operation) in operations {
        let request = if operation.signed { "signed" } else { "open" };
        let supported = if registered.contains(&name.as_str()) {
            "yes"
        } else {
            "no"
        };
        // Writing to a String does not fail.
        let _ = writeln!(page, "| `{name}` | {request} | {supported} |");
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_a_row() {
        let page = operations_table(&["SignUp", "AdminGetUser"]);
        assert!(page.contains("2 of 141 operations are supported. The others answer"));
        let all: Vec<&str> = MODEL.operations.keys().map(String::as_str).collect();
        assert!(operations_table(&all).contains("141 of 141 operations are supported. *Signed*"));
        assert!(page.contains("\n| `SignUp` | open | yes |\n"));
        assert!(page.contains("\n| `AdminGetUser` | signed | yes |\n"));
        assert!(page.contains("\n| `CreateGroup` | signed | no |\n"));
        assert_eq!(page.matches("\n| `").count(), 141);
    }
}
