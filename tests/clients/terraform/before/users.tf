# They belong to a pool without functions, which would be called.
resource "aws_cognito_user_group" "bare" {
  user_pool_id = aws_cognito_user_pool.attributes.id
  name         = "bare"
}

resource "aws_cognito_user_group" "full" {
  user_pool_id = aws_cognito_user_pool.attributes.id
  name         = "full"
  description  = "Everything is given."
  precedence   = 7
  role_arn     = "${local.role}/group"
}

resource "aws_cognito_user" "permanent" {
  user_pool_id   = aws_cognito_user_pool.attributes.id
  username       = "permanent"
  message_action = "SUPPRESS"
  password       = "Correct-Horse-1"

  attributes = {
    email          = "permanent@example.com"
    email_verified = "true"
    family_name    = "Example"
    phone_number   = "+15555550100"
    unbounded      = "blue"
  }
}

resource "aws_cognito_user" "temporary" {
  user_pool_id         = aws_cognito_user_pool.attributes.id
  username             = "temporary"
  message_action       = "SUPPRESS"
  temporary_password   = "Temporary-Word-1"
  force_alias_creation = true

  attributes = {
    email          = "temporary@example.com"
    email_verified = "true"
    family_name    = "Example"
  }
}

resource "aws_cognito_user" "disabled" {
  user_pool_id             = aws_cognito_user_pool.attributes.id
  username                 = "disabled"
  enabled                  = false
  desired_delivery_mediums = ["EMAIL"]

  # Cognito adds email_verified when the address changes.
  attributes = {
    email          = "disabled@example.com"
    email_verified = "true"
    family_name    = "Example"
    half           = "seven"
  }

  client_metadata = {
    from = "terraform"
  }

  validation_data = {
    checked = "no"
  }
}

# The username is the address, under which the provider finds the user again.
resource "aws_cognito_user" "address" {
  user_pool_id   = aws_cognito_user_pool.addresses.id
  username       = "address@example.com"
  message_action = "SUPPRESS"

  attributes = {
    email          = "address@example.com"
    email_verified = "true"
  }
}

resource "aws_cognito_user_in_group" "permanent" {
  user_pool_id = aws_cognito_user_pool.attributes.id
  group_name   = aws_cognito_user_group.full.name
  username     = aws_cognito_user.permanent.username
}

resource "aws_cognito_user_in_group" "moving" {
  user_pool_id = aws_cognito_user_pool.attributes.id
  group_name   = aws_cognito_user_group.bare.name
  username     = aws_cognito_user.temporary.username
}
