# What the data sources say; `depends_on` has them read after all changes. The journey compares the outputs with
# what the server answers to boto3.
data "aws_cognito_user_pool" "full" {
  user_pool_id = aws_cognito_user_pool.full.id

  depends_on = [aws_cognito_user_pool_domain.prefix, aws_cognito_user_pool_domain.custom]
}

data "aws_cognito_user_pools" "full" {
  name = aws_cognito_user_pool.full.name

  depends_on = [aws_cognito_user_pool.full]
}

data "aws_cognito_user_pool_client" "full" {
  user_pool_id = aws_cognito_user_pool.full.id
  client_id    = aws_cognito_user_pool_client.full.id

  depends_on = [aws_cognito_user_pool_client.full]
}

data "aws_cognito_user_pool_clients" "full" {
  user_pool_id = aws_cognito_user_pool.full.id

  depends_on = [
    aws_cognito_user_pool_client.bare,
    aws_cognito_user_pool_client.full,
    aws_cognito_user_pool_client.machine,
    aws_cognito_user_pool_client.stripped,
  ]
}

data "aws_cognito_user_pool_signing_certificate" "full" {
  user_pool_id = aws_cognito_user_pool.full.id
}

data "aws_cognito_user_group" "full" {
  user_pool_id = aws_cognito_user_pool.attributes.id
  name         = aws_cognito_user_group.full.name

  depends_on = [aws_cognito_user_group.full]
}

data "aws_cognito_user_groups" "all" {
  user_pool_id = aws_cognito_user_pool.attributes.id

  depends_on = [aws_cognito_user_group.bare, aws_cognito_user_group.full, aws_cognito_user_group.steady]
}

output "pool" {
  value = {
    id                  = data.aws_cognito_user_pool.full.id
    name                = data.aws_cognito_user_pool.full.name
    mfa_configuration   = data.aws_cognito_user_pool.full.mfa_configuration
    deletion_protection = data.aws_cognito_user_pool.full.deletion_protection
    domain              = data.aws_cognito_user_pool.full.domain
    custom_domain       = data.aws_cognito_user_pool.full.custom_domain
    tags                = data.aws_cognito_user_pool.full.tags
  }
}

output "pools_by_name" {
  value = data.aws_cognito_user_pools.full.ids
}

output "client" {
  value = {
    id            = data.aws_cognito_user_pool_client.full.id
    name          = data.aws_cognito_user_pool_client.full.name
    callback_urls = sort(data.aws_cognito_user_pool_client.full.callback_urls)
    scopes        = sort(data.aws_cognito_user_pool_client.full.allowed_oauth_scopes)
  }
}

output "clients" {
  value = sort(data.aws_cognito_user_pool_clients.full.client_names)
}

output "certificate" {
  value = data.aws_cognito_user_pool_signing_certificate.full.certificate
}

output "group" {
  value = {
    description = data.aws_cognito_user_group.full.description
    precedence  = data.aws_cognito_user_group.full.precedence
    role_arn    = data.aws_cognito_user_group.full.role_arn
  }
}

output "groups" {
  value = sort([for group in data.aws_cognito_user_groups.all.groups : group.group_name])
}
