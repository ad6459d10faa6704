resource "aws_cognito_user_group" "bare" {
  user_pool_id = aws_cognito_user_pool.attributes.id
  name         = "bare"
  description  = "No longer bare."
  precedence   = 1
  role_arn     = "${local.role}/group"
}

resource "aws_cognito_user_group" "full" {
  user_pool_id = aws_cognito_user_pool.attributes.id
  name         = "full"
  role_arn     = "${local.role}/other-group"
}

resource "aws_cognito_user" "permanent" {
  user_pool_id   = aws_cognito_user_pool.attributes.id
  username       = "permanent"
  enabled        = false
  message_action = "SUPPRESS"
  password       = "Correct-Horse-2"

  attributes = {
    email          = "changed@example.com"
    email_verified = "false"
    family_name    = "Changed"
    name           = "Permanent"
  }
}

resource "aws_cognito_user" "temporary" {
  user_pool_id         = aws_cognito_user_pool.attributes.id
  username             = "temporary"
  message_action       = "SUPPRESS"
  temporary_password   = "Temporary-Word-2"
  force_alias_creation = true

  attributes = {
    email          = "temporary@example.com"
    email_verified = "true"
    family_name    = "Example"
    unbounded      = "red"
  }
}

resource "aws_cognito_user" "disabled" {
  user_pool_id             = aws_cognito_user_pool.attributes.id
  username                 = "disabled"
  enabled                  = true
  desired_delivery_mediums = ["EMAIL"]

  attributes = {
    added          = "now"
    email          = "enabled@example.com"
    email_verified = "false"
    family_name    = "Changed"
    half           = "seven"
    level          = "3"
  }

  client_metadata = {
    from = "terraform"
  }

  validation_data = {
    checked = "no"
  }
}

resource "aws_cognito_user" "address" {
  user_pool_id   = aws_cognito_user_pool.addresses.id
  username       = "address@example.com"
  message_action = "SUPPRESS"

  attributes = {
    email          = "address@example.com"
    email_verified = "true"
    nickname       = "ad"
  }
}

resource "aws_cognito_user_in_group" "permanent" {
  user_pool_id = aws_cognito_user_pool.attributes.id
  group_name   = aws_cognito_user_group.bare.name
  username     = aws_cognito_user.permanent.username
}

resource "aws_cognito_user_in_group" "moving" {
  user_pool_id = aws_cognito_user_pool.attributes.id
  group_name   = aws_cognito_user_group.full.name
  username     = aws_cognito_user.temporary.username
}
