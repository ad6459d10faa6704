// Amplify's guide "Manage user profiles" with an unchanged aws-amplify 6, which is only told another
// endpoint. Every step asserts what the application would see.

import assert from 'node:assert/strict';

import { Amplify } from 'aws-amplify';
import {
  confirmResetPassword,
  confirmSignUp,
  confirmUserAttribute,
  deleteUser,
  deleteUserAttributes,
  fetchAuthSession,
  fetchUserAttributes,
  getCurrentUser,
  resendSignUpCode,
  resetPassword,
  sendUserAttributeVerificationCode,
  signIn,
  signOut,
  signUp,
  updatePassword,
  updateUserAttribute,
  updateUserAttributes,
} from 'aws-amplify/auth';
import { cognitoUserPoolsTokenProvider } from 'aws-amplify/auth/cognito';

import { bare, codeFor, done, fails, given, step } from './journey.mjs';

Amplify.configure({
  Auth: {
    Cognito: {
      userPoolId: given.poolId,
      userPoolClientId: given.clientId,
      userPoolEndpoint: given.endpoint,
    },
  },
});

// The application keeps its tokens while the server dies and comes back.
const kept = new Map();
cognitoUserPoolsTokenProvider.setKeyValueStorage({
  setItem: async (key, value) => void kept.set(key, value),
  getItem: async (key) => kept.get(key) ?? null,
  removeItem: async (key) => void kept.delete(key),
  clear: async () => kept.clear(),
});

const first = 'ada@example.com';
const second = 'ada.king@example.org';
const passwords = ['Corr3ct-Horse!', 'Batt3ry-Staple!', 'Purpl3-Elephant!'];
const mask = (email) => email.replace(/^(.)[^@]*@(.).*$/, '$1***@$2***');

async function accessToken() {
  const { tokens } = await fetchAuthSession();
  return tokens?.accessToken?.toString();
}

/** The user's attributes must hold these, and none of those that are undefined here. */
async function attributesAre(expected) {
  const attributes = await fetchUserAttributes();
  for (const [name, value] of Object.entries(expected)) {
    assert.equal(attributes[name], value, `${name} in ${JSON.stringify(attributes)}`);
  }
}

