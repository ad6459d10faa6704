# The details are given in full, since the provider has no other way to expect those that the service adds:
# https://github.com/hashicorp/terraform-provider-aws/issues/4831
resource "aws_cognito_identity_provider" "google" {
  user_pool_id    = aws_cognito_user_pool.full.id
  provider_name   = "Google"
  provider_type   = "Google"
  idp_identifiers = ["google", "gmail.com"]

  provider_details = {
    attributes_url                = "https://people.googleapis.com/v1/people/me?personFields="
    attributes_url_add_attributes = "true"
    authorize_scopes              = "email"
    authorize_url                 = "https://accounts.google.com/o/oauth2/v2/auth"
    client_id                     = "one.apps.googleusercontent.com"
    client_secret                 = "google-secret"
    oidc_issuer                   = "https://accounts.google.com"
    token_request_method          = "POST"
    token_url                     = "https://www.googleapis.com/oauth2/v4/token"
  }
}

resource "aws_cognito_identity_provider" "facebook" {
  user_pool_id  = aws_cognito_user_pool.full.id
  provider_name = "Facebook"
  provider_type = "Facebook"

  provider_details = {
    api_version                   = "v17.0"
    attributes_url                = "https://graph.facebook.com/v17.0/me?fields="
    attributes_url_add_attributes = "true"
    authorize_scopes              = "public_profile,email"
    authorize_url                 = "https://www.facebook.com/v17.0/dialog/oauth"
    client_id                     = "1234567890"
    client_secret                 = "facebook-secret"
    token_request_method          = "GET"
    token_url                     = "https://graph.facebook.com/v17.0/oauth/access_token"
  }

  attribute_mapping = {
    email    = "email"
    username = "id"
  }
}

resource "aws_cognito_identity_provider" "amazon" {
  user_pool_id  = aws_cognito_user_pool.full.id
  provider_name = "LoginWithAmazon"
  provider_type = "LoginWithAmazon"

  provider_details = {
    attributes_url                = "https://api.amazon.com/user/profile"
    attributes_url_add_attributes = "false"
    authorize_scopes              = "profile"
    authorize_url                 = "https://www.amazon.com/ap/oa"
    client_id                     = "amzn1.application-oa2-client.one"
    client_secret                 = "amazon-secret"
    token_request_method          = "POST"
    token_url                     = "https://api.amazon.com/auth/o2/token"
  }

  attribute_mapping = {
    username = "user_id"
  }
}

# AWS does not give the private key back, so that the provider would send it with each plan.
resource "aws_cognito_identity_provider" "apple" {
  user_pool_id  = aws_cognito_user_pool.full.id
  provider_name = "SignInWithApple"
  provider_type = "SignInWithApple"

  provider_details = {
    attributes_url_add_attributes = "false"
    authorize_scopes              = "email name"
    authorize_url                 = "https://appleid.apple.com/auth/authorize"
    client_id                     = "com.example.app"
    key_id                        = "ABCDE12345"
    oidc_issuer                   = "https://appleid.apple.com"
    private_key                   = "MIGTAgEAMBMGByqGSM49"
    team_id                       = "TEAM123456"
    token_request_method          = "POST"
    token_url                     = "https://appleid.apple.com/auth/token"
  }

  attribute_mapping = {
    email    = "email"
    username = "sub"
  }

  lifecycle {
    ignore_changes = [provider_details["private_key"]]
  }
}

resource "aws_cognito_identity_provider" "oidc" {
  user_pool_id    = aws_cognito_user_pool.full.id
  provider_name   = "Corp"
  provider_type   = "OIDC"
  idp_identifiers = ["corp.example.com"]

  provider_details = {
    attributes_request_method     = "GET"
    attributes_url                = "https://corp.example.com/userinfo"
    attributes_url_add_attributes = "false"
    authorize_scopes              = "openid email"
    authorize_url                 = "https://corp.example.com/authorize"
    client_id                     = "cognito"
    client_secret                 = "oidc-secret"
    jwks_uri                      = "https://corp.example.com/keys"
    oidc_issuer                   = "https://corp.example.com"
    token_url                     = "https://corp.example.com/token"
  }

  attribute_mapping = {
    email    = "email"
    username = "sub"
  }
}

resource "aws_cognito_identity_provider" "saml" {
  user_pool_id  = aws_cognito_user_pool.full.id
  provider_name = "Directory"
  provider_type = "SAML"

  provider_details = {
    EncryptedResponses    = "false"
    IDPSignout            = "true"
    MetadataFile          = file("${path.module}/saml-metadata.xml")
    SLORedirectBindingURI = "https://idp.example.com/out"
    SSORedirectBindingURI = "https://idp.example.com/in"
  }

  attribute_mapping = {
    email = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"
  }

  # AWS adds it, and it is its own.
  lifecycle {
    ignore_changes = [provider_details["ActiveEncryptionCertificate"]]
  }
}
