// Users with second factors.

import assert from 'node:assert/strict';

import { administrator, bare, codeFor } from '../../journey.mjs';
import { AuthenticatorApp } from './authenticator_app.mjs';
import {
  PASSWORD, SPENT, anotherCode, asksForCode, asksForPassword, backAndSendAgain, enterCode, enterPassword, newUser,
  openLoginPage, sendNewCode,
} from './login_page.mjs';

export const MFA_CHOICE = 'Choose a multi-factor authentication (MFA) method';
export const OF_APP = 'Enter the code that your authenticator app shows.';
export const ENABLED = { Enabled: true, PreferredMfa: false };
const PREFERRED = { Enabled: true, PreferredMfa: true };

/** Says which second factors the user has, and which one is preferred. */
export function prefers(pool, { username }, settings) {
  return administrator('AdminSetUserMFAPreference', {
    UserPoolId: pool.poolId, Username: username, ...settings,
  });
}

/** Gives the user an authenticator app, as an application with screens of its own does. */
export async function withAuthenticatorApp(pool, { username }) {
  const call = async (operation, input) => {
    const { status, body } = await bare(operation, input);
    assert.equal(status, 200, `${operation}: ${JSON.stringify(body)}`);
    return body;
  };
  const { AuthenticationResult: { AccessToken } } = await call('InitiateAuth', {
    ClientId: pool.clients.plain.clientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: username, PASSWORD },
  });
  const { SecretCode } = await call('AssociateSoftwareToken', { AccessToken });
  const app = new AuthenticatorApp(SecretCode);
  await call('VerifySoftwareToken', { AccessToken, UserCode: app.code() });
  return app;
}

export async function secondFactors(browser, pool, options) {
  await authenticatorApp(browser, pool, options);
  await codeByMail(browser, pool, options);
  await choice(browser, pool, options);
}

async function authenticatorApp(browser, pool, options) {
  const ada = await newUser(pool);
  const app = await withAuthenticatorApp(pool, ada);
  await prefers(pool, ada, { SoftwareTokenMfaSettings: PREFERRED });
  const { request, screen } = await openLoginPage(browser, pool, options);
  await screen.step('the password leads to the page for the code', async () => {
    await enterPassword(screen, ada);
    await asksForCode(screen, OF_APP);
  });
  await screen.step('the password alone signs nobody in', async () => {
    const other = await screen.beside(request.address());
    await asksForPassword(other);
    await other.closeTab();
  });
  await screen.step('a wrong code is refused on the page', async () => {
    await enterCode(screen, app.wrong());
    await screen.alert('Invalid code received for user');
  });
  await screen.step('the right one leads back with a code', async () => {
    await enterCode(screen, app.code());
    assert.equal((await request.tokens(screen))['cognito:username'], ada.username);
  });
  await screen.step('a form that is sent again after that begins anew', async () => {
    await backAndSendAgain(screen);
    await screen.alert(SPENT);
    await enterPassword(screen, ada);
    await asksForCode(screen, OF_APP);
  });
  await screen.close();
}

async function codeByMail(browser, pool, options) {
  const ada = await newUser(pool);
  await prefers(pool, ada, { EmailMfaSettings: PREFERRED });
  const { request, screen } = await openLoginPage(browser, pool, options);
  await screen.step('the password has a code sent by mail', async () => {
    await enterPassword(screen, ada);
    await asksForCode(screen, /^We have sent a code by email to u\*+@e\*+\.$/);
  });
  const first = await screen.step('the code arrives', () => codeFor(ada.email));
  await screen.step('a wrong code is refused on the page', async () => {
    await enterCode(screen, anotherCode(first));
    await screen.alert('Invalid code');
  });
  let code;
  await screen.step('of two new codes the later one alone is good', async () => {
    await sendNewCode(screen);
    const second = await codeFor(ada.email);
    await sendNewCode(screen);
    code = await codeFor(ada.email);
    await enterCode(screen, second);
    await screen.alert('Invalid code');
  });
  await screen.step('the right one leads back with a code', async () => {
    await enterCode(screen, code);
    assert.equal((await request.tokens(screen))['cognito:username'], ada.username);
  });
  await screen.step('the form, sent again after that, begins anew', async () => {
    await backAndSendAgain(screen);
    await screen.alert(SPENT);
  });
  await screen.close();
}

/** Who has two factors and prefers none is asked which one it shall be. */
async function choice(browser, pool, options) {
  const ada = await newUser(pool);
  const app = await withAuthenticatorApp(pool, ada);
  await prefers(pool, ada, { SoftwareTokenMfaSettings: ENABLED, EmailMfaSettings: ENABLED });
  const { request, screen } = await openLoginPage(browser, pool, options);
  await screen.step('the password leads to the choice', async () => {
    await enterPassword(screen, ada);
    await screen.heading(MFA_CHOICE);
  });
  await screen.step('a code by mail is sent to who chooses it', async () => {
    await screen.press('Code by email');
    await asksForCode(screen, /^We have sent a code by email to /);
    await enterCode(screen, await codeFor(ada.email));
    assert.equal((await request.tokens(screen))['cognito:username'], ada.username);
  });
  await screen.step('a choice that is sent again after that begins anew', async () => {
    await backAndSendAgain(screen);
    await screen.alert(SPENT);
    await asksForPassword(screen);
  });
  await screen.step('and this time it is the authenticator app', async () => {
    await enterPassword(screen, ada);
    await screen.press('Authenticator app');
    await asksForCode(screen, OF_APP);
    await enterCode(screen, app.code());
    assert.equal((await request.tokens(screen))['cognito:username'], ada.username);
  });
  await screen.close();
}
