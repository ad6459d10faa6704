use super::*;
use crate::domain::schema::DataType;

#[track_caller]
fn fault(result: Result<PoolSettings, Failure>) -> SettingFault {
    match result {
        Err(Failure::Setting(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

fn create(request: PoolRequest) -> Result<PoolSettings, Failure> {
    request.create(&CreateOnlySettings::default())
}

#[test]
fn an_empty_request_gives_the_defaults_of_behaviour_9() {
    let settings = create(PoolRequest::default()).unwrap();
    assert_eq!(settings.password_policy, PasswordPolicy::default());
    assert_eq!(settings.admin_create_user, AdminCreateUser::default());
    assert_eq!(settings.mfa, MfaMode::Off);
    assert!(settings.case_sensitive && !settings.case_sensitivity_given);
    assert!(settings.verify_before_update.is_none());
    assert_eq!(settings.schema, Schema::standard());
}

#[test]
fn an_update_keeps_some_settings_and_resets_the_others() {
    let create_only = CreateOnlySettings {
        schema: vec![AttributeRequest {
            name: Some("team".to_owned()),
            data_type: Some(DataType::String),
            ..AttributeRequest::default()
        }],
        username_attributes: vec![Contact::Email, Contact::Email],
        case_sensitive: Some(false),
        ..CreateOnlySettings::default()
    };
    let request = PoolRequest {
        auto_verified: vec![Contact::Email, Contact::PhoneNumber],
        verify_before_update: Some(vec![Contact::Email]),
        deletion_protection: Some(true),
        mfa: Some(MfaMode::Optional),
        tags: Some([("team".to_owned(), "identity".to_owned())].into()),
        sms: Some(SmsSettings::default()),
        device: Some(DeviceSettings::default()),
        password_policy: Some(PasswordPolicyRequest::default()),
        ..PoolRequest::default()
    };
    let former = request.create(&create_only).unwrap();
    let settings = PoolRequest::default().update(&former).unwrap();
    assert_eq!(settings.schema, former.schema);
    assert_eq!(settings.username_attributes, [Contact::Email]);
    assert!(!settings.case_sensitive && settings.case_sensitivity_given);
    assert!(settings.auto_verified.is_empty());
    assert!(settings.sms.is_none() && settings.device.is_none());
    // These are kept, and not checked against the reset AutoVerifiedAttributes.
    assert!(settings.deletion_protection);
    assert_eq!(settings.mfa, MfaMode::Optional);
    assert_eq!(settings.verify_before_update, Some(vec![Contact::Email]));
    assert_eq!(settings.tags, former.tags);
    assert_eq!(settings.password_policy, former.password_policy);
}

/// Administration 3: AWS's CreateUserPool and UpdateUserPool know no other second factor.
#[test]
fn second_factors_need_sms_unless_others_were_set_up() {
    let request = |mode, sms: bool, auto_verified: &[Contact]| PoolRequest {
        mfa: Some(mode),
        sms: sms.then(SmsSettings::default),
        auto_verified: auto_verified.to_vec(),
        ..PoolRequest::default()
    };
    let phone = [Contact::PhoneNumber];
    for mode in [MfaMode::On, MfaMode::Optional] {
        for (sms, auto_verified) in [(false, &phone[..]), (true, &[])] {
            assert_eq!(
                fault(create(request(mode, sms, auto_verified))),
                SettingFault::SecondFactorNeedsSms
            );
        }
        assert_eq!(create(request(mode, true, &phone)).unwrap().mfa, mode);
        let mut former = PoolSettings::default();
        former.factors.software_token = Some(true);
        let updated = request(mode, false, &[]).update(&former).unwrap();
        assert_eq!((updated.mfa, updated.factors), (mode, former.factors));
    }
    assert!(create(request(MfaMode::Off, false, &[])).is_ok());
}

#[test]
fn verification_before_update_needs_an_auto_verified_attribute() {
    let request = PoolRequest {
        auto_verified: vec![Contact::PhoneNumber],
        verify_before_update: Some(vec![Contact::Email]),
        ..PoolRequest::default()
    };
    assert_eq!(
        fault(create(request)),
        SettingFault::VerifiedBeforeUpdateOnly
    );
}

#[test]
fn aliases_and_username_attributes_exclude_each_other() {
    let create_only = CreateOnlySettings {
        alias_attributes: vec![Alias::Email],
        username_attributes: vec![Contact::Email],
        ..CreateOnlySettings::default()
    };
    assert_eq!(
        fault(PoolRequest::default().create(&create_only)),
        SettingFault::AliasAndUsernameAttributes
    );
}

#[test]
fn a_preferred_username_is_not_both_required_and_an_alias() {
    let create_only = CreateOnlySettings {
        schema: vec![AttributeRequest {
            name: Some("preferred_username".to_owned()),
            required: Some(true),
            ..AttributeRequest::default()
        }],
        alias_attributes: vec![Alias::PreferredUsername],
        ..CreateOnlySettings::default()
    };
    assert_eq!(
        fault(PoolRequest::default().create(&create_only)),
        SettingFault::PreferredUsernameRequiredAndAlias
    );
}

#[test]
fn settings_that_are_not_implemented_are_refused() {
    let unsupported = Unsupported::CustomerManagedKey;
    let request = PoolRequest {
        unsupported: Some(unsupported),
        ..PoolRequest::default()
    };
    assert_eq!(
        fault(create(request)),
        SettingFault::Unsupported(unsupported)
    );
}

#[test]
fn first_factors_without_the_password_are_refused() {
    let factors = |factors: &[FirstFactor]| {
        create(PoolRequest {
            first_factors: Some(factors.to_vec()),
            ..PoolRequest::default()
        })
    };
    assert!(factors(&[FirstFactor::Password, FirstFactor::EmailOtp]).is_ok());
    assert_eq!(
        fault(factors(&[FirstFactor::EmailOtp])),
        SettingFault::FirstFactorsWithoutPassword
    );
    assert_eq!(factors(&[]).unwrap().first_factors, [FirstFactor::Password]);
    // Codes by SMS need what sends SMS.
    let with_sms = [FirstFactor::Password, FirstFactor::SmsOtp];
    assert_eq!(fault(factors(&with_sms)), SettingFault::SmsCodeWithoutSms);
    let sending = create(PoolRequest {
        first_factors: Some(with_sms.to_vec()),
        sms: Some(SmsSettings::default()),
        ..PoolRequest::default()
    });
    assert_eq!(sending.unwrap().first_factors, with_sms);
}

#[test]
fn either_member_gives_the_days_of_a_temporary_password() {
    let days = |policy: Option<i32>, account: Option<i32>| {
        create(PoolRequest {
            password_policy: Some(PasswordPolicyRequest {
                temporary_password_validity_days: policy,
                ..PasswordPolicyRequest::default()
            }),
            admin_create_user: AdminCreateUserRequest {
                unused_account_validity_days: account,
                ..AdminCreateUserRequest::default()
            },
            ..PoolRequest::default()
        })
    };
    for (policy, account, expected) in [
        (None, None, 7),
        (Some(0), None, 7),
        (None, Some(0), 7),
        (Some(3), Some(0), 3),
        (Some(3), None, 3),
        (None, Some(30), 30),
        (Some(3), Some(3), 3),
    ] {
        let settings = days(policy, account).unwrap();
        let policy = settings.password_policy;
        assert_eq!(policy.temporary_password_validity_days, expected);
        let account = settings.admin_create_user;
        assert_eq!(account.unused_account_validity_days, expected);
    }
    assert_eq!(
        fault(days(Some(3), Some(4))),
        SettingFault::TemporaryPasswordDays
    );
}

#[test]
fn the_texts_come_from_the_template_or_the_older_members() {
    let texts = |template: Option<&str>, older: Option<&str>| {
        create(PoolRequest {
            verification_template: template.map(|text| VerificationMessage {
                email: Some(text.to_owned()),
                ..VerificationMessage::default()
            }),
            verification_texts: VerificationTexts {
                email: older.map(str::to_owned),
                ..VerificationTexts::default()
            },
            ..PoolRequest::default()
        })
    };
    for (template, older) in [
        (Some("{####}"), None),
        (None, Some("{####}")),
        (Some("{####}"), Some("old {####}")),
    ] {
        let message = texts(template, older).unwrap().verification_message;
        assert_eq!(message.email.as_deref(), Some("{####}"));
    }
}

#[test]
fn recovery_by_the_administrator_excludes_other_ways() {
    let recovery = |mechanisms: &[(i32, RecoveryMeans)]| {
        create(PoolRequest {
            account_recovery: Some(
                mechanisms
                    .iter()
                    .map(|(priority, by)| Recovery {
                        priority: *priority,
                        by: *by,
                    })
                    .collect(),
            ),
            ..PoolRequest::default()
        })
    };
    use RecoveryMeans::{AdminOnly, VerifiedEmail, VerifiedPhoneNumber};
    assert!(recovery(&[(1, AdminOnly)]).is_ok());
    assert!(recovery(&[(1, VerifiedEmail), (2, VerifiedPhoneNumber)]).is_ok());
    assert_eq!(
        fault(recovery(&[(1, VerifiedEmail), (2, AdminOnly)])),
        SettingFault::AdminRecoveryNotAlone
    );
    assert_eq!(
        fault(recovery(&[(1, VerifiedEmail), (1, VerifiedPhoneNumber)])),
        SettingFault::RecoveryRepeated
    );
}

#[test]
fn more_than_fifty_tags_are_refused() {
    let tagged = |count: usize| {
        create(PoolRequest {
            tags: Some((0..count).map(|n| (n.to_string(), String::new())).collect()),
            ..PoolRequest::default()
        })
    };
    assert!(tagged(50).is_ok());
    assert_eq!(fault(tagged(51)), SettingFault::TooManyTags(50));
}
