// An application with an unchanged amazon-cognito-identity-js, the library before Amplify: second factors,
// custom challenges, devices.

import assert from 'node:assert/strict';

// Notes what the client asks, from here on.
import { exchanged } from './watched_fetch.mjs';

import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js';

import { administrator, codeFor, done, fails, given, step, user } from '../journey.mjs';
import { Authenticator } from './authenticator.mjs';

const password = 'Corr3ct-Horse!';
const wrongPassword = ['NotAuthorizedException', 'Incorrect username or password.'];

/** What a browser keeps: nothing, until somebody signs in. */
function storage() {
  const kept = new Map();
  return {
    setItem: (key, value) => void kept.set(key, value),
    getItem: (key) => kept.get(key) ?? null,
    removeItem: (key) => void kept.delete(key),
    clear: () => kept.clear(),
  };
}

/** A user of the pool with this name, as an application knows one that has not signed in yet. */
function userOf(name, username, Storage = storage()) {
  const { poolId: UserPoolId, clientId: ClientId } = given.pools[name];
  const pool = new CognitoUserPool({ UserPoolId, ClientId, endpoint: given.endpoint, Storage });
  return new CognitoUser({ Username: username, Pool: pool, Storage });
}

/** Calls what takes an object of callbacks; resolves to the one that was called, and with what. */
function outcome(call) {
  return new Promise((resolve, reject) => {
    const answers = (callback) => (...values) => resolve([callback, ...values]);
    call({
      onSuccess: answers('onSuccess'),
      onFailure: reject,
      mfaRequired: answers('mfaRequired'),
      totpRequired: answers('totpRequired'),
      selectMFAType: answers('selectMFAType'),
      mfaSetup: answers('mfaSetup'),
      customChallenge: answers('customChallenge'),
      newPasswordRequired: answers('newPasswordRequired'),
      associateSecretCode: answers('associateSecretCode'),
    });
  });
}

/** Calls what takes one callback in the manner of Node. */
function called(call) {
  return new Promise((resolve, reject) =>
    call((error, ...values) => (error ? reject(error) : resolve(values.length > 1 ? values : values[0]))),
  );
}

function signIn(who, Password = password) {
  const details = new AuthenticationDetails({ Username: who.getUsername(), Password });
  return outcome((callbacks) => who.authenticateUser(details, callbacks));
}

function answer(who, code, kind) {
  return outcome((callbacks) => who.sendMFACode(code, callbacks, kind));
}

function assertSignedIn([callback, session]) {
  assert.equal(callback, 'onSuccess');
  assert.ok(session.isValid());
  return session.getAccessToken().decodePayload();
}

async function signOut(who) {
  await new Promise((resolve, reject) => who.signOut((error) => (error ? reject(error) : resolve())));
}

async function preferenceOf(who) {
  const data = await called((callback) => who.getUserData(callback, { bypassCache: true }));
  return [data.PreferredMfaSetting, data.UserMFASettingList];
}

const preferred = { Enabled: true, PreferredMfa: true };
const on = { Enabled: true, PreferredMfa: false };
const off = { Enabled: false, PreferredMfa: false };
const prefer = (who, sms, totp) => called((callback) => who.setUserMfaPreference(sms, totp, callback));

const email = 'ada.lovelace@example.com';
const phone = '+15550100501';
const ada = userOf('factors', email);

await step('authenticateUser by SRP', async () => {
  const attributes = { email, email_verified: 'true', phone_number: phone };
  await user(given.pools.factors, email, attributes, password);
  await assert.rejects(signIn(ada, 'Wr0ng-Horse!'), { name: wrongPassword[0] });
  const claims = assertSignedIn(await signIn(ada));
  assert.equal(claims.username, claims.sub);
  assert.deepEqual(await preferenceOf(ada), [undefined, undefined]);
});

const app = await step('associateSoftwareToken', async () => {
  const [callback, secret] = await outcome((callbacks) => ada.associateSoftwareToken(callbacks));
  assert.equal(callback, 'associateSecretCode');
  return new Authenticator(secret);
});

await step('verifySoftwareToken with a wrong code, then with the right one', async () => {
  const verify = (code) => outcome((callbacks) => ada.verifySoftwareToken(code, 'phone', callbacks));
  await fails('EnableSoftwareTokenMFAException', 'Code mismatch', () => verify(app.wrong()));
  const [callback, data] = await verify(await app.code());
  assert.equal(callback, 'onSuccess');
  assert.equal(data.Status, 'SUCCESS');
});

