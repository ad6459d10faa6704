// Amplify's guide "Manage devices": a device that is remembered, signs in without the second factor by SRP of
// its own, and is forgotten.

import assert from 'node:assert/strict';

// Notes what the client asks, from here on.
import { exchanged } from './watched_fetch.mjs';

import {
  confirmSignIn,
  fetchAuthSession,
  fetchDevices,
  forgetDevice,
  rememberDevice,
  setUpTOTP,
  signIn,
  signOut,
  updateMFAPreference,
  verifyTOTPSetup,
} from 'aws-amplify/auth';

import { bare, done, step, user } from '../journey.mjs';
import { application, assertNext, assertSignedIn } from './application.mjs';
import { Authenticator } from './authenticator.mjs';

const username = 'ada';
const password = 'Corr3ct-Horse!';

/** What was asked of the server in a sign-in, without what the application asks besides. */
function signedInBy() {
  const besides = new Set(['RevokeToken', 'GetTokensFromRefreshToken']);
  return exchanged().filter(([asked]) => !besides.has(asked));
}

const browser = new Map();
const pool = application('devices', browser);

const device = await step('the first signIn confirms the device', async () => {
  await user(pool, username, {}, password);
  const tokens = await assertSignedIn(await signIn({ username, password }));
  assert.deepEqual(signedInBy(), [
    ['USER_SRP_AUTH', 'PASSWORD_VERIFIER'],
    ['PASSWORD_VERIFIER', 'tokens'],
    ['ConfirmDevice', 'ok'],
  ]);
  return tokens.accessToken.payload.device_key;
});

await step('fetchDevices', async () => {
  const devices = await fetchDevices();
  assert.deepEqual(devices.map(({ id }) => id), [device]);
  assert.equal(devices[0].attributes.device_status, 'valid');
  assert.equal(devices[0].name, navigator.userAgent);
  assert.equal(devices[0].attributes.last_ip_used, '127.0.0.1');
  for (const at of ['createDate', 'lastModifiedDate', 'lastAuthenticatedDate']) {
    assert.ok(Math.abs(devices[0][at] - Date.now()) < 60_000, `${at}: ${devices[0][at]}`);
  }
});

const app = await step('setUpTOTP, verifyTOTPSetup and updateMFAPreference', async () => {
  const { sharedSecret } = await setUpTOTP();
  const authenticator = new Authenticator(sharedSecret);
  await verifyTOTPSetup({ code: await authenticator.code() });
  await updateMFAPreference({ totp: 'PREFERRED' });
  return authenticator;
});

await step('a device that is not remembered does not replace the second factor', async () => {
  await signOut();
  exchanged();
  assertNext(await signIn({ username, password }), 'CONFIRM_SIGN_IN_WITH_TOTP_CODE');
  const tokens = await assertSignedIn(await confirmSignIn({ challengeResponse: await app.code() }));
  // It is the same device, and no new one.
  assert.equal(tokens.accessToken.payload.device_key, device);
  assert.deepEqual(signedInBy(), [
    ['USER_SRP_AUTH', 'PASSWORD_VERIFIER'],
    ['PASSWORD_VERIFIER', 'SOFTWARE_TOKEN_MFA'],
    ['SOFTWARE_TOKEN_MFA', 'tokens'],
  ]);
});

await step('rememberDevice', () => rememberDevice());

await step('the next signIn is one by device SRP, without the second factor', async () => {
  await signOut();
  exchanged();
  const tokens = await assertSignedIn(await signIn({ username, password }));
  assert.equal(tokens.accessToken.payload.device_key, device);
  assert.deepEqual(signedInBy(), [
    ['USER_SRP_AUTH', 'PASSWORD_VERIFIER'],
    ['PASSWORD_VERIFIER', 'DEVICE_SRP_AUTH'],
    ['DEVICE_SRP_AUTH', 'DEVICE_PASSWORD_VERIFIER'],
    ['DEVICE_PASSWORD_VERIFIER', 'tokens'],
  ]);
  assert.deepEqual((await fetchDevices()).map(({ id }) => id), [device]);
});

await step('fetchAuthSession with forceRefresh names the device', async () => {
  const { tokens } = await fetchAuthSession({ forceRefresh: true });
  assert.equal(tokens.accessToken.payload.device_key, device);
});

await step('another browser knows of no device, and is asked for the second factor', async () => {
  await signOut();
  application('devices');
  assertNext(await signIn({ username, password }), 'CONFIRM_SIGN_IN_WITH_TOTP_CODE');
  exchanged();
  const tokens = await assertSignedIn(await confirmSignIn({ challengeResponse: await app.code() }));
  assert.notEqual(tokens.accessToken.payload.device_key, device);
  assert.deepEqual(signedInBy(), [
    ['SOFTWARE_TOKEN_MFA', 'tokens'],
    ['ConfirmDevice', 'ok'],
  ]);
  assert.equal((await fetchDevices()).length, 2);
});

await step('forgetDevice of the other one', async () => {
  await forgetDevice({ device: { id: device } });
  const left = await fetchDevices();
  assert.equal(left.length, 1);
  assert.notEqual(left[0].id, device);
});

await step('forgetDevice of this one ends its session', async () => {
  const { accessToken } = await assertSignedIn({ isSignedIn: true, nextStep: { signInStep: 'DONE' } });
  await forgetDevice();
  const { body } = await bare('GetUser', { AccessToken: accessToken.toString() });
  assert.equal(body.__type, 'NotAuthorizedException');
  assert.equal(body.message, 'Access Token has been revoked');
  await signOut();
});

await step('the first browser, which does not know yet, is asked for the second factor again', async () => {
  application('devices', browser);
  exchanged();
  assertNext(await signIn({ username, password }), 'CONFIRM_SIGN_IN_WITH_TOTP_CODE');
  assert.deepEqual(exchanged(), [
    ['USER_SRP_AUTH', 'PASSWORD_VERIFIER'],
    ['PASSWORD_VERIFIER', 'ResourceNotFoundException'],
    ['PASSWORD_VERIFIER', 'SOFTWARE_TOKEN_MFA'],
  ]);
});

done();
