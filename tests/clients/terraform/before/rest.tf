resource "aws_cognito_resource_server" "bare" {
  user_pool_id = aws_cognito_user_pool.full.id
  identifier   = "https://bare.example.com"
  name         = "bare"
}

resource "aws_cognito_resource_server" "orders" {
  user_pool_id = aws_cognito_user_pool.full.id
  identifier   = "orders"
  name         = "orders"

  scope {
    scope_name        = "read"
    scope_description = "Read orders"
  }

  scope {
    scope_name        = "write"
    scope_description = "Write orders"
  }
}

resource "aws_cognito_user_pool_domain" "prefix" {
  user_pool_id          = aws_cognito_user_pool.full.id
  domain                = "journey-full"
  managed_login_version = 1
}

resource "aws_cognito_user_pool_domain" "custom" {
  user_pool_id    = aws_cognito_user_pool.full.id
  domain          = "login.example.com"
  certificate_arn = "arn:aws:acm:us-east-1:000000000000:certificate/11111111-2222-3333-4444-555555555555"
}

resource "aws_cognito_risk_configuration" "pool" {
  user_pool_id = aws_cognito_user_pool.full.id

  account_takeover_risk_configuration {
    actions {
      high_action {
        event_action = "BLOCK"
        notify       = true
      }
      low_action {
        event_action = "NO_ACTION"
        notify       = false
      }
      medium_action {
        event_action = "MFA_IF_CONFIGURED"
        notify       = true
      }
    }

    notify_configuration {
      from       = "security@example.com"
      reply_to   = "help@example.com"
      source_arn = "${local.ses}/example.com"

      block_email {
        html_body = "<b>Blocked</b>"
        subject   = "Blocked"
        text_body = "Blocked"
      }
      mfa_email {
        html_body = "<b>Proven</b>"
        subject   = "Proven"
        text_body = "Proven"
      }
      no_action_email {
        html_body = "<b>Signed in</b>"
        subject   = "Signed in"
        text_body = "Signed in"
      }
    }
  }

  compromised_credentials_risk_configuration {
    event_filter = ["SIGN_IN", "SIGN_UP"]

    actions {
      event_action = "BLOCK"
    }
  }

  risk_exception_configuration {
    blocked_ip_range_list = ["192.0.2.0/24", "198.51.100.0/24"]
    skipped_ip_range_list = ["203.0.113.0/24"]
  }
}

resource "aws_cognito_risk_configuration" "client" {
  user_pool_id = aws_cognito_user_pool.full.id
  client_id    = aws_cognito_user_pool_client.full.id

  compromised_credentials_risk_configuration {
    actions {
      event_action = "NO_ACTION"
    }
  }
}

resource "aws_cognito_user_pool_ui_customization" "pool" {
  user_pool_id = aws_cognito_user_pool_domain.prefix.user_pool_id
  css          = ".label-customizable {font-weight: 400;}"
  image_file   = local.picture
}

resource "aws_cognito_user_pool_ui_customization" "client" {
  user_pool_id = aws_cognito_user_pool_domain.prefix.user_pool_id
  client_id    = aws_cognito_user_pool_client.full.id
  css          = ".banner-customizable {padding: 1px;}"
}
