resource "aws_cognito_identity_provider" "google" {
  user_pool_id    = aws_cognito_user_pool.full.id
  provider_name   = "Google"
  provider_type   = "Google"
  idp_identifiers = ["google.com"]

  provider_details = {
    attributes_url                = "https://people.googleapis.com/v1/people/me?personFields="
    attributes_url_add_attributes = "true"
    authorize_scopes              = "email profile openid"
    authorize_url                 = "https://accounts.google.com/o/oauth2/v2/auth"
    client_id                     = "two.apps.googleusercontent.com"
    client_secret                 = "another-google-secret"
    oidc_issuer                   = "https://accounts.google.com"
    token_request_method          = "POST"
    token_url                     = "https://www.googleapis.com/oauth2/v4/token"
  }

  attribute_mapping = {
    email    = "email"
    name     = "name"
    username = "sub"
  }
}

resource "aws_cognito_identity_provider" "facebook" {
  user_pool_id  = aws_cognito_user_pool.full.id
  provider_name = "Facebook"
  provider_type = "Facebook"

  provider_details = {
    api_version                   = "v21.0"
    attributes_url                = "https://graph.facebook.com/v21.0/me?fields="
    attributes_url_add_attributes = "true"
    authorize_scopes              = "public_profile"
    authorize_url                 = "https://www.facebook.com/v21.0/dialog/oauth"
    client_id                     = "9876543210"
    client_secret                 = "another-facebook-secret"
    token_request_method          = "GET"
    token_url                     = "https://graph.facebook.com/v21.0/oauth/access_token"
  }

  attribute_mapping = {
    name     = "name"
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
    authorize_scopes              = "profile postal_code"
    authorize_url                 = "https://www.amazon.com/ap/oa"
    client_id                     = "amzn1.application-oa2-client.two"
    client_secret                 = "another-amazon-secret"
    token_request_method          = "POST"
    token_url                     = "https://api.amazon.com/auth/o2/token"
  }

  attribute_mapping = {
    email    = "email"
    username = "user_id"
  }
}

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
    email       = "email"
    family_name = "lastName"
    username    = "sub"
  }

  lifecycle {
    ignore_changes = [provider_details["private_key"]]
  }
}

resource "aws_cognito_identity_provider" "oidc" {
  user_pool_id    = aws_cognito_user_pool.full.id
  provider_name   = "Corp"
  provider_type   = "OIDC"
  idp_identifiers = ["corp.example.com", "corp.example.org"]

  provider_details = {
    attributes_request_method     = "POST"
    attributes_url                = "https://corp.example.org/userinfo"
    attributes_url_add_attributes = "false"
    authorize_scopes              = "openid"
    authorize_url                 = "https://corp.example.org/authorize"
    client_id                     = "cognito-2"
    client_secret                 = "another-oidc-secret"
    jwks_uri                      = "https://corp.example.org/keys"
    oidc_issuer                   = "https://corp.example.org"
    token_url                     = "https://corp.example.org/token"
  }

  attribute_mapping = {
    "custom:team" = "department"
    username      = "sub"
  }
}

resource "aws_cognito_identity_provider" "saml" {
  user_pool_id    = aws_cognito_user_pool.full.id
  provider_name   = "Directory"
  provider_type   = "SAML"
  idp_identifiers = ["directory"]

  provider_details = {
    EncryptedResponses      = "true"
    IDPInit                 = "true"
    MetadataFile            = replace(file("${path.module}/saml-metadata.xml"), "example.com", "example.org")
    RequestSigningAlgorithm = "rsa-sha256"
    SLORedirectBindingURI   = "https://idp.example.org/out"
    SSORedirectBindingURI   = "https://idp.example.org/in"
  }

  attribute_mapping = {
    email       = "mail"
    given_name  = "givenName"
    family_name = "sn"
  }

  lifecycle {
    ignore_changes = [provider_details["ActiveEncryptionCertificate"]]
  }
}
