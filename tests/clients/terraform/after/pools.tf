# A pool that was made with nothing gets everything.
resource "aws_cognito_user_pool" "bare" {
  name                       = "bare"
  auto_verified_attributes   = ["phone_number", "email"]
  deletion_protection        = "INACTIVE"
  mfa_configuration          = "OPTIONAL"
  sms_authentication_message = "Sign in with {####}"
  user_pool_tier             = "PLUS"

  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_phone_number"
      priority = 1
    }
  }

  admin_create_user_config {
    allow_admin_create_user_only = true

    invite_message_template {
      email_message = "You are {username}, with {####}."
      email_subject = "Welcome"
      sms_message   = "{username} {####}"
    }
  }

  device_configuration {
    challenge_required_on_new_device      = false
    device_only_remembered_on_user_prompt = false
  }

  email_configuration {
    email_sending_account  = "DEVELOPER"
    from_email_address     = "accounts@example.com"
    reply_to_email_address = "help@example.com"
    source_arn             = "${local.ses}/example.com"
  }

  lambda_config {
    pre_sign_up = "${local.lambda}:pre-sign-up"

    pre_token_generation_config {
      lambda_arn     = "${local.lambda}:pre-token-generation"
      lambda_version = "V3_0"
    }
  }

  password_policy {
    minimum_length                   = 20
    require_lowercase                = true
    require_numbers                  = true
    require_symbols                  = false
    require_uppercase                = true
    temporary_password_validity_days = 30
  }

  schema {
    name                = "team"
    attribute_data_type = "String"
    mutable             = true

    string_attribute_constraints {
      min_length = "1"
      max_length = "32"
    }
  }

  sign_in_policy {
    allowed_first_auth_factors = ["PASSWORD", "SMS_OTP"]
  }

  sms_configuration {
    external_id    = "three"
    sns_caller_arn = "${local.role}/sms"
    sns_region     = "us-east-1"
  }

  software_token_mfa_configuration {
    enabled = true
  }

  tags = {
    Stage = "test"
  }

  user_attribute_update_settings {
    attributes_require_verification_before_update = ["phone_number"]
  }

  user_pool_add_ons {
    advanced_security_mode = "ENFORCED"

    advanced_security_additional_flows {
      custom_auth_mode = "AUDIT"
    }
  }

  verification_message_template {
    default_email_option  = "CONFIRM_WITH_LINK"
    email_message         = "Verify with {####}."
    email_message_by_link = "Verify {##here##}."
    email_subject         = "Verify"
    email_subject_by_link = "Verify by link"
    sms_message           = "Verify with {####}"
  }

  web_authn_configuration {
    relying_party_id  = "example.com"
    user_verification = "required"
  }
}

