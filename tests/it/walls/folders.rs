//! An operation is found in the same folder everywhere.

use super::rust_files;

/// Where `model/generate.py` puts the types of each operation decides where its code belongs.
#[test]
fn each_operation_is_in_the_folder_of_its_model() {
    let faults = misplaced(
        &rust_files::below("src/model/generated"),
        &rust_files::below("src/operations"),
    );
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// The files that implement an operation outside the folder that is named like the model's file.
fn misplaced(model: &[(String, String)], operations: &[(String, String)]) -> Vec<String> {
    let mut faults = Vec::new();
    for (file, code) in operations {
        let names = code.split(" for ops::").skip(1).filter_map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric())?;
            Some(&rest[..end])
        });
        for name in names {
            let types = format!("pub struct {name}Request ");
            let of_model = model.iter().find(|(_, code)| code.contains(&types));
            let (model_file, _) = of_model.unwrap_or_else(|| panic!("the model has no {name}"));
            let resource = stem(model_file);
            if !file.contains(&format!("/{resource}/")) {
                faults.push(format!("{file}: {name} belongs to {resource}"));
            }
        }
    }
    faults
}

/// `users` for `src/model/generated/users.rs`.
fn stem(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    name.trim_end_matches(".rs")
}

#[test]
fn an_operation_in_another_folder_is_found() {
    let of = |file: &str, code: &str| (file.to_owned(), code.to_owned());
    let model = [
        of(
            "src/model/generated/users.rs",
            "pub struct ListUsersRequest {",
        ),
        of(
            "src/model/generated/sessions.rs",
            "pub struct RevokeTokenRequest {",
        ),
    ];
    let operations = [
        of(
            "src/operations/users/list_users.rs",
            "impl Handler<App> for ops::ListUsers {",
        ),
        of(
            "src/operations/users/revoke_token.rs",
            "impl Handler<App> for ops::RevokeToken {",
        ),
    ];
    let expected = ["src/operations/users/revoke_token.rs: RevokeToken belongs to sessions"];
    assert_eq!(misplaced(&model, &operations), expected);
}
