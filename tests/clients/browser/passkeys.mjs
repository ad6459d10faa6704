// A pool where people may sign in by passkey: by Amplify's functions on the page, and by the
// Authenticator's own screens. Chromium's virtual authenticator holds the keys.

import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';

import { resetPassword, signOut, signUpAndConfirm } from './authenticator.mjs';
import { Screen } from './screen.mjs';
import { VirtualAuthenticator } from './virtual_authenticator.mjs';

const grace = { email: 'grace@example.com', password: 'Corr3ct-Horse!' };
const renewed = { ...grace, password: 'Batt3ry-Staple!' };

const signInByPasskey = ({ signIn }, username) =>
  signIn({ username, options: { authFlowType: 'USER_AUTH', preferredChallenge: 'WEB_AUTHN' } });

const listPasskeys = async ({ listWebAuthnCredentials }) => {
  const { credentials } = await listWebAuthnCredentials();
  return credentials.map((one) => ({ ...one, createdAt: one.createdAt?.getTime() }));
};

export async function passkeys(browser, address) {
  const screen = await Screen.open(browser, address);
  const authenticator = await VirtualAuthenticator.plugIn(screen.page);
  await signUpAndConfirm(screen, grace);
  await byFunctions(screen, authenticator);
  await resetPassword(screen, renewed);
  await screen.page.goto(`${address}&passkeys`);
  await byScreens(screen, authenticator);
  await screen.close();
}

/** Registers, lists, uses and deletes a passkey by Amplify's functions; ends signed out. */
async function byFunctions(screen, authenticator) {
  const userId = (await screen.auth(({ getCurrentUser }) => getCurrentUser())).userId;
  const key = await screen.step('associateWebAuthnCredential', async () => {
    await screen.auth(({ associateWebAuthnCredential }) => associateWebAuthnCredential());
    const [credential, ...others] = await authenticator.credentials();
    assert.deepEqual(others, []);
    assert.equal(credential.rpId, 'localhost');
    assert.equal(credential.isResidentCredential, true);
    assert.equal(Buffer.from(credential.userHandle, 'base64').toString(), userId);
    return credential;
  });
  const credentialId = Buffer.from(key.credentialId, 'base64').toString('base64url');
  await screen.step('listWebAuthnCredentials', async () => {
    const [{ createdAt, ...passkey }, ...others] = await screen.auth(listPasskeys);
    assert.deepEqual(others, []);
    assert.ok(Math.abs(Date.now() - createdAt) < 60_000, `createdAt ${createdAt}`);
    assert.deepEqual(passkey, {
      credentialId,
      friendlyCredentialName: 'Platform passkey',
      relyingPartyId: 'localhost',
      authenticatorAttachment: 'platform',
      authenticatorTransports: ['internal'],
    });
  });
  await screen.step('an authenticator registers one passkey of a user', () =>
    screen.authFails('PasskeyAlreadyExists', '', ({ associateWebAuthnCredential }) =>
      associateWebAuthnCredential(),
    ),
  );

  await screen.step('sign out', () => signOut(screen));
  await screen.step('signIn by WEB_AUTHN', async () => {
    const answer = await screen.auth(signInByPasskey, grace.email);
    assert.equal(answer.isSignedIn, true);
    assert.equal(answer.nextStep.signInStep, 'DONE');
    const [used] = await authenticator.credentials();
    assert.ok(used.signCount > key.signCount, `${used.signCount} after ${key.signCount}`);
    const { userId: signedIn } = await screen.auth(({ getCurrentUser }) => getCurrentUser());
    assert.equal(signedIn, userId);
  });
  await screen.step('the Authenticator shows who is signed in', async () => {
    await screen.page.reload();
    await screen.heading(`Hello ${grace.email}`);
  });
  await screen.step('sign out', () => signOut(screen));

  await screen.step('a signature by another key is refused', async () => {
    const [mine] = await authenticator.credentials();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64');
    await authenticator.forget(mine);
    await authenticator.hold({ ...mine, privateKey: pkcs8, signCount: mine.signCount + 10 });
    await screen.authFails(
      'NotAuthorizedException', 'Incorrect username or password.', signInByPasskey, grace.email,
    );
    await authenticator.forget(mine);
    await authenticator.hold(mine);
  });
  await screen.step('signIn by the right one still succeeds', async () => {
    assert.equal((await screen.auth(signInByPasskey, grace.email)).isSignedIn, true);
  });
  await screen.step('deleteWebAuthnCredential', async () => {
    await screen.auth(
      ({ deleteWebAuthnCredential }, id) => deleteWebAuthnCredential({ credentialId: id }),
      credentialId,
    );
    assert.deepEqual(await screen.auth(listPasskeys), []);
  });
  await screen.step('sign out', async () => {
    await screen.page.reload();
    await signOut(screen);
  });
  await screen.step('signIn by the deleted passkey is not offered', async () => {
    const answer = await screen.auth(signInByPasskey, grace.email);
    assert.equal(answer.isSignedIn, false);
    assert.equal(answer.nextStep.signInStep, 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION');
    assert.deepEqual(answer.nextStep.availableChallenges.sort(), ['PASSWORD', 'PASSWORD_SRP']);
  });
  for (const old of await authenticator.credentials()) await authenticator.forget(old);
}

/** The Authenticator offers a passkey after a sign-in by password, and signs in by it. */
async function byScreens(screen, authenticator) {
  await screen.step('sign in with the new password, which offers a passkey', async () => {
    await screen.fill('Email', renewed.email);
    await screen.press('Other sign-in options');
    await screen.fill('Password', renewed.password);
    await screen.press('Sign In with Password');
    await screen.press('Create a Passkey');
    await screen.page.getByText('Platform passkey', { exact: true }).waitFor();
    assert.equal((await authenticator.credentials()).length, 1);
  });
  await screen.step('continue', async () => {
    await screen.press('Continue');
    await screen.heading(`Hello ${renewed.email}`);
  });
  await screen.step('sign out', () => signOut(screen));
  await screen.step('sign in by passkey in the Authenticator', async () => {
    await screen.fill('Email', renewed.email);
    await screen.press('Sign In with Passkey');
    await screen.heading(`Hello ${renewed.email}`);
    assert.equal((await screen.auth(listPasskeys)).length, 1);
  });
  await screen.step('sign out', () => signOut(screen));
}
