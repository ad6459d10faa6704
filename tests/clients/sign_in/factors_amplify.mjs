// Amplify's guides "Multi-factor authentication" and "Manage MFA settings": second factors, and their
// set-up while the user signs in.

import assert from 'node:assert/strict';

import {
  confirmSignIn,
  fetchMFAPreference,
  setUpTOTP,
  signIn,
  signOut,
  updateMFAPreference,
  verifyTOTPSetup,
} from 'aws-amplify/auth';

import { administrator, codeFor, done, fails, step, user } from '../journey.mjs';
import { application, assertNext, assertSignedIn } from './application.mjs';
import { Authenticator } from './authenticator.mjs';

const email = 'ada@example.com';
const phone = '+15550100201';
const password = 'Corr3ct-Horse!';
const byEmail = { deliveryMedium: 'EMAIL', destination: 'a***@e***' };
const bySms = { deliveryMedium: 'SMS', destination: '+*******0201' };

const wrongAppCode = ['CodeMismatchException', 'Invalid code received for user'];
const wrongSentCode = ['CodeMismatchException', 'Invalid code or auth state for the user.'];

async function preferenceIs(preferred, enabled) {
  assert.deepEqual(await fetchMFAPreference(), { preferred, enabled });
}

const factors = application('factors');

await step('a user without a second factor', async () => {
  const attributes = { email, email_verified: 'true', phone_number: phone };
  await user(factors, email, attributes, password);
  await assertSignedIn(await signIn({ username: email, password }), email);
  await preferenceIs(undefined, undefined);
});

await step('updateMFAPreference without an authenticator app', () =>
  fails(
    'InvalidParameterException',
    'User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA',
    () => updateMFAPreference({ totp: 'PREFERRED' }),
  ),
);

const app = await step('setUpTOTP', async () => {
  const details = await setUpTOTP();
  const uri = details.getSetupUri('Journey', 'ada');
  assert.equal(
    uri.href,
    `otpauth://totp/Journey:ada?secret=${details.sharedSecret}&issuer=Journey`,
  );
  return new Authenticator(details.sharedSecret);
});

await step('verifyTOTPSetup with a wrong code', () =>
  fails('EnableSoftwareTokenMFAException', 'Code mismatch', () =>
    verifyTOTPSetup({ code: app.wrong() }),
  ),
);

await step('verifyTOTPSetup', async () => {
  await verifyTOTPSetup({ code: await app.code(), options: { friendlyDeviceName: 'phone' } });
  await preferenceIs(undefined, undefined);
});

await step('updateMFAPreference to the app', async () => {
  await updateMFAPreference({ totp: 'PREFERRED' });
  await preferenceIs('TOTP', ['TOTP']);
});

await step('signIn asks for a code of the app', async () => {
  await signOut();
  assertNext(await signIn({ username: email, password }), 'CONFIRM_SIGN_IN_WITH_TOTP_CODE');
});

await step('confirmSignIn with a wrong code', () =>
  fails(...wrongAppCode, () => confirmSignIn({ challengeResponse: app.wrong() })),
);

await step('confirmSignIn with the code that verified the app', () =>
  fails('ExpiredCodeException', 'Your software token has already been used once.', () =>
    confirmSignIn({ challengeResponse: app.used() }),
  ),
);

await step('confirmSignIn with the right code', async () => {
  await assertSignedIn(await confirmSignIn({ challengeResponse: await app.code() }), email);
});

await step('updateMFAPreference to several without a preferred one', async () => {
  await updateMFAPreference({ sms: 'ENABLED', totp: 'NOT_PREFERRED', email: 'ENABLED' });
  const { preferred, enabled } = await fetchMFAPreference();
  assert.equal(preferred, undefined);
  assert.deepEqual(enabled.sort(), ['EMAIL', 'SMS', 'TOTP']);
});

async function chooses(factor) {
  await signOut();
  const answer = await signIn({ username: email, password });
  assert.equal(answer.nextStep.signInStep, 'CONTINUE_SIGN_IN_WITH_MFA_SELECTION');
  assert.deepEqual(answer.nextStep.allowedMFATypes.sort(), ['EMAIL', 'SMS', 'TOTP']);
  return confirmSignIn({ challengeResponse: factor });
}

await step('signIn lets the user choose a code by text message', async () => {
  assertNext(await chooses('SMS'), 'CONFIRM_SIGN_IN_WITH_SMS_CODE', { codeDeliveryDetails: bySms });
});

