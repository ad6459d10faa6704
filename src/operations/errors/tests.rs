use super::*;

#[test]
fn limits_protection_and_a_second_username_have_their_texts() {
    let call = Call {
        operation: "DeleteUserPool",
        request_id: Uuid::nil(),
    };
    for (failure, code, text) in [
        (
            Failure::LimitReached(Limited::UserPools, 1_000),
            Code::LimitExceededException,
            "A region can have at most 1000 user pools.",
        ),
        (
            Failure::LimitReached(Limited::AppClients, 1_000),
            Code::LimitExceededException,
            "A user pool can have at most 1000 app clients.",
        ),
        (
            Failure::DeletionProtected,
            Code::InvalidParameterException,
            "The user pool cannot be deleted because deletion protection is activated. Deletion \
             protection must be inactivated first.",
        ),
        (
            Failure::UsernameAttributeDiffers(Contact::Email),
            Code::InvalidParameterException,
            "Attribute value for email must be the same as the username.",
        ),
    ] {
        assert_eq!(to_wire(call, failure), (code, text.to_owned()));
    }
}
