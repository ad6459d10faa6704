use proptest::prelude::*;

use super::*;

fn escaped(value: &str) -> String {
    value.replace('\\', r"\\").replace(',', r"\,")
}

fn header(line: &str) -> Header {
    Header {
        columns: split(line),
    }
}

fn pool() -> PoolSettings {
    PoolSettings {
        auto_verified: vec![Contact::Email],
        ..PoolSettings::default()
    }
}

fn refused(settings: &PoolSettings, columns: &str, line: &str) -> RowFault {
    read(&header(columns), settings, line).unwrap_err()
}

#[test]
fn values_are_split_at_commas_that_are_not_escaped() {
    assert_eq!(split(""), [""]);
    assert_eq!(split("a,b"), ["a", "b"]);
    assert_eq!(split(" a , b\t,"), ["a", "b", ""]);
    assert_eq!(split(r"Berlin\, Mitte,x"), ["Berlin, Mitte", "x"]);
    assert_eq!(split(r"a\\,b"), [r"a\", "b"]);
    // What is no escape stays as it is, quotes too.
    assert_eq!(split(r#""a\n",C:\x"#), [r#""a\n""#, r"C:\x"]);
    assert_eq!(split(r"a\"), [r"a\"]);
}

#[test]
fn the_columns_are_those_that_aws_documents() {
    let all = "name,given_name,family_name,middle_name,nickname,preferred_username,profile,picture,\
               website,email,email_verified,gender,birthdate,zoneinfo,locale,phone_number,\
               phone_number_verified,address,updated_at,cognito:mfa_enabled,cognito:username";
    assert_eq!(columns(&Schema::standard()).join(","), all);
}

#[test]
fn a_header_has_all_columns_once_in_any_order() {
    let schema = Schema::standard();
    let mut names = columns(&schema);
    names.reverse();
    let parse = |names: &[String], algorithm| {
        let parsed = Header::parse(&names.join(" , "), &schema, algorithm);
        parsed.map_err(|fault| fault.to_string())
    };
    assert!(parse(&names, None).is_ok());
    let bcrypt = Some(HashAlgorithm::Bcrypt);
    let lacks = "The header of the CSV file lacks the column password_hash.".to_owned();
    assert_eq!(parse(&names, bcrypt), Err(lacks));
    let more = [names.clone(), vec!["password_hash".to_owned()]].concat();
    assert!(parse(&more, bcrypt).is_ok());
    let unknown = "The header of the CSV file has an unknown column password_hash.".to_owned();
    assert_eq!(parse(&more, None), Err(unknown));
    let twice = [names.clone(), vec!["email".to_owned()]].concat();
    let text = "The header of the CSV file has the column email twice.".to_owned();
    assert_eq!(parse(&twice, None), Err(text));
    let lacks = "The header of the CSV file lacks the column name.".to_owned();
    names.retain(|name| name != "name");
    assert_eq!(parse(&names, None), Err(lacks));
    assert_eq!(
        Header::parse("  ", &schema, None),
        Err(HeaderFault::Unreadable)
    );
}

#[test]
fn a_row_says_what_a_user_has() {
    let columns = "cognito:username,email,email_verified,birthdate,name,cognito:mfa_enabled";
    let line = r"ada, ada@example.com ,TRUE,12/31/1990,Ada\, Countess,";
    let user = read(&header(columns), &pool(), line).unwrap();
    assert_eq!(user.username, "ada");
    assert!(!user.sms_mfa && user.password_hash.is_none());
    let given: Vec<(&str, &str)> = user
        .attributes
        .iter()
        .map(|given| (given.name.as_str(), given.value.as_deref().unwrap()))
        .collect();
    let expected = [
        ("email", "ada@example.com"),
        ("email_verified", "true"),
        ("birthdate", "1990-12-31"),
        ("name", "Ada, Countess"),
    ];
    assert_eq!(given, expected);
}

#[test]
fn a_contact_that_is_not_given_may_be_said_not_to_be_verified() {
    let columns = "cognito:username,email,email_verified,phone_number,phone_number_verified";
    let flag = |line: &str| {
        let user = read(&header(columns), &pool(), line).unwrap();
        let mut given = user.attributes.into_iter();
        let flag = given.find(|given| given.name == "phone_number_verified");
        flag.and_then(|given| given.value)
    };
    assert_eq!(flag("ada,a@b.cd,true,,FALSE"), None);
    assert_eq!(flag("ada,a@b.cd,true,,TRUE").as_deref(), Some("true"));
    assert_eq!(
        flag("ada,a@b.cd,true,+15550100,FALSE").as_deref(),
        Some("false")
    );
}

#[test]
fn rows_are_refused_by_the_rules_for_files() {
    let columns =
        "cognito:username,email,email_verified,birthdate,phone_number,cognito:mfa_enabled";
    let of = |line: &str| refused(&pool(), columns, line);
    let count = |found| RowFault::Columns { found, expected: 6 };
    assert_eq!(of("ada,a@b.cd,true,,"), count(5));
    assert_eq!(of("ada,a@b.cd,true,,,,"), count(7));
    assert_eq!(of(",a@b.cd,true,,,"), RowFault::NoUsername);
    assert_eq!(of("a da,a@b.cd,true,,,"), RowFault::BadUsername);
    let long = format!("{},a@b.cd,true,,,", "a".repeat(129));
    assert_eq!(of(&long), RowFault::BadUsername);
    assert_eq!(of("ada,a@b.cd,false,,,"), RowFault::NothingVerified);
    assert_eq!(of("ada,,true,,,"), RowFault::NothingVerified);
    let neither = |name: &str| RowFault::NeitherTrueNorFalse(name.to_owned());
    assert_eq!(of("ada,a@b.cd,1,,,"), neither("email_verified"));
    assert_eq!(of("ada,a@b.cd,true,,,yes"), neither("cognito:mfa_enabled"));
    for date in ["1990-12-31", "2/3/1990", "02/30/1990", "13/01/1990"] {
        let line = format!("ada,a@b.cd,true,{date},,");
        assert_eq!(of(&line), RowFault::Birthdate, "{date}");
    }
    assert_eq!(of("ada,a@b.cd,true,,,TRUE"), RowFault::Mfa(false));
    assert_eq!(of("a\0,a@b.cd,true,,,"), RowFault::NotText);
    let line = format!("ada,a@b.cd,true,,,{}", " ".repeat(16_000));
    assert_eq!(of(&line), RowFault::TooLong);
}

#[test]
fn second_factors_are_as_the_pool_has_them() {
    let columns = "cognito:username,email,email_verified,phone_number,cognito:mfa_enabled";
    let of = |mfa, line: &str| {
        let settings = PoolSettings { mfa, ..pool() };
        read(&header(columns), &settings, line).map(|user| user.sms_mfa)
    };
    assert_eq!(of(MfaMode::On, "a,a@b.cd,true,,true"), Ok(false));
    assert_eq!(of(MfaMode::On, "a,a@b.cd,true,,"), Ok(false));
    assert_eq!(
        of(MfaMode::On, "a,a@b.cd,true,,false"),
        Err(RowFault::Mfa(true))
    );
    assert_eq!(of(MfaMode::Off, "a,a@b.cd,true,,FALSE"), Ok(false));
    assert_eq!(
        of(MfaMode::Optional, "a,a@b.cd,true,+15550001,true"),
        Ok(true)
    );
    assert_eq!(of(MfaMode::Optional, "a,a@b.cd,true,,false"), Ok(false));
    assert_eq!(
        of(MfaMode::Optional, "a,a@b.cd,true,,true"),
        Err(RowFault::MfaWithoutPhone)
    );
}

#[test]
fn a_required_attribute_has_a_value() {
    let mut settings = pool();
    for attribute in &mut settings.schema.attributes {
        attribute.required |= attribute.name == "name";
    }
    let columns = "cognito:username,email,email_verified,name";
    let missing = RowFault::Missing("name".to_owned());
    assert_eq!(refused(&settings, columns, "a,a@b.cd,true, "), missing);
}

proptest! {
    #[test]
    fn escaped_values_are_read_as_they_were(
        values in prop::collection::vec("[^\r\n]{0,12}", 1..8),
    ) {
        let values: Vec<String> = values.iter().map(|value| value.trim().to_owned()).collect();
        let line = values.iter().map(|value| escaped(value)).collect::<Vec<_>>().join(",");
        prop_assert_eq!(split(&line), values);
    }

    /// Whatever a file holds is read, or refused.
    #[test]
    fn any_line_is_read(line in "[a,\\\\ ü\"\0]{0,40}") {
        prop_assert!(!split(&line).is_empty());
        let _ = read(&header("cognito:username,email,email_verified"), &pool(), &line);
        let _ = Header::parse(&line, &Schema::standard(), None);
    }
}
