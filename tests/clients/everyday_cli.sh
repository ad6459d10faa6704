#!/usr/bin/env bash
# The commands that people use most, with an unchanged AWS CLI, and what it makes of the answers: texts, tables,
# pages and errors.
# Environment: COGNATE_ENDPOINT, a server in the development profile; AWS_CLI, the program (default: aws).
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/cli_steps.sh"

password='Corr3ct-Horse!'
new_password='Batt3ry-Staple!'

# code RECIPIENT: the one in the newest message to somebody.
code() {
  curl -fsS "$COGNATE_ENDPOINT/_cognate/inbox.json?limit=1&to=$1" |
    sed -nE 's/.*"code":"([0-9]+)".*/\1/p'
}

# User pools

pool=$(idp create-user-pool --pool-name everyday --query UserPool.Id --output text)
idp update-user-pool --user-pool-id "$pool" --pool-name shop --auto-verified-attributes email \
  --policies 'PasswordPolicy={MinimumLength=12,RequireNumbers=true}' --user-pool-tags team=blue
is 'update-user-pool and describe-user-pool, as text' $'shop\t12\tblue\temail' \
  "$(idp describe-user-pool --user-pool-id "$pool" --output text --query \
    'UserPool.[Name,Policies.PasswordPolicy.MinimumLength,UserPoolTags.team,AutoVerifiedAttributes[0]]')"
is 'list-user-pools' shop "$(idp list-user-pools --max-results 60 --output text \
  --query "UserPools[?Id=='$pool'].Name")"
fails 'describe-user-pool of another pool' ResourceNotFoundException \
  'when calling the DescribeUserPool operation: User pool us-east-1_Nowhere12 does not exist.' \
  describe-user-pool --user-pool-id us-east-1_Nowhere12

# App clients

client=$(idp create-user-pool-client --user-pool-id "$pool" --client-name web \
  --query UserPoolClient.ClientId --output text)
idp update-user-pool-client --user-pool-id "$pool" --client-id "$client" --client-name site \
  --refresh-token-validity 12 --token-validity-units RefreshToken=hours --explicit-auth-flows \
  ALLOW_USER_PASSWORD_AUTH ALLOW_ADMIN_USER_PASSWORD_AUTH ALLOW_REFRESH_TOKEN_AUTH >/dev/null
is 'update-user-pool-client and describe-user-pool-client, as a table' "\
----------------------------
|  DescribeUserPoolClient  |
+-------+--------+---------+
| Hours | Name   |  Unit   |
+-------+--------+---------+
|  12   |  site  |  hours  |
+-------+--------+---------+" "$(idp describe-user-pool-client --user-pool-id "$pool" \
  --client-id "$client" --output table --query \
  'UserPoolClient.{Name:ClientName,Hours:RefreshTokenValidity,Unit:TokenValidityUnits.RefreshToken}')"

# Users, by an administrator

for name in ada bob cleo; do
  is "admin-create-user $name" $'FORCE_CHANGE_PASSWORD\tTrue' "$(idp admin-create-user \
    --user-pool-id "$pool" --username "$name" --message-action SUPPRESS --output text \
    --user-attributes "Name=email,Value=$name@example.com" Name=email_verified,Value=true \
    --query 'User.[UserStatus,Enabled]')"
done
whose=(--user-pool-id "$pool" --username ada)
fails 'admin-set-user-password with a short one' InvalidPasswordException \
  'Password did not conform with policy: Password not long enough' \
  admin-set-user-password "${whose[@]}" --password 'Sh0rt!' --permanent
idp admin-set-user-password "${whose[@]}" --password "$password" --permanent
idp admin-update-user-attributes "${whose[@]}" --user-attributes Name=name,Value='Ada Lovelace'
is 'admin-set-user-password, admin-update-user-attributes and admin-get-user' \
  $'CONFIRMED\tAda Lovelace' "$(idp admin-get-user "${whose[@]}" --output text \
    --query "[UserStatus, UserAttributes[?Name=='name']|[0].Value]")"
is 'list-users with a filter' bob "$(idp list-users --user-pool-id "$pool" --output text \
  --filter 'email = "bob@example.com"' --query 'Users[].Username')"

# Pages: of two, of which the second is not full, each put together from answers with one user.
listing=(list-users --user-pool-id "$pool" --page-size 1 --max-items 2 --output json)
read -r token first second < <(idp "${listing[@]}" \
  --query '[NextToken,Users[0].Username,Users[1].Username]' | tr -d '[]",\n'; echo)
