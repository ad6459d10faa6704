// What people do on the login pages, named as the pages name it, and what a program without a library asks of
// the domain. A topic of the journey is a file beside this one that uses it.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';

import { administrator, given, user } from '../../journey.mjs';
import { Screen } from '../screen.mjs';
import { RETURNED } from './site.mjs';

export const PASSWORD = 'Corr3ct-Horse!';
export const SIGN_IN = 'Sign in with your username and password';
/** What is said of a step of a sign-in that was taken already. */
export const SPENT = 'Invalid session for the user, session can only be used once.';
/** What is said of a step that was taken too late. */
export const SIGN_IN_ENDED = 'Invalid session for the user, session is expired.';
/** What is said of a wrong code, and of one that has ended or was used: the clients hide which users there are. */
export const CODE_REFUSED = 'Invalid verification code provided, please try again.';

let users = 0;

/** A name that nobody in this journey has, and an address. */
export function newName() {
  users += 1;
  const username = `user${users}`;
  return { username, email: `${username}@example.com` };
}

/**
 * A user of the pool whom nobody else in this journey is, with a password that lasts unless it is said to be a
 * temporary one, and an e-mail address unless it is said to have none.
 */
export async function newUser(pool, { temporary, email: hasEmail = true, attributes = { given_name: 'Ada' } } = {}) {
  const { username, email } = newName();
  const contact = hasEmail ? { email, email_verified: 'true' } : {};
  await user(pool, username, { ...contact, ...attributes }, temporary ? null : PASSWORD);
  if (temporary) {
    await administrator('AdminSetUserPassword', {
      UserPoolId: pool.poolId, Username: username, Password: temporary, Permanent: false,
    });
  }
  return { username, password: temporary ?? PASSWORD, email };
}

/** A request for a code, as an application without a library makes it; `further` are its other parameters. */
export class AuthorizationRequest {
  constructor(pool, further = {}) {
    this.pool = pool;
    this.clientId = pool.clients.plain.clientId;
    this.callback = `http://localhost:${given.sitePort}/plain`;
    this.state = randomBytes(12).toString('base64url');
    this.verifier = randomBytes(32).toString('base64url');
    this.parameters = {
      response_type: 'code',
      client_id: this.clientId,
      redirect_uri: this.callback,
      state: this.state,
      code_challenge: createHash('sha256').update(this.verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...further,
    };
  }

  /** The address of `/oauth2/authorize`, or of a page that is opened directly. */
  address(page = 'oauth2/authorize', domain = this.pool.domain) {
    return `${domain}/${page}?${new URLSearchParams(this.parameters)}`;
  }

  /** Waits until the page is the application's again; the parameters that it has got. */
  async returned(screen) {
    await screen.heading(RETURNED);
    const url = new URL(screen.page.url());
    assert.equal(url.origin + url.pathname, this.callback);
    assert.equal(url.searchParams.get('state'), this.state);
    return Object.fromEntries(url.searchParams);
  }

  /** Waits for the code and exchanges it; the claims of the ID token. */
  async tokens(screen) {
    const { code, error } = await this.returned(screen);
    assert.ok(code, `no code, but ${error}`);
    const answer = await this.exchange(code);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return JSON.parse(Buffer.from(answer.body.id_token.split('.')[1], 'base64url'));
  }

  async exchange(code) {
    const answer = await fetch(`${this.pool.domain}/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: this.clientId,
        redirect_uri: this.callback,
        code,
        code_verifier: this.verifier,
      }),
      signal: AbortSignal.timeout(30_000),
    });
    return { status: answer.status, body: await answer.json() };
  }
}

/** Waits for the form that asks for a username and a password. */
export async function asksForPassword(screen) {
  await screen.heading(SIGN_IN);
  await screen.page.getByLabel('Password', { exact: true }).waitFor();
}

/** Fills that form in and sends it; what follows is the caller's to wait for. */
export async function enterPassword(screen, { username, password }) {
  await asksForPassword(screen);
  await screen.fill('Username', username);
  await screen.fill('Password', password);
  await screen.press('Sign in');
}

/** Waits for the page that asks for a code, and says where it comes from. */
export async function asksForCode(screen, text) {
  await screen.heading('Enter your code');
  await screen.page.getByText(text).waitFor();
}

/** Types the code and sends it; what follows is the caller's to wait for. */
export async function enterCode(screen, code) {
  await screen.fill('Verification code', code);
  await screen.press('Continue');
}

/** Another code of as many digits. */
export function anotherCode(code) {
  return [...code].map((digit) => (digit === '0' ? '1' : '0')).join('');
}

/** A profile with the login page of a new request in it. */
export async function openLoginPage(browser, pool, { further, ...options } = {}) {
  const request = new AuthorizationRequest(pool, further);
  const screen = await Screen.open(browser, request.address(), options);
  await asksForPassword(screen);
  return { request, screen };
}

/**
 * Goes back to a page that a form was answered with. It is not kept (`no-store`), so that the browser asks
 * whether to send the form again; this user agrees.
 */
export async function backAndSendAgain(screen) {
  await assert.rejects(screen.page.goBack(), /ERR_CACHE_MISS/);
  await screen.page.waitForURL('chrome-error://chromewebdata/');
  await screen.page.reload();
}

/** The first page says that the sign-in has ended; from there another one succeeds. */
export async function beginsAnew({ request, screen }, { username }, asks, again) {
  await screen.alert(SIGN_IN_ENDED);
  await asks(screen);
  await again();
  assert.equal((await request.tokens(screen))['cognito:username'], username);
}

/** Has a new code sent, and waits for the page that says so; the one before may have said it, too. */
export async function sendNewCode(screen) {
  await Promise.all([screen.page.waitForEvent('framenavigated'), screen.press('Send a new code')]);
  await screen.page.getByRole('status').filter({ hasText: 'We have sent you a new code.' }).waitFor();
}

/** Opens the address at which the application of this request ends the sign-in at the domain. */
export async function signOut(screen, { pool, clientId, callback }) {
  await screen.page.goto(`${pool.domain}/logout?${new URLSearchParams({ client_id: clientId, logout_uri: callback })}`);
  await screen.page.waitForURL(callback);
}

/** Has another code than this one entered, and waits until the page refuses it. */
export async function alertsAWrongCode(screen, code, enter) {
  await enter(screen, code === '123456' ? '654321' : '123456');
  await screen.alert(CODE_REFUSED);
}
