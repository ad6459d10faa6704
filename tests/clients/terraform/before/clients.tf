resource "aws_cognito_user_pool_client" "bare" {
  name         = "bare"
  user_pool_id = aws_cognito_user_pool.full.id
}

# Every member, with refresh tokens that are exchanged, which excludes ALLOW_REFRESH_TOKEN_AUTH.
resource "aws_cognito_user_pool_client" "full" {
  name                                          = "full"
  user_pool_id                                  = aws_cognito_user_pool.full.id
  access_token_validity                         = 20
  allowed_oauth_flows                           = ["code", "implicit"]
  allowed_oauth_flows_user_pool_client          = true
  allowed_oauth_scopes                          = ["openid", "email", "${aws_cognito_resource_server.orders.identifier}/read"]
  auth_session_validity                         = 5
  callback_urls                                 = ["https://app.example.com/in", "http://localhost:3000/in"]
  default_redirect_uri                          = "https://app.example.com/in"
  enable_propagate_additional_user_context_data = true
  enable_token_revocation                       = true
  explicit_auth_flows                           = ["ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_USER_AUTH"]
  generate_secret                               = true
  id_token_validity                             = 1200
  logout_urls                                   = ["https://app.example.com/out"]
  prevent_user_existence_errors                 = "ENABLED"
  read_attributes                               = ["email", "email_verified", "custom:team"]
  refresh_token_validity                        = 36
  supported_identity_providers                  = ["COGNITO", aws_cognito_identity_provider.google.provider_name]
  write_attributes                              = ["email", "custom:team"]

  analytics_configuration {
    application_id   = "aaaabbbbccccddddeeeeffff00001111"
    external_id      = "analytics"
    role_arn         = "${local.role}/analytics"
    user_data_shared = true
  }

  refresh_token_rotation {
    feature                    = "ENABLED"
    retry_grace_period_seconds = 10
  }

  token_validity_units {
    access_token  = "minutes"
    id_token      = "seconds"
    refresh_token = "hours"
  }
}

resource "aws_cognito_user_pool_client" "machine" {
  name                                 = "machine"
  user_pool_id                         = aws_cognito_user_pool.full.id
  allowed_oauth_flows                  = ["client_credentials"]
  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_scopes                 = ["${aws_cognito_resource_server.orders.identifier}/write"]
  explicit_auth_flows                  = ["ADMIN_NO_SRP_AUTH", "USER_PASSWORD_AUTH"]
  generate_secret                      = true
  refresh_token_validity               = 7
}

resource "aws_cognito_user_pool_client" "stripped" {
  name                          = "stripped"
  user_pool_id                  = aws_cognito_user_pool.full.id
  access_token_validity         = 2
  explicit_auth_flows           = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
  prevent_user_existence_errors = "LEGACY"

  token_validity_units {
    access_token = "hours"
  }
}

# What another service has made, such as OpenSearch, and Terraform only changes.
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
  access_token_validity         = 30
  explicit_auth_flows           = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
  id_token_validity             = 30
  logout_urls                   = ["https://search.example.com/out"]
  prevent_user_existence_errors = "ENABLED"

  token_validity_units {
    access_token = "minutes"
    id_token     = "minutes"
  }

  depends_on = [aws_cognito_user_pool_client.of_another_service]
}
