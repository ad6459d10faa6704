resource "aws_cognito_resource_server" "bare" {
  user_pool_id = aws_cognito_user_pool.full.id
  identifier   = "https://bare.example.com"
  name         = "no longer bare"

  scope {
    scope_name        = "all"
    scope_description = "All"
  }
}

resource "aws_cognito_resource_server" "orders" {
  user_pool_id = aws_cognito_user_pool.full.id
  identifier   = "orders"
  name         = "orders"

  scope {
    scope_name        = "write"
    scope_description = "Write all orders"
  }

  scope {
    scope_name        = "cancel"
    scope_description = "Cancel orders"
  }
}

resource "aws_cognito_user_pool_domain" "prefix" {
  user_pool_id          = aws_cognito_user_pool.full.id
  domain                = "journey-full"
  managed_login_version = 2
}

resource "aws_cognito_user_pool_domain" "custom" {
  user_pool_id          = aws_cognito_user_pool.full.id
  domain                = "login.example.com"
  certificate_arn       = "arn:aws:acm:us-east-1:000000000000:certificate/66666666-7777-8888-9999-000000000000"
  managed_login_version = 2
}

resource "aws_cognito_risk_configuration" "pool" {
  user_pool_id = aws_cognito_user_pool.full.id

  account_takeover_risk_configuration {
    actions {
      high_action {
        event_action = "MFA_REQUIRED"
        notify       = false
      }
    }

    notify_configuration {
      source_arn = "${local.ses}/example.org"
    }
  }

  compromised_credentials_risk_configuration {
    event_filter = ["PASSWORD_CHANGE"]

    actions {
      event_action = "NO_ACTION"
    }
  }

  risk_exception_configuration {
    skipped_ip_range_list = ["192.0.2.0/24", "198.51.100.0/24"]
  }
}

resource "aws_cognito_risk_configuration" "client" {
  user_pool_id = aws_cognito_user_pool.full.id
  client_id    = aws_cognito_user_pool_client.full.id

  risk_exception_configuration {
    blocked_ip_range_list = ["192.0.2.7/32"]
  }
}

resource "aws_cognito_user_pool_ui_customization" "pool" {
  user_pool_id = aws_cognito_user_pool_domain.prefix.user_pool_id
  css          = ".label-customizable {font-weight: 700;}"
}

resource "aws_cognito_user_pool_ui_customization" "client" {
  user_pool_id = aws_cognito_user_pool_domain.prefix.user_pool_id
  client_id    = aws_cognito_user_pool_client.full.id
  css          = ".banner-customizable {padding: 2px;}"
  image_file   = local.picture
}
