# The texts of the login pages. Those that AWS's pages have too are worded as there (domain 10.4).

## Labels of fields
username = Username
email = Email
phone = Phone number
email-or-phone = Email or phone number
password = Password
new-password = New Password
new-password-again = Enter New Password Again
code = Code
verification-code = Verification code
device-name = Device name (optional)
show-password = Show password

## Attributes of a user
attribute-name = Name
attribute-given_name = Given name
attribute-family_name = Family name
attribute-middle_name = Middle name
attribute-nickname = Nickname
attribute-preferred_username = Preferred username
attribute-profile = Profile page
attribute-picture = Address of a picture
attribute-website = Website
attribute-gender = Gender
attribute-birthdate = Date of birth
attribute-zoneinfo = Time zone
attribute-locale = Language and region
attribute-address = Address
attribute-updated_at = Time of the last change

## Sign-in
sign-in = Sign in
sign-in-with-password = Sign in with your username and password
sign-in-as = Sign in as { $user }
other-account = Use another account
signing-in-as = You are signing in as { $user }.
forgot-password = Forgot your password?
need-account = Need an account?
sign-up = Sign up
next = Next
continue = Continue
back = Back
or = or
with-provider = Continue with { $provider }
social-account = Sign In with your social account
social-promise = We won't post to any of your accounts without asking first
corporate-id = Sign in with your corporate ID
enter-password = Enter your password
other-method = Sign in another way

## Ways to sign in, and second factors
choose-method = Choose how to sign in
method-password = Password
method-passkey = Passkey
method-email = Code by email
method-sms = Code by text message
method-authenticator = Authenticator app

## Codes
enter-code = Enter your code
code-by-email = We have sent a code by email to { $destination }.
code-by-sms = We have sent a code by text message to { $destination }.
code-sent = We have sent you a code.
code-of-app = Enter the code that your authenticator app shows.
send-new-code = Send a new code
new-code-sent = We have sent you a new code.

## Sign-up
sign-up-heading = Sign up with a new account
have-account = Already have an account?
rule-length = Password must contain at least { $count } characters
rule-lower = Password must contain a lower case letter
rule-upper = Password must contain an upper case letter
rule-number = Password must contain a number
rule-symbol = Password must contain a special character
rule-met = done
rule-not-met = to do
terms-both = By signing up, you agree to our { $terms } and { $privacy }.
terms-one = By signing up, you agree to our { $document }.
terms-of-use = Terms of use
privacy-policy = Privacy policy

## Confirmation of a sign-up
confirm-heading = Confirm your account
confirm-by-email = We have sent a code by email to { $destination }. Enter it below to confirm your account.
confirm-by-sms = We have sent a code by text message to { $destination }. Enter it below to confirm your account.
confirm-text = Enter the code that we have sent you to confirm your account.
confirm-account = Confirm account
confirmed = Your registration has been confirmed!

## Passwords
forgot-by-username = Enter your Username below and we will send a message to reset your password
forgot-by-email = Enter your Email below and we will send a message to reset your password
forgot-by-phone = Enter your Phone number below and we will send a message to reset your password
forgot-by-email-or-phone = Enter your Email or phone number below and we will send a message to reset your password
reset-my-password = Reset my password
reset-by-email = We have sent a password reset code by email to { $destination }. Enter it below to reset your password.
reset-by-sms = We have sent a password reset code by text message to { $destination }. Enter it below to reset your password.
reset-text = Enter the password reset code that we have sent you.
change-password = Change Password
new-password-required = Your password has to be changed before you can go on.
password-changed = Your password has been changed.
passwords-differ = The two passwords are not the same.

## Multi-factor authentication
choose-mfa = Choose a multi-factor authentication (MFA) method
set-up-mfa = Your account needs a second proof besides the password. Choose one to set up.
set-up-totp = Set up authenticator app MFA
totp-text = Scan the QR code with your authenticator app. Then enter the code that the app shows.
qr-code = QR code for the authenticator app
show-secret = Show secret key
set-up-sms = Set up SMS MFA
sms-text = Enter your phone number, beginning with + and the country code. We will send a code to it.
set-up-email = Set up email MFA
email-text = Enter your email address. We will send a code to it.

## Passkeys
passkey-sign-in = Sign in with a passkey
passkey-sign-in-text = Your device asks for your fingerprint, your face or its screen lock.
passkey-offer = Sign in faster with a passkey
passkey-add = Add a passkey
passkey-offer-text = With a passkey you sign in by fingerprint, face or screen lock instead of a password. It stays on your devices.
passkey-create = Create a passkey
passkey-added = Your passkey has been added.
passkey-no-script = Passkeys need JavaScript. Please turn it on in your browser, or choose another way.
passkey-unsupported = This browser does not support passkeys.
passkey-failed = The passkey could not be used. Please try again.
not-now = Not now

## Ends and errors
error-request = An error was encountered with the requested page.
error-general = Something went wrong
error-unavailable = Login pages unavailable
contact-administrator = Please contact an administrator
refused-value = This value was refused:
check-fields = Please check these fields:
sign-in-expired = The sign-in took too long. Please start again.
foreign-form = The form was not sent by this page, or the page is too old. Please try again.
step-without-page = This account needs a step that the login pages do not have. Sign in with the application’s own form, or ask an administrator.
request-invalid = The request is not valid.