is 'list-users with --max-items goes on behind them' true "$([ "$token" != null ] && echo true)"
read -r end third none < <(idp "${listing[@]}" --starting-token "$token" \
  --query '[NextToken,Users[0].Username,Users[1].Username]' | tr -d '[]",\n'; echo)
is 'list-users with --starting-token ends' 'null null' "$end $none"
is 'list-users has found each user once' 'ada bob cleo' \
  "$(printf '%s\n' "$first" "$second" "$third" | sort | xargs)"

# Signing in

signing_in=(--client-id "$client" --auth-parameters "USERNAME=ada,PASSWORD=$password")
is 'admin-initiate-auth' $'Bearer\t3600' "$(idp admin-initiate-auth --user-pool-id "$pool" \
  --auth-flow ADMIN_USER_PASSWORD_AUTH "${signing_in[@]}" --output text \
  --query 'AuthenticationResult.[TokenType,ExpiresIn]')"
token=$(idp initiate-auth --auth-flow USER_PASSWORD_AUTH "${signing_in[@]}" \
  --query AuthenticationResult.AccessToken --output text)
is 'initiate-auth and get-user, as text without a query' "ada
USERATTRIBUTES	sub	…
USERATTRIBUTES	email_verified	true
USERATTRIBUTES	name	Ada Lovelace
USERATTRIBUTES	email	ada@example.com" \
  "$(idp get-user --access-token "$token" --output text | sed -E 's/[0-9a-f-]{36}/…/')"
idp admin-disable-user "${whose[@]}"
fails 'admin-disable-user' NotAuthorizedException 'User is disabled.' \
  initiate-auth --auth-flow USER_PASSWORD_AUTH "${signing_in[@]}"
idp admin-enable-user "${whose[@]}"
is 'admin-enable-user' Bearer "$(idp initiate-auth --auth-flow USER_PASSWORD_AUTH \
  "${signing_in[@]}" --query AuthenticationResult.TokenType --output text)"

# Users, by themselves

is 'sign-up' $'False\tEMAIL\tg***@e***' "$(idp sign-up --client-id "$client" --username grace \
  --password "$password" --user-attributes Name=email,Value=grace@example.com --output text \
  --query '[UserConfirmed,CodeDeliveryDetails.DeliveryMedium,CodeDeliveryDetails.Destination]')"
idp confirm-sign-up --client-id "$client" --username grace \
  --confirmation-code "$(code grace@example.com)" >/dev/null
is 'confirm-sign-up' CONFIRMED "$(idp admin-get-user --user-pool-id "$pool" --username grace \
  --query UserStatus --output text)"
is 'forgot-password' email "$(idp forgot-password --client-id "$client" --username grace \
  --query CodeDeliveryDetails.AttributeName --output text)"
fails 'confirm-forgot-password with a wrong code' CodeMismatchException \
  'Invalid verification code provided, please try again.' \
  confirm-forgot-password --client-id "$client" --username grace --password "$new_password" \
  --confirmation-code 12345678
idp confirm-forgot-password --client-id "$client" --username grace --password "$new_password" \
  --confirmation-code "$(code grace@example.com)"
is 'confirm-forgot-password' Bearer "$(idp initiate-auth --client-id "$client" \
  --auth-flow USER_PASSWORD_AUTH --auth-parameters "USERNAME=grace,PASSWORD=$new_password" \
  --query AuthenticationResult.TokenType --output text)"

# Groups

idp create-group --user-pool-id "$pool" --group-name staff --precedence 1 >/dev/null
idp create-group --user-pool-id "$pool" --group-name guests --description 'Those who visit' >/dev/null
is 'create-group and list-groups, as text' $'staff\t1\tNone\nguests\tNone\tThose who visit' \
  "$(idp list-groups --user-pool-id "$pool" --output text \
    --query 'Groups[].[GroupName,Precedence,Description]')"
idp admin-add-user-to-group "${whose[@]}" --group-name staff
is 'admin-add-user-to-group and list-users-in-group' ada "$(idp list-users-in-group \
  --user-pool-id "$pool" --group-name staff --query 'Users[].Username' --output text)"

# The end

idp admin-delete-user "${whose[@]}"
fails 'admin-delete-user' UserNotFoundException 'User does not exist.' admin-get-user "${whose[@]}"
idp delete-user-pool --user-pool-id "$pool"
is 'delete-user-pool' 0 "$(idp list-user-pools --max-results 60 --output text \
  --query "length(UserPools[?Id=='$pool'])")"
echo "1..$steps"