# Each member has another value.
resource "aws_cognito_user_pool" "full" {
  name                       = "full"
  alias_attributes           = ["email", "phone_number", "preferred_username"]
  auto_verified_attributes   = ["email"]
  deletion_protection        = "INACTIVE"
  mfa_configuration          = "OPTIONAL"
  sms_authentication_message = "The code is {####}"
  user_pool_tier             = "ESSENTIALS"

  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = 1
    }
    recovery_mechanism {
      name     = "verified_phone_number"
      priority = 2
    }
  }

  admin_create_user_config {
    allow_admin_create_user_only = false

    invite_message_template {
      email_message = "{username}: {####}"
      email_subject = "Hello"
      sms_message   = "{####} is for {username}"
    }
  }

  device_configuration {
    challenge_required_on_new_device      = false
    device_only_remembered_on_user_prompt = true
  }

  email_configuration {
    configuration_set      = "other-mails"
    email_sending_account  = "DEVELOPER"
    from_email_address     = "identity@example.org"
    reply_to_email_address = "support@example.org"
    source_arn             = "${local.ses}/example.org"
  }

  email_mfa_configuration {
    message = "{####} is the code."
    subject = "Code"
  }

  lambda_config {
    create_auth_challenge          = "${local.lambda}:create-auth-challenge-2"
    custom_message                 = "${local.lambda}:custom-message-2"
    define_auth_challenge          = "${local.lambda}:define-auth-challenge-2"
    kms_key_id                     = replace(local.kms, "1111", "2222")
    post_authentication            = "${local.lambda}:post-authentication-2"
    post_confirmation              = "${local.lambda}:post-confirmation-2"
    pre_authentication             = "${local.lambda}:pre-authentication-2"
    pre_sign_up                    = "${local.lambda}:pre-sign-up-2"
    user_migration                 = "${local.lambda}:user-migration-2"
    verify_auth_challenge_response = "${local.lambda}:verify-auth-challenge-2"

    custom_email_sender {
      lambda_arn     = "${local.lambda}:email-2"
      lambda_version = "V1_0"
    }

    custom_sms_sender {
      lambda_arn     = "${local.lambda}:sms-2"
      lambda_version = "V1_0"
    }

    pre_token_generation_config {
      lambda_arn     = "${local.lambda}:pre-token-generation-2"
      lambda_version = "V3_0"
    }
  }

  password_policy {
    minimum_length                   = 9
    password_history_size            = 0
    require_lowercase                = false
    require_numbers                  = true
    require_symbols                  = false
    require_uppercase                = true
    temporary_password_validity_days = 14
  }

  schema {
    name                = "email"
    attribute_data_type = "String"
    mutable             = true
    required            = true

    string_attribute_constraints {
      min_length = "5"
      max_length = "256"
    }
  }

  schema {
    name                = "team"
    attribute_data_type = "String"
    mutable             = true

    string_attribute_constraints {
      min_length = "1"
      max_length = "32"
    }
  }

  sign_in_policy {
    allowed_first_auth_factors = ["PASSWORD", "EMAIL_OTP"]
  }

  sms_configuration {
    external_id    = "four"
    sns_caller_arn = "${local.role}/text-messages"
    sns_region     = "us-east-1"
  }

  software_token_mfa_configuration {
    enabled = false
  }

  tags = {
    Team  = "accounts"
    Owner = "nobody"
  }

  user_attribute_update_settings {
    attributes_require_verification_before_update = ["email"]
  }

  user_pool_add_ons {
    advanced_security_mode = "OFF"
  }

  username_configuration {
    case_sensitive = false
  }

  verification_message_template {
    default_email_option  = "CONFIRM_WITH_LINK"
    email_message         = "{####} is the code."
    email_message_by_link = "{##Click##}"
    email_subject         = "The code"
    email_subject_by_link = "The link"
    sms_message           = "{####} is the code"
  }

  web_authn_configuration {
    relying_party_id  = "id.example.com"
    user_verification = "preferred"
  }
}

# Nothing is left of the optional blocks.
resource "aws_cognito_user_pool" "stripped" {
  name = "stripped"
}

resource "aws_cognito_user_pool" "addresses" {
  name                       = "addresses"
  username_attributes        = ["email", "phone_number"]
  auto_verified_attributes   = []
  email_verification_message = "{####} is the code."
  email_verification_subject = "The code"
  sms_verification_message   = "{####} is the code"
  user_pool_tier             = "ESSENTIALS"

  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = 1
    }
  }

  admin_create_user_config {
    allow_admin_create_user_only = true
  }

  email_configuration {
    reply_to_email_address = "support@example.com"
  }

  password_policy {
    minimum_length    = 99
    require_lowercase = true
  }

  sign_in_policy {
    allowed_first_auth_factors = ["PASSWORD", "EMAIL_OTP"]
  }

  username_configuration {
    case_sensitive = true
  }

  verification_message_template {
    default_email_option = "CONFIRM_WITH_CODE"
  }
}

resource "aws_cognito_user_pool" "required" {
  name                       = "required"
  auto_verified_attributes   = ["phone_number"]
  mfa_configuration          = "ON"
  sms_authentication_message = "{####}"

  sms_configuration {
    external_id    = "five"
    sns_caller_arn = "${local.role}/sms"
  }

  software_token_mfa_configuration {
    enabled = true
  }
}

resource "aws_cognito_user_pool" "passkeys" {
  name = "passkeys"

  sign_in_policy {
    allowed_first_auth_factors = ["PASSWORD"]
  }

  web_authn_configuration {
    relying_party_id  = "login.example.com"
    user_verification = "required"
  }
}

locals {
  added_attributes = ["added", "other"]
}
