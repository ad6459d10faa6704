// Users with second factors.

import assert from 'node:assert/strict';

import { Secret, TOTP } from 'otpauth';

import { administrator, bare } from '../../journey.mjs';
import { PASSWORD, enterPassword, newUser, openLoginPage } from './login_page.mjs';

const STEP_MS = 30_000;

/** An authenticator app, which gives no code twice: the server would refuse it. */
class AuthenticatorApp {
  #generator;
  #last = 0;

  constructor(secret) {
    this.#generator = new TOTP({ secret: Secret.fromBase32(secret) });
  }

  /** A code of now, or else of the step after, which is good already. */
  code() {
    this.#last = Math.max(this.#last + 1, Math.floor(Date.now() / STEP_MS));
    return this.#generator.generate({ timestamp: this.#last * STEP_MS });
  }

  /** Six digits that are no code of the minutes around now. */
  wrong() {
    const near = [-3, -2, -1, 0, 1, 2, 3].map((steps) =>
      this.#generator.generate({ timestamp: Date.now() + steps * STEP_MS }));
    return ['000000', '111111', '222222', '333333', '444444', '555555', '666666', '777777'].find(
      (code) => !near.includes(code));
  }
}

/** Gives the user an authenticator app, as an application with screens of its own does. */
async function withAuthenticatorApp(pool, { username }) {
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
  await administrator('AdminSetUserMFAPreference', {
    UserPoolId: pool.poolId, Username: username,
    SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true },
  });
  return app;
}

export async function secondFactors(browser, pool, options) {
  const ada = await newUser(pool);
  const app = await withAuthenticatorApp(pool, ada);
  const { request, screen } = await openLoginPage(browser, pool, options);
  await screen.step('the password leads to the page for the code', async () => {
    await enterPassword(screen, ada);
    await screen.heading('Enter your code');
    await screen.page.getByText('Enter the code that your authenticator app shows.').waitFor();
  });
  await screen.step('a password alone signs nobody in', async () => {
    const other = await screen.beside(request.address());
    await other.page.getByLabel('Password', { exact: true }).waitFor();
    await other.closeTab();
  });
  await screen.step('a wrong code is refused on the page', async () => {
    await screen.fill('Verification code', app.wrong());
    await screen.press('Continue');
    await screen.alert('Invalid code received for user');
  });
  await screen.step('the right one leads back with a code', async () => {
    await screen.fill('Verification code', app.code());
    await screen.press('Continue');
    assert.equal((await request.tokens(screen))['cognito:username'], ada.username);
  });
  await screen.close();
}
