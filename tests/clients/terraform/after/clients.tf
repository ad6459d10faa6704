resource "aws_cognito_user_pool_client" "bare" {
  name                          = "no longer bare"
  user_pool_id                  = aws_cognito_user_pool.full.id
  access_token_validity         = 12
  auth_session_validity         = 15
  enable_token_revocation       = false
  explicit_auth_flows           = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
  id_token_validity             = 24
  prevent_user_existence_errors = "LEGACY"
  read_attributes               = ["name"]
  refresh_token_validity        = 3650
  write_attributes              = ["email"]

  analytics_configuration {
    application_arn  = "arn:aws:mobiletargeting:us-east-1:000000000000:apps/aaaabbbbccccddddeeeeffff00001111"
    user_data_shared = false
  }
}

resource "aws_cognito_user_pool_client" "full" {
  name                                          = "full, changed"
  user_pool_id                                  = aws_cognito_user_pool.full.id
  access_token_validity                         = 3600
  allowed_oauth_flows                           = ["code"]
  allowed_oauth_flows_user_pool_client          = true
  allowed_oauth_scopes                          = ["openid", "phone", "${aws_cognito_resource_server.orders.identifier}/cancel"]
  auth_session_validity                         = 3
  callback_urls                                 = ["https://app.example.org/in"]
  default_redirect_uri                          = "https://app.example.org/in"
  enable_propagate_additional_user_context_data = false
  enable_token_revocation                       = false
  explicit_auth_flows                           = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
  generate_secret                               = true
  id_token_validity                             = 1
  logout_urls                                   = ["https://app.example.org/out", "myapp://out"]
  prevent_user_existence_errors                 = "LEGACY"
  read_attributes                               = ["email", "name"]
  refresh_token_validity                        = 2
  supported_identity_providers                  = ["COGNITO", aws_cognito_identity_provider.saml.provider_name]
  write_attributes                              = ["email", "name"]

  analytics_configuration {
    application_id   = "00001111222233334444555566667777"
    external_id      = "other"
    role_arn         = "${local.role}/other"
    user_data_shared = false
  }

  refresh_token_rotation {
    feature                    = "DISABLED"
    retry_grace_period_seconds = 0
  }

  token_validity_units {
    access_token  = "seconds"
    id_token      = "days"
    refresh_token = "days"
  }
}

resource "aws_cognito_user_pool_client" "machine" {
  name                                 = "machine"
  user_pool_id                         = aws_cognito_user_pool.full.id
  allowed_oauth_flows                  = []
  allowed_oauth_flows_user_pool_client = false
  allowed_oauth_scopes                 = []
  callback_urls                        = []
  explicit_auth_flows                  = []
  generate_secret                      = true
  logout_urls                          = []
  read_attributes                      = []
  refresh_token_validity               = 8
  supported_identity_providers         = []
  write_attributes                     = []
}

resource "aws_cognito_user_pool_client" "stripped" {
  name         = "stripped"
  user_pool_id = aws_cognito_user_pool.full.id
}

resource "aws_cognito_user_pool_client" "of_another_service" {
  name         = "AmazonOpenSearchService-search"
  user_pool_id = aws_cognito_user_pool.addresses.id

  lifecycle {
    ignore_changes = all
  }
}

resource "aws_cognito_managed_user_pool_client" "search" {
  name_prefix                   = "AmazonOpenSearchService-"
  user_pool_id                  = aws_cognito_user_pool.addresses.id
  access_token_validity         = 2
  explicit_auth_flows           = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
  id_token_validity             = 3
  logout_urls                   = ["https://search.example.org/out"]
  prevent_user_existence_errors = "LEGACY"

  token_validity_units {
    access_token = "hours"
    id_token     = "hours"
  }

  depends_on = [aws_cognito_user_pool_client.of_another_service]
}