const { userId } = await step('signUp with standard and custom attributes', async () => {
  const answer = await signUp({
    username: first,
    password: passwords[0],
    options: {
      userAttributes: { email: first, name: 'Ada Byron', 'custom:department': 'engines' },
    },
  });
  assert.equal(answer.isSignUpComplete, false);
  assert.deepEqual(answer.nextStep, {
    signUpStep: 'CONFIRM_SIGN_UP',
    codeDeliveryDetails: {
      deliveryMedium: 'EMAIL',
      destination: mask(first),
      attributeName: 'email',
    },
  });
  assert.match(answer.userId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  return answer;
});

const outdated = await step('the first code arrives by mail', () => codeFor(first));

await step('signUp of a name that is taken', () =>
  fails('UsernameExistsException', undefined, () =>
    signUp({ username: first, password: passwords[0], options: { userAttributes: { email: first } } }),
  ),
);

await step('signIn before confirmation leads to it', async () => {
  const answer = await signIn({ username: first, password: passwords[0] });
  assert.equal(answer.isSignedIn, false);
  assert.equal(answer.nextStep.signInStep, 'CONFIRM_SIGN_UP');
});

await step('resendSignUpCode', async () => {
  assert.deepEqual(await resendSignUpCode({ username: first }), {
    deliveryMedium: 'EMAIL',
    destination: mask(first),
    attributeName: 'email',
  });
});

const confirmation = await step('the new code arrives by mail', () => codeFor(first));

await step('confirmSignUp with the replaced code fails', () =>
  fails('CodeMismatchException', 'Invalid verification code provided, please try again.', () =>
    confirmSignUp({ username: first, confirmationCode: outdated }),
  ),
);

await step('confirmSignUp', async () => {
  const answer = await confirmSignUp({ username: first, confirmationCode: confirmation });
  assert.equal(answer.isSignUpComplete, true);
  assert.equal(answer.nextStep.signUpStep, 'DONE');
});

await step('signIn with a wrong password fails', () =>
  fails('NotAuthorizedException', 'Incorrect username or password.', () =>
    signIn({ username: first, password: passwords[1] }),
  ),
);

await step('signIn by SRP', async () => {
  const answer = await signIn({ username: first, password: passwords[0] });
  assert.equal(answer.isSignedIn, true);
  assert.equal(answer.nextStep.signInStep, 'DONE');
});

await step('getCurrentUser and the ID token', async () => {
  const user = await getCurrentUser();
  assert.equal(user.userId, userId);
  const { tokens, userSub } = await fetchAuthSession();
  assert.equal(userSub, userId);
  const claims = tokens.idToken.payload;
  assert.equal(claims.email, first);
  assert.equal(claims.email_verified, true);
  assert.equal(claims['custom:department'], 'engines');
  assert.equal(claims.aud, given.clientId);
  assert.equal(claims.token_use, 'id');
});

await step('fetchUserAttributes', () =>
  attributesAre({
    sub: userId,
    email: first,
    email_verified: 'true',
    name: 'Ada Byron',
    'custom:department': 'engines',
  }),
);

await step('updateUserAttribute', async () => {
  const answer = await updateUserAttribute({
    userAttribute: { attributeKey: 'name', value: 'Ada King' },
  });
  assert.equal(answer.isUpdated, true);
  assert.equal(answer.nextStep.updateAttributeStep, 'DONE');
});

await step('updateUserAttributes, standard and custom', async () => {
  const answer = await updateUserAttributes({
    userAttributes: { nickname: 'Countess', 'custom:department': 'looms', zoneinfo: 'Europe/London' },
  });
  for (const name of ['nickname', 'custom:department', 'zoneinfo']) {
    assert.equal(answer[name].isUpdated, true, name);
    assert.equal(answer[name].nextStep.updateAttributeStep, 'DONE', name);
  }
});

await step('both updates are there', () =>
  attributesAre({
    name: 'Ada King',
    nickname: 'Countess',
    'custom:department': 'looms',
    zoneinfo: 'Europe/London',
    email_verified: 'true',
  }),
);

await step('updateUserAttribute of an attribute that does not exist', () =>
  fails('InvalidParameterException', undefined, () =>
    updateUserAttribute({ userAttribute: { attributeKey: 'custom:nothing', value: 'x' } }),
  ),
);

await step('updateUserAttribute of an immutable attribute', () =>
  fails('InvalidParameterException', undefined, () =>
    updateUserAttribute({ userAttribute: { attributeKey: 'custom:badge', value: '2' } }),
  ),
);

await step('updateUserAttribute of the e-mail address: CONFIRM_ATTRIBUTE_WITH_CODE', async () => {
  const answer = await updateUserAttribute({
    userAttribute: { attributeKey: 'email', value: second },
  });
  assert.equal(answer.isUpdated, false);
  assert.deepEqual(answer.nextStep, {
    updateAttributeStep: 'CONFIRM_ATTRIBUTE_WITH_CODE',
    codeDeliveryDetails: {
      deliveryMedium: 'EMAIL',
      destination: mask(second),
      attributeName: 'email',
    },
  });
});

await step('until it is confirmed', () =>
  attributesAre(
    given.keepsOriginal
      ? { email: first, email_verified: 'true' }
      : { email: second, email_verified: 'false' },
  ),
);

await step('confirmUserAttribute with a wrong code', () =>
  fails('CodeMismatchException', 'Invalid verification code provided, please try again.', () =>
    confirmUserAttribute({ userAttributeKey: 'email', confirmationCode: 'abcdef' }),
  ),
);

await step('confirmUserAttribute with the code from the new mailbox', async () => {
  const confirmationCode = await codeFor(second);
  await confirmUserAttribute({ userAttributeKey: 'email', confirmationCode });
});

await step('the new address is confirmed', () =>
  attributesAre({ email: second, email_verified: 'true' }),
);

await step('sendUserAttributeVerificationCode', async () => {
  const answer = await sendUserAttributeVerificationCode({ userAttributeKey: 'email' });
  assert.deepEqual(answer, {
    deliveryMedium: 'EMAIL',
    destination: mask(second),
    attributeName: 'email',
  });
});

await step('confirmUserAttribute once more', async () => {
  const confirmationCode = await codeFor(second);
  await confirmUserAttribute({ userAttributeKey: 'email', confirmationCode });
  await fails('ExpiredCodeException', 'Invalid code provided, please request a code again.', () =>
    confirmUserAttribute({ userAttributeKey: 'email', confirmationCode }),
  );
});

await step('deleteUserAttributes', () =>
  deleteUserAttributes({ userAttributeKeys: ['nickname', 'custom:department'] }),
);

await step('the deleted attributes are gone', () =>
  attributesAre({ nickname: undefined, 'custom:department': undefined, name: 'Ada King' }),
);

await step('fetchAuthSession with forceRefresh', async () => {
  const before = await accessToken();
  const { tokens } = await fetchAuthSession({ forceRefresh: true });
  assert.notEqual(tokens.accessToken.toString(), before);
  assert.equal(tokens.idToken.payload.email, second);
  assert.equal(tokens.idToken.payload.name, 'Ada King');
  assert.equal(tokens.idToken.payload['custom:department'], undefined);
});

await step('updatePassword with a wrong old one', () =>
  fails('NotAuthorizedException', 'Incorrect username or password.', () =>
    updatePassword({ oldPassword: passwords[2], newPassword: passwords[1] }),
  ),
);

await step('updatePassword', () =>
  updatePassword({ oldPassword: passwords[0], newPassword: passwords[1] }),
);

const revoked = await step('signOut', async () => {
  const token = await accessToken();
  await signOut();
  assert.equal(await accessToken(), undefined);
  return token;
});

await step('the token of before is revoked', async () => {
  const { status, body } = await bare('GetUser', { AccessToken: revoked });
  assert.equal(status, 400);
  assert.deepEqual(body, {
    __type: 'NotAuthorizedException',
    message: 'Access Token has been revoked',
  });
});

await step('signIn with the old password fails', () =>
  fails('NotAuthorizedException', 'Incorrect username or password.', () =>
    signIn({ username: second, password: passwords[0] }),
  ),
);

await step('signIn with the new address and the new password', async () => {
  assert.equal((await signIn({ username: second, password: passwords[1] })).isSignedIn, true);
});

await step('signOut on this device', () => signOut());

await step('resetPassword', async () => {
  const answer = await resetPassword({ username: second });
  assert.equal(answer.isPasswordReset, false);
  assert.deepEqual(answer.nextStep, {
    resetPasswordStep: 'CONFIRM_RESET_PASSWORD_WITH_CODE',
    codeDeliveryDetails: {
      deliveryMedium: 'EMAIL',
      destination: mask(second),
      attributeName: 'email',
    },
  });
});

const recovery = await step('the recovery code arrives by mail', () => codeFor(second));

await step('confirmResetPassword with a wrong code', () =>
  fails('CodeMismatchException', 'Invalid verification code provided, please try again.', () =>
    confirmResetPassword({
      username: second,
      confirmationCode: 'abcdef',
      newPassword: passwords[2],
    }),
  ),
);

await step('confirmResetPassword', () =>
  confirmResetPassword({
    username: second,
    confirmationCode: recovery,
    newPassword: passwords[2],
  }),
);

await step('signIn with the recovered password', async () => {
  assert.equal((await signIn({ username: second, password: passwords[2] })).isSignedIn, true);
});

const everywhere = await step('signOut everywhere', async () => {
  const token = await accessToken();
  await signOut({ global: true });
  return token;
});

await step('no token works any more', async () => {
  const { body } = await bare('GetUser', { AccessToken: everywhere });
  assert.equal(body.__type, 'NotAuthorizedException');
  assert.equal(body.message, 'Access Token has been revoked');
});

await step('signIn once more', async () => {
  assert.equal((await signIn({ username: second, password: passwords[2] })).isSignedIn, true);
});

await step('deleteUser', async () => {
  await deleteUser();
  assert.equal(await accessToken(), undefined);
});

await step('the user is gone', () =>
  fails('UserNotFoundException', 'User does not exist.', () =>
    signIn({ username: second, password: passwords[2] }),
  ),
);

done();