await step('setUserMfaPreference to the app', async () => {
  assert.equal(await prefer(ada, off, preferred), 'SUCCESS');
  assert.deepEqual(await preferenceOf(ada), ['SOFTWARE_TOKEN_MFA', ['SOFTWARE_TOKEN_MFA']]);
  await signOut(ada);
});

await step('authenticateUser asks for a code of the app', async () => {
  const [callback, challenge, parameters] = await signIn(ada);
  assert.equal(callback, 'totpRequired');
  assert.equal(challenge, 'SOFTWARE_TOKEN_MFA');
  assert.equal(parameters.FRIENDLY_DEVICE_NAME, 'phone');
});

await step('sendMFACode with a wrong code, then with the right one', async () => {
  await fails('CodeMismatchException', 'Invalid code received for user', () =>
    answer(ada, app.wrong(), 'SOFTWARE_TOKEN_MFA'),
  );
  assertSignedIn(await answer(ada, await app.code(), 'SOFTWARE_TOKEN_MFA'));
});

await step('authenticateUser with a code by text message', async () => {
  await prefer(ada, preferred, off);
  assert.deepEqual(await preferenceOf(ada), ['SMS_MFA', ['SMS_MFA']]);
  await signOut(ada);
  const [callback, challenge, parameters] = await signIn(ada);
  assert.equal(callback, 'mfaRequired');
  assert.equal(challenge, 'SMS_MFA');
  assert.equal(parameters.CODE_DELIVERY_DESTINATION, '+*******0501');
  const code = await codeFor(phone);
  await fails('CodeMismatchException', 'Invalid code or auth state for the user.', () =>
    answer(ada, code === '123456' ? '654321' : '123456'),
  );
  assertSignedIn(await answer(ada, code));
});

await step('authenticateUser lets the user choose', async () => {
  await prefer(ada, on, on);
  await signOut(ada);
  const [callback, challenge, parameters] = await signIn(ada);
  assert.equal(callback, 'selectMFAType');
  assert.equal(challenge, 'SELECT_MFA_TYPE');
  assert.deepEqual(JSON.parse(parameters.MFAS_CAN_CHOOSE).sort(), ['SMS_MFA', 'SOFTWARE_TOKEN_MFA']);
  const [next] = await outcome((callbacks) => ada.sendMFASelectionAnswer('SOFTWARE_TOKEN_MFA', callbacks));
  assert.equal(next, 'totpRequired');
  assertSignedIn(await answer(ada, await app.code(), 'SOFTWARE_TOKEN_MFA'));
  await signOut(ada);
});

const required = userOf('required', 'edsger');

await step('a second factor is set up during the sign-in', async () => {
  await user(given.pools.required, 'edsger', {}, password);
  const [callback, challenge, parameters] = await signIn(required);
  assert.equal(callback, 'mfaSetup');
  assert.equal(challenge, 'MFA_SETUP');
  assert.ok(JSON.parse(parameters.MFAS_CAN_SETUP).includes('SOFTWARE_TOKEN_MFA'));
  const [, secret] = await outcome((callbacks) => required.associateSoftwareToken(callbacks));
  const code = await new Authenticator(secret).code();
  assertSignedIn(await outcome((callbacks) => required.verifySoftwareToken(code, 'phone', callbacks)));
});

/** Asserts that the function asks for a sum, and returns it. */
function sumAsked([callback, parameters]) {
  assert.equal(callback, 'customChallenge');
  const [, one, other] = /^(\d+) \+ (\d+)$/.exec(parameters.sum);
  return Number(one) + Number(other);
}

const give = (who, number) =>
  outcome((callbacks) => who.sendCustomChallengeAnswer(String(number), callbacks));

await step('initiateAuth: a custom challenge without a password', async () => {
  await user(given.pools.custom, 'barbara', {}, password);
  const barbara = userOf('custom', 'barbara');
  barbara.setAuthenticationFlowType('CUSTOM_AUTH');
  const details = new AuthenticationDetails({ Username: 'barbara' });
  const first = sumAsked(await outcome((callbacks) => barbara.initiateAuth(details, callbacks)));
  const second = sumAsked(await give(barbara, first + 1));
  assertSignedIn(await give(barbara, second));
  await signOut(barbara);
});

await step('authenticateUser: a custom challenge behind the password', async () => {
  const barbara = userOf('custom', 'barbara');
  barbara.setAuthenticationFlowType('CUSTOM_AUTH');
  await fails(...wrongPassword, () => signIn(barbara, 'Wr0ng-Horse!'));
  let sum = sumAsked(await signIn(barbara));
  assertSignedIn(await give(barbara, sum));
  await signOut(barbara);
  sum = sumAsked(await signIn(barbara));
  sum = sumAsked(await give(barbara, sum + 1));
  sum = sumAsked(await give(barbara, sum + 1));
  await fails(...wrongPassword, () => give(barbara, sum + 1));
});

