# What the journeys with the AWS CLI have in common: how it is called, and steps that are told of. Sourced by them.
# Environment: COGNATE_ENDPOINT; AWS_CLI, the program (default: aws).

export AWS_ACCESS_KEY_ID=AKIDJOURNEY AWS_SECRET_ACCESS_KEY=journey AWS_DEFAULT_REGION=us-east-1
export AWS_MAX_ATTEMPTS=1 AWS_PAGER= AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
export AWS_EC2_METADATA_DISABLED=true

steps=0

# idp COMMAND…: the AWS CLI, which is only told another endpoint.
idp() {
  "${AWS_CLI:-aws}" --endpoint-url "$COGNATE_ENDPOINT" --cli-connect-timeout 5 \
    --cli-read-timeout 30 cognito-idp "$@"
}

ok() {
  steps=$((steps + 1))
  echo "ok $steps - $1"
}

# is WHAT EXPECTED ACTUAL
is() {
  if [ "$2" != "$3" ]; then
    printf 'not ok - %s\n  expected: %s\n  got:      %s\n' "$1" "$2" "$3"
    exit 1
  fi
  ok "$1"
}

# The exit status for an error that the server answers, which the first version of the CLI has for all errors.
case $("${AWS_CLI:-aws}" --version 2>&1) in
  aws-cli/1.*) refused=255 ;;
  *) refused=254 ;;
esac

# fails WHAT TYPE TEXT COMMAND…
fails() {
  local what=$1 type=$2 text=$3 output status=0
  shift 3
  output=$(idp "$@" 2>&1) || status=$?
  is "$what: exit status" "$refused" "$status"
  case $output in
    *"($type)"*"$text"*) ok "$what" ;;
    *) printf 'not ok - %s\n  expected: (%s) … %s\n  got:      %s\n' "$what" "$type" "$text" "$output"
       exit 1 ;;
  esac
}
