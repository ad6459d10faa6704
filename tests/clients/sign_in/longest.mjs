// The longest sign-in that an unchanged aws-amplify makes, with the server killed behind every answer, and
// another node on the same database for the next step. See tests/journeys.
//
// It is the longest way through `domain::sign_in::next` (src/domain/sign_in.rs): the user chooses the first
// factor, proves the password by SRP, replaces the temporary password, chooses the second factor, gives its
// code, and the device proves by SRP that it is the remembered one. Beyond it are functions' challenges, of
// which there may be any number, and the set-up of a second factor, behind which Amplify names no device.

import assert from 'node:assert/strict';

// Tells the driver of each answer, from here on.
import { exchanged } from './watched_fetch.mjs';

import {
  confirmSignIn,
  fetchAuthSession,
  fetchDevices,
  setUpTOTP,
  signIn,
  signOut,
  updateMFAPreference,
  verifyTOTPSetup,
} from 'aws-amplify/auth';

import { administrator, done, fails, step, user } from '../journey.mjs';
import { application, assertNext, assertSignedIn } from './application.mjs';
import { Authenticator } from './authenticator.mjs';

const username = 'ada';
const first = 'Corr3ct-Horse!';
const temporary = 'Tempor4ry-Horse!';
const second = 'Batt3ry-Staple!';

const pool = application('tracking');

const device = await step('a sign-in by SRP; its device is confirmed and remembered', async () => {
  await user(pool, username, { phone_number: '+15550100401' }, first);
  exchanged();
  const tokens = await assertSignedIn(await signIn({ username, password: first }));
  assert.deepEqual(exchanged(), [
    ['USER_SRP_AUTH', 'PASSWORD_VERIFIER'],
    ['PASSWORD_VERIFIER', 'tokens'],
    ['ConfirmDevice', 'ok'],
  ]);
  return tokens.accessToken.payload.device_key;
});

const app = await step('an authenticator app is set up, and text messages beside it', async () => {
  const { sharedSecret } = await setUpTOTP();
  const authenticator = new Authenticator(sharedSecret);
  await verifyTOTPSetup({ code: await authenticator.code() });
  await updateMFAPreference({ totp: 'ENABLED', sms: 'ENABLED' });
  return authenticator;
});

await step('an administrator gives the user another temporary password', async () => {
  await administrator('AdminSetUserPassword', {
    UserPoolId: pool.poolId,
    Username: username,
    Password: temporary,
    Permanent: false,
  });
  await signOut();
  exchanged();
});

await step('the user chooses the first factor', async () => {
  const answer = await signIn({ username, options: { authFlowType: 'USER_AUTH' } });
  assert.equal(answer.nextStep.signInStep, 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION');
  const chosen = await confirmSignIn({ challengeResponse: 'PASSWORD_SRP' });
  assertNext(chosen, 'CONFIRM_SIGN_IN_WITH_PASSWORD');
});

await step('proves the password', async () => {
  const answer = await confirmSignIn({ challengeResponse: temporary });
  assertNext(answer, 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED', { missingAttributes: [] });
});

await step('replaces it', async () => {
  const answer = await confirmSignIn({ challengeResponse: second });
  assert.equal(answer.nextStep.signInStep, 'CONTINUE_SIGN_IN_WITH_MFA_SELECTION');
});

await step('chooses the second factor', async () => {
  const answer = await confirmSignIn({ challengeResponse: 'TOTP' });
  assertNext(answer, 'CONFIRM_SIGN_IN_WITH_TOTP_CODE');
});

await step('gives a wrong code', () =>
  fails('CodeMismatchException', 'Invalid code received for user', () =>
    confirmSignIn({ challengeResponse: app.wrong() }),
  ),
);

await step('gives the right code, and the device proves that it is the remembered one', async () => {
  const tokens = await assertSignedIn(await confirmSignIn({ challengeResponse: await app.code() }));
  assert.equal(tokens.accessToken.payload.device_key, device);
});

await step('every answer was that of another node', () => {
  assert.deepEqual(exchanged(), [
    ['USER_AUTH', 'SELECT_CHALLENGE'],
    ['SELECT_CHALLENGE', 'PASSWORD_VERIFIER'],
    ['PASSWORD_VERIFIER', 'NEW_PASSWORD_REQUIRED'],
    ['NEW_PASSWORD_REQUIRED', 'SELECT_MFA_TYPE'],
    ['SELECT_MFA_TYPE', 'SOFTWARE_TOKEN_MFA'],
    ['SOFTWARE_TOKEN_MFA', 'CodeMismatchException'],
    ['SOFTWARE_TOKEN_MFA', 'DEVICE_SRP_AUTH'],
    ['DEVICE_SRP_AUTH', 'DEVICE_PASSWORD_VERIFIER'],
    ['DEVICE_PASSWORD_VERIFIER', 'tokens'],
  ]);
});

await step('the tokens hold on the next node, and the next', async () => {
  const { tokens } = await fetchAuthSession({ forceRefresh: true });
  assert.equal(tokens.accessToken.payload.device_key, device);
  assert.deepEqual((await fetchDevices()).map(({ id }) => id), [device]);
});

await step('the shorter one: password, code, device', async () => {
  await signOut();
  exchanged();
  const answer = await signIn({ username, password: second });
  assert.equal(answer.nextStep.signInStep, 'CONTINUE_SIGN_IN_WITH_MFA_SELECTION');
  await confirmSignIn({ challengeResponse: 'TOTP' });
  await assertSignedIn(await confirmSignIn({ challengeResponse: await app.code() }));
  assert.deepEqual(exchanged(), [
    ['USER_SRP_AUTH', 'PASSWORD_VERIFIER'],
    ['PASSWORD_VERIFIER', 'SELECT_MFA_TYPE'],
    ['SELECT_MFA_TYPE', 'SOFTWARE_TOKEN_MFA'],
    ['SOFTWARE_TOKEN_MFA', 'DEVICE_SRP_AUTH'],
    ['DEVICE_SRP_AUTH', 'DEVICE_PASSWORD_VERIFIER'],
    ['DEVICE_PASSWORD_VERIFIER', 'tokens'],
  ]);
});

done();