for (const [pool, replaces] of [
  ['devices', true],
  ['tracking', false],
]) {
  const username = 'donald';
  const browser = storage();
  const donald = userOf(pool, username, browser);

  const device = await step(`${pool}: authenticateUser confirms the device`, async () => {
    await user(given.pools[pool], username, {}, password);
    exchanged();
    const [callback, session, confirmationNecessary] = await signIn(donald);
    const claims = assertSignedIn([callback, session]);
    assert.equal(confirmationNecessary, replaces ? true : undefined);
    assert.deepEqual(exchanged().at(-1), ['ConfirmDevice', 'ok']);
    return claims.device_key;
  });

  const authenticator = await step(`${pool}: an authenticator app is set up`, async () => {
    const [, secret] = await outcome((callbacks) => donald.associateSoftwareToken(callbacks));
    const made = new Authenticator(secret);
    const code = await made.code();
    await outcome((callbacks) => donald.verifySoftwareToken(code, 'phone', callbacks));
    await prefer(donald, undefined, preferred);
    return made;
  });

  await step(`${pool}: sign-in with the app, from the device`, async () => {
    await signOut(donald);
    assert.equal((await signIn(donald))[0], 'totpRequired');
    exchanged();
    const claims = assertSignedIn(
      await answer(donald, await authenticator.code(), 'SOFTWARE_TOKEN_MFA'),
    );
    assert.equal(claims.device_key, device);
    // A device that is remembered is asked for behind the code.
    const next = replaces ? 'tokens' : 'DEVICE_SRP_AUTH';
    assert.deepEqual(exchanged()[0], ['SOFTWARE_TOKEN_MFA', next]);
  });

  await step(`${pool}: setDeviceStatusRemembered, getDevice and listDevices`, async () => {
    const remembered = await outcome((callbacks) => donald.setDeviceStatusRemembered(callbacks));
    assert.deepEqual(remembered, ['onSuccess', 'SUCCESS']);
    const [, got] = await outcome((callbacks) => donald.getDevice(callbacks));
    assert.equal(got.Device.DeviceKey, device);
    const [, list] = await outcome((callbacks) => donald.listDevices(10, null, callbacks));
    assert.deepEqual(list.Devices.map((one) => one.DeviceKey), [device]);
  });

  await step(`${pool}: the next sign-in is one by device SRP`, async () => {
    await signOut(donald);
    // The page was loaded anew.
    const again = userOf(pool, username, browser);
    exchanged();
    let result = await signIn(again);
    const byDevice = [
      ['DEVICE_SRP_AUTH', 'DEVICE_PASSWORD_VERIFIER'],
      ['DEVICE_PASSWORD_VERIFIER', 'tokens'],
    ];
    const byPassword = [
      ['USER_SRP_AUTH', 'PASSWORD_VERIFIER'],
      ['PASSWORD_VERIFIER', replaces ? 'DEVICE_SRP_AUTH' : 'SOFTWARE_TOKEN_MFA'],
    ];
    if (replaces) {
      assert.deepEqual(exchanged(), [...byPassword, ...byDevice]);
    } else {
      assert.equal(result[0], 'totpRequired');
      result = await answer(again, await authenticator.code(), 'SOFTWARE_TOKEN_MFA');
      assert.deepEqual(exchanged(), [
        ...byPassword,
        ['SOFTWARE_TOKEN_MFA', 'DEVICE_SRP_AUTH'],
        ...byDevice,
      ]);
    }
    assert.equal(assertSignedIn(result).device_key, device);
    if (replaces) {
      const forgotten = await outcome((callbacks) => again.forgetDevice(callbacks));
      assert.deepEqual(forgotten, ['onSuccess', 'SUCCESS']);
    } else {
      await administrator('AdminForgetDevice', {
        UserPoolId: given.pools[pool].poolId,
        Username: username,
        DeviceKey: device,
      });
    }
  });

  await step(`${pool}: a device that was forgotten is not asked for`, async () => {
    exchanged();
    assert.equal((await signIn(userOf(pool, username, browser)))[0], 'totpRequired');
    assert.deepEqual(exchanged(), [
      ['USER_SRP_AUTH', 'PASSWORD_VERIFIER'],
      // The browser does not know yet that the administrator had it forgotten, and tries without.
      ...(replaces ? [] : [['PASSWORD_VERIFIER', 'ResourceNotFoundException']]),
      ['PASSWORD_VERIFIER', 'SOFTWARE_TOKEN_MFA'],
    ]);
  });
}

done();
