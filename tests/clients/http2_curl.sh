#!/usr/bin/env bash
# The server as curl sees it, over HTTP/2 and over HTTP/1.1 on the same port.
#
# Environment: COGNATE_ENDPOINT; COGNATE_CERTIFICATE for an endpoint with TLS, where HTTP/2 is agreed on
# by ALPN. Without TLS curl begins with HTTP/2 unasked.
set -euo pipefail

if [ -n "${COGNATE_CERTIFICATE:-}" ]; then
  http2=(--http2 --cacert "$COGNATE_CERTIFICATE")
  http1=(--http1.1 --cacert "$COGNATE_CERTIFICATE")
else
  http2=(--http2-prior-knowledge)
  http1=(--http1.1)
fi
signed=(--aws-sigv4 aws:amz:us-east-1:cognito-idp --user AKIDJOURNEY:journey)

count=0

# expect WHAT VERSION STATUS TEXT ARGUMENTS…: what curl gets with these arguments.
expect() {
  local what=$1 version=$2 status=$3 text=$4 answer
  shift 4
  answer=$(curl --silent --show-error --noproxy '*' --max-time 30 --write-out '\n%{http_version} %{http_code}' "$@")
  if [ "${answer##*$'\n'}" != "$version $status" ] || [[ $answer != *"$text"* ]]; then
    echo "expected $version $status and '$text' from curl $*, got: $answer" >&2
    exit 1
  fi
  count=$((count + 1))
  echo "ok $count - $what: $status over HTTP/$version"
}

# call OPERATION INPUT VERSION STATUS TEXT ARGUMENTS…: the same for an operation.
call() {
  local operation=$1 input=$2 version=$3 status=$4 text=$5
  shift 5
  expect "$operation" "$version" "$status" "$text" "$@" \
    --header 'Content-Type: application/x-amz-json-1.1' \
    --header "X-Amz-Target: AWSCognitoIdentityProviderService.$operation" \
    --data-binary "$input" "$COGNATE_ENDPOINT/"
}

expect health 2 200 '' "${http2[@]}" "$COGNATE_ENDPOINT/health/ready"
expect health 1.1 200 '' "${http1[@]}" "$COGNATE_ENDPOINT/health/ready"

list='{"MaxResults":60}'
call CreateUserPool '{"PoolName":"over curl"}' 2 200 '"Name":"over curl"' "${http2[@]}" "${signed[@]}"
call ListUserPools "$list" 2 200 'over curl' "${http2[@]}" "${signed[@]}"
call ListUserPools "$list" 1.1 200 'over curl' "${http1[@]}" "${signed[@]}"
call ListUserPools "$list" 2 400 MissingAuthenticationTokenException "${http2[@]}"
call GetUser '{"AccessToken":"abc"}' 2 400 'Invalid Access Token' "${http2[@]}"

# A body that is larger than the server takes.
large=$(mktemp)
trap 'rm -f "$large"' EXIT
head -c 3000000 /dev/zero >"$large"
call GetUser "@$large" 2 413 RequestEntityTooLargeException "${http2[@]}"
