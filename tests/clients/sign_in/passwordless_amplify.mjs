// Amplify's guides "Switching authentication flows" and "Passwordless": codes and functions' challenges in
// the place of a password, beside it, and behind it.

import assert from 'node:assert/strict';

import {
  autoSignIn,
  confirmSignIn,
  confirmSignUp,
  fetchDevices,
  fetchUserAttributes,
  signIn,
  signOut,
  signUp,
} from 'aws-amplify/auth';

import { codeFor, done, fails, step, user } from '../journey.mjs';
import { application, assertNext, assertSignedIn } from './application.mjs';

const ada = 'ada.king@example.net';
const grace = 'grace@example.com';
const phone = '+15550100301';
const password = 'Corr3ct-Horse!';
const byEmail = { deliveryMedium: 'EMAIL', destination: 'a***@e***' };
const bySms = { deliveryMedium: 'SMS', destination: '+*******0301' };
const wrongCode = ['CodeMismatchException', 'Invalid code or auth state for the user.'];
const wrongPassword = ['NotAuthorizedException', 'Incorrect username or password.'];

const passwordless = application('passwordless');

await step('signUp without a password', async () => {
  const answer = await signUp({
    username: ada,
    options: { userAttributes: { email: ada }, autoSignIn: { authFlowType: 'USER_AUTH' } },
  });
  assert.equal(answer.isSignUpComplete, false);
  assert.deepEqual(answer.nextStep, {
    signUpStep: 'CONFIRM_SIGN_UP',
    codeDeliveryDetails: { ...byEmail, attributeName: 'email' },
  });
});

await step('confirmSignUp leads to autoSignIn', async () => {
  const confirmationCode = await codeFor(ada);
  const answer = await confirmSignUp({ username: ada, confirmationCode });
  assert.equal(answer.isSignUpComplete, true);
  assert.deepEqual(answer.nextStep, { signUpStep: 'COMPLETE_AUTO_SIGN_IN' });
});

await step('autoSignIn needs no other code', async () => {
  await assertSignedIn(await autoSignIn(), ada);
  await fails('AutoSignInException', undefined, () => autoSignIn());
});

const byChoice = (more = {}) => ({ authFlowType: 'USER_AUTH', ...more });

await step('signIn with a code by e-mail, which is all that the user has', async () => {
  await signOut();
  const answer = await signIn({ username: ada, options: byChoice() });
  assertNext(answer, 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE', { codeDeliveryDetails: byEmail });
});

await step('confirmSignIn with a wrong code, then with that of the mail', async () => {
  const code = await codeFor(ada);
  assert.match(code, /^\d{8}$/);
  const wrong = code === '12345678' ? '87654321' : '12345678';
  await fails(...wrongCode, () => confirmSignIn({ challengeResponse: wrong }));
  await assertSignedIn(await confirmSignIn({ challengeResponse: code }), ada);
  await signOut();
});

await step('signIn with a code by text message, as preferred', async () => {
  await user(passwordless, grace, { email: grace, email_verified: 'true', phone_number: phone }, password);
  const options = byChoice({ preferredChallenge: 'SMS_OTP' });
  const answer = await signIn({ username: grace, options });
  assertNext(answer, 'CONFIRM_SIGN_IN_WITH_SMS_CODE', { codeDeliveryDetails: bySms });
  const challengeResponse = await codeFor(phone);
  await assertSignedIn(await confirmSignIn({ challengeResponse }), grace);
  assert.equal((await fetchUserAttributes()).phone_number_verified, 'true');
});

/** A sign-in that lets the user choose the first factor. */
async function chooses(factor) {
  await signOut();
  const answer = await signIn({ username: grace, options: byChoice() });
  assert.equal(answer.nextStep.signInStep, 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION');
  assert.deepEqual([...answer.nextStep.availableChallenges].sort(), [
    'EMAIL_OTP',
    'PASSWORD',
    'PASSWORD_SRP',
    'SMS_OTP',
  ]);
  return confirmSignIn({ challengeResponse: factor });
}

await step('signIn lets the user choose: a code by text message', async () => {
  const answer = await chooses('SMS_OTP');
  assertNext(answer, 'CONFIRM_SIGN_IN_WITH_SMS_CODE', { codeDeliveryDetails: bySms });
  const challengeResponse = await codeFor(phone);
  await assertSignedIn(await confirmSignIn({ challengeResponse }), grace);
});

for (const factor of ['PASSWORD', 'PASSWORD_SRP']) {
  await step(`or ${factor}, at first a wrong one`, async () => {
    assertNext(await chooses(factor), 'CONFIRM_SIGN_IN_WITH_PASSWORD');
    await fails(...wrongPassword, () => confirmSignIn({ challengeResponse: 'Wr0ng-Horse!' }));
    assertNext(await chooses(factor), 'CONFIRM_SIGN_IN_WITH_PASSWORD');
    await assertSignedIn(await confirmSignIn({ challengeResponse: password }), grace);
  });
}

await step('or the password with signIn, as preferred', async () => {
  for (const preferredChallenge of ['PASSWORD', 'PASSWORD_SRP']) {
    await signOut();
    const options = byChoice({ preferredChallenge });
    await assertSignedIn(await signIn({ username: grace, password, options }), grace);
  }
  await signOut();
});

const custom = application('custom');
const withoutSrp = { authFlowType: 'CUSTOM_WITHOUT_SRP' };
const withSrp = { authFlowType: 'CUSTOM_WITH_SRP' };

/** Asserts that the function asks for a sum, and returns it. */
function sumAsked(answer) {
  assert.equal(answer.isSignedIn, false);
  assert.equal(answer.nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE');
  const { sum } = answer.nextStep.additionalInfo;
  const [, one, other] = /^(\d+) \+ (\d+)$/.exec(sum);
  return Number(one) + Number(other);
}

const give = (number) => confirmSignIn({ challengeResponse: String(number) });

await step('signIn by a custom challenge without a password, at first with a wrong answer', async () => {
  await user(custom, 'ada', { email: ada }, password);
  const first = sumAsked(await signIn({ username: 'ada', options: withoutSrp }));
  const second = sumAsked(await give(first + 1));
  await assertSignedIn(await give(second));
  assert.equal((await fetchDevices()).length, 1);
});

await step('three wrong answers end a sign-in', async () => {
  await signOut();
  let sum = sumAsked(await signIn({ username: 'ada', options: withoutSrp }));
  sum = sumAsked(await give(sum + 1));
  sum = sumAsked(await give(sum + 1));
  await fails(...wrongPassword, () => give(sum + 1));
});

await step('signIn by a custom challenge behind the password', async () => {
  const sum = sumAsked(await signIn({ username: 'ada', password, options: withSrp }));
  const { accessToken } = await assertSignedIn(await give(sum));
  // It is the device of before.
  assert.deepEqual((await fetchDevices()).map(({ id }) => id), [accessToken.payload.device_key]);
});

await step('which a wrong password does not reach', async () => {
  await signOut();
  await fails(...wrongPassword, () =>
    signIn({ username: 'ada', password: 'Wr0ng-Horse!', options: withSrp }),
  );
});

await step('signIn by a custom challenge of a name that nobody has', () =>
  fails('UserNotFoundException', 'User does not exist.', () =>
    signIn({ username: 'nobody', options: withoutSrp }),
  ),
);

done();
// Amplify waits for the confirmation of a sign-up for three minutes, also when it has come.
process.exit();