await step('confirmSignIn with a wrong code, then with that of the message', async () => {
  const code = await codeFor(phone);
  const wrong = code === '123456' ? '654321' : '123456';
  await fails(...wrongSentCode, () => confirmSignIn({ challengeResponse: wrong }));
  await assertSignedIn(await confirmSignIn({ challengeResponse: code }), email);
});

await step('or the app', async () => {
  assertNext(await chooses('TOTP'), 'CONFIRM_SIGN_IN_WITH_TOTP_CODE');
  await assertSignedIn(await confirmSignIn({ challengeResponse: await app.code() }), email);
});

await step('updateMFAPreference to codes by e-mail', async () => {
  await updateMFAPreference({ sms: 'DISABLED', totp: 'DISABLED', email: 'PREFERRED' });
  await preferenceIs('EMAIL', ['EMAIL']);
});

await step('signIn with a code by e-mail', async () => {
  await signOut();
  assertNext(await signIn({ username: email, password }), 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE', {
    codeDeliveryDetails: byEmail,
  });
  const code = await codeFor(email);
  const wrong = code === '123456' ? '654321' : '123456';
  await fails(...wrongSentCode, () => confirmSignIn({ challengeResponse: wrong }));
  await assertSignedIn(await confirmSignIn({ challengeResponse: code }), email);
});

await step('updateMFAPreference to none', async () => {
  await updateMFAPreference({ email: 'DISABLED' });
  await preferenceIs(undefined, undefined);
  await signOut();
  await assertSignedIn(await signIn({ username: email, password }), email);
  await signOut();
});

const required = application('required');
const temporary = 'Tempor4ry-Horse!';

/** An invited user's first sign-in, up to the choice of what to set up. */
async function firstSignIn(username) {
  await administrator('AdminCreateUser', {
    UserPoolId: required.poolId,
    Username: username,
    TemporaryPassword: temporary,
    MessageAction: 'SUPPRESS',
  });
  assertNext(
    await signIn({ username, password: temporary }),
    'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED',
    { missingAttributes: [] },
  );
  const answer = await confirmSignIn({ challengeResponse: password });
  assert.equal(answer.nextStep.signInStep, 'CONTINUE_SIGN_IN_WITH_MFA_SETUP_SELECTION');
  assert.deepEqual(answer.nextStep.allowedMFATypes.sort(), ['EMAIL', 'TOTP']);
}

await step('signIn of an invited user where a second factor is required', () => firstSignIn('grace'));

const second = await step('the user chooses to set up an authenticator app', async () => {
  const { isSignedIn, nextStep } = await confirmSignIn({ challengeResponse: 'TOTP' });
  assert.equal(isSignedIn, false);
  assert.equal(nextStep.signInStep, 'CONTINUE_SIGN_IN_WITH_TOTP_SETUP');
  return new Authenticator(nextStep.totpSetupDetails.sharedSecret);
});

await step('confirmSignIn with a wrong code, then with the right one', async () => {
  await fails('EnableSoftwareTokenMFAException', 'Code mismatch', () =>
    confirmSignIn({ challengeResponse: second.wrong() }),
  );
  const challengeResponse = await second.code();
  await assertSignedIn(await confirmSignIn({ challengeResponse }));
  await preferenceIs(undefined, ['TOTP']);
});

await step('the next signIn asks for a code of that app', async () => {
  await signOut();
  const answer = await signIn({ username: 'grace', password });
  assertNext(answer, 'CONFIRM_SIGN_IN_WITH_TOTP_CODE');
  await assertSignedIn(await confirmSignIn({ challengeResponse: await second.code() }));
  await signOut();
});

await step('another invited user sets up codes by e-mail', async () => {
  await firstSignIn('linus');
  const address = 'linus@example.com';
  const choice = await confirmSignIn({ challengeResponse: 'EMAIL' });
  assertNext(choice, 'CONTINUE_SIGN_IN_WITH_EMAIL_SETUP');
  const sent = await confirmSignIn({ challengeResponse: address });
  assertNext(sent, 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE', {
    codeDeliveryDetails: { deliveryMedium: 'EMAIL', destination: 'l***@e***' },
  });
  const challengeResponse = await codeFor(address);
  await assertSignedIn(await confirmSignIn({ challengeResponse }), address);
  await preferenceIs(undefined, ['EMAIL']);
});

await step('the next signIn of that user sends a code', async () => {
  await signOut();
  const answer = await signIn({ username: 'linus', password });
  assert.equal(answer.nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE');
  const challengeResponse = await codeFor('linus@example.com');
  await assertSignedIn(await confirmSignIn({ challengeResponse }), 'linus@example.com');
});

done();
