#!/usr/bin/env bash
# The administrator's journey with an unchanged AWS CLI, which is only told another endpoint.
# Environment: COGNATE_ENDPOINT; AWS_CLI, the program (default: aws).
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/cli_steps.sh"

pool=$(idp create-user-pool --pool-name 'from the shell' --auto-verified-attributes email \
  --schema 'Name=team,AttributeDataType=String,Mutable=true,StringAttributeConstraints={MinLength=2,MaxLength=20}' \
  --query UserPool.Id --output text)
ok "create-user-pool: $pool"

is describe-user-pool 'from the shell' \
  "$(idp describe-user-pool --user-pool-id "$pool" --query UserPool.Name --output text)"
is 'the custom attribute' 20 "$(idp describe-user-pool --user-pool-id "$pool" --output text \
  --query "UserPool.SchemaAttributes[?Name=='custom:team']|[0].StringAttributeConstraints.MaxLength")"
is list-user-pools 1 "$(idp list-user-pools --max-results 60 --output text \
  --query "length(UserPools[?Id=='$pool'])")"

client=$(idp create-user-pool-client --user-pool-id "$pool" --client-name shell \
  --explicit-auth-flows ALLOW_USER_PASSWORD_AUTH ALLOW_REFRESH_TOKEN_AUTH \
  --query UserPoolClient.ClientId --output text)
ok "create-user-pool-client: $client"
is list-user-pool-clients "$client" "$(idp list-user-pool-clients --user-pool-id "$pool" \
  --query 'UserPoolClients[0].ClientId' --output text)"

is admin-create-user FORCE_CHANGE_PASSWORD "$(idp admin-create-user --user-pool-id "$pool" \
  --username joan --temporary-password 'T3mporary-Word!' --message-action SUPPRESS \
  --user-attributes Name=email,Value=joan@example.com Name=custom:team,Value=blue \
  --query User.UserStatus --output text)"
fails 'admin-create-user twice' UsernameExistsException 'User account already exists' \
  admin-create-user --user-pool-id "$pool" --username joan --message-action SUPPRESS

idp admin-set-user-password --user-pool-id "$pool" --username joan --password 'Corr3ct-Horse!' \
  --permanent
is admin-set-user-password CONFIRMED "$(idp admin-get-user --user-pool-id "$pool" --username joan \
  --query UserStatus --output text)"

token=$(idp initiate-auth --client-id "$client" --auth-flow USER_PASSWORD_AUTH \
  --auth-parameters 'USERNAME=joan,PASSWORD=Corr3ct-Horse!' \
  --query AuthenticationResult.AccessToken --output text)
ok initiate-auth
is get-user blue "$(idp get-user --access-token "$token" --output text \
  --query "UserAttributes[?Name=='custom:team']|[0].Value")"
fails 'initiate-auth with a wrong password' NotAuthorizedException 'Incorrect username or password.' \
  initiate-auth --client-id "$client" --auth-flow USER_PASSWORD_AUTH \
  --auth-parameters USERNAME=joan,PASSWORD=wrong

idp update-user-attributes --access-token "$token" \
  --user-attributes Name=name,Value=Joan >/dev/null
is update-user-attributes Joan "$(idp admin-get-user --user-pool-id "$pool" --username joan \
  --output text --query "UserAttributes[?Name=='name']|[0].Value")"
fails 'update-user-attributes, too short' InvalidParameterException \
  'user.custom:team: String must be no shorter than 2 characters' \
  update-user-attributes --access-token "$token" --user-attributes Name=custom:team,Value=x

is 'list-users with a filter' joan "$(idp list-users --user-pool-id "$pool" --output text \
  --filter 'email = "joan@example.com"' --query 'Users[0].Username')"
idp admin-create-user --user-pool-id "$pool" --username alan --message-action SUPPRESS >/dev/null
is 'list-users by pages' 'alan joan' "$(idp list-users --user-pool-id "$pool" --page-size 1 \
  --query 'Users[].Username' --output text | tr '\t' '\n' | sort | xargs)"

idp admin-disable-user --user-pool-id "$pool" --username joan
fails 'the token of a disabled user' NotAuthorizedException '' get-user --access-token "$token"
idp admin-enable-user --user-pool-id "$pool" --username joan
idp admin-delete-user --user-pool-id "$pool" --username joan
fails 'admin-delete-user' UserNotFoundException 'User does not exist.' \
  admin-get-user --user-pool-id "$pool" --username joan

idp delete-user-pool-client --user-pool-id "$pool" --client-id "$client"
idp delete-user-pool --user-pool-id "$pool"
fails delete-user-pool ResourceNotFoundException "User pool $pool does not exist." \
  describe-user-pool --user-pool-id "$pool"
echo "1..$steps"
