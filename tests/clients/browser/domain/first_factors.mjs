// Username first: the pages of managed login where users choose how they sign in.

import assert from 'node:assert/strict';

import { codeFor, given } from '../../journey.mjs';
import { Screen } from '../screen.mjs';
import {
  AuthorizationRequest, SPENT, anotherCode, asksForCode, backAndSendAgain, enterCode, newUser, sendNewCode,
} from './login_page.mjs';

export const CHOICE = 'Choose how to sign in';
const BY_EMAIL = /^We have sent a code by email to /;

/** Waits for the page that asks for nothing but the name. */
export async function asksForName(screen) {
  await screen.heading('Sign in');
  await screen.page.getByLabel('Username', { exact: true }).waitFor();
  assert.equal(await screen.page.getByLabel('Password', { exact: true }).count(), 0);
}

/** A profile with the first page of a new request in it. */
export async function openFirstPage(browser, pool, options) {
  const request = new AuthorizationRequest(pool);
  const screen = await Screen.open(browser, request.address(), options);
  await asksForName(screen);
  return { request, screen };
}

export async function enterName(screen, { username }) {
  await screen.fill('Username', username);
  await screen.press('Next');
}

/** Waits for the page that asks for the password of who has given the name. */
export async function enterPasswordOf(screen, { username, password }) {
  await screen.heading('Enter your password');
  assert.equal(await screen.page.getByLabel('Username', { exact: true }).inputValue(), username);
  await screen.fill('Password', password);
  await screen.press('Sign in');
}

export async function firstFactors(browser, options) {
  await codeByEmail(browser, given.choosing, options);
  await anotherWay(browser, given.choosing, options);
}

async function codeByEmail(browser, pool, options) {
  const ada = await newUser(pool);
  const { request, screen } = await openFirstPage(browser, pool, options);
  await screen.step('the name leads to the choice of the ways that its user has', async () => {
    await enterName(screen, ada);
    await screen.heading(CHOICE);
    await screen.page.getByText(`You are signing in as ${ada.username}.`).waitFor();
    const offered = await screen.page.getByRole('button').allInnerTexts();
    assert.deepEqual(offered.map((text) => text.trim()).sort(), ['Code by email', 'Password']);
  });
  await screen.step('a code is sent to who chooses it', async () => {
    await screen.press('Code by email');
    await asksForCode(screen, BY_EMAIL);
  });
  const former = await screen.step('the code arrives', () => codeFor(ada.email));
  await screen.step('a wrong code is refused on the page', async () => {
    await enterCode(screen, anotherCode(former));
    await screen.alert('Invalid code');
  });
  await screen.step('another one is sent', () => sendNewCode(screen));
  const code = await screen.step('it arrives as well', () => codeFor(ada.email));
  await screen.step('the former one is good no more', async () => {
    await enterCode(screen, former);
    await screen.alert('Invalid code');
  });
  await screen.step('the new one leads back with a code', async () => {
    await enterCode(screen, code);
    const claims = await request.tokens(screen);
    assert.equal(claims['cognito:username'], ada.username);
    assert.equal(claims.email_verified, true);
  });
  await screen.step('a form that is sent again after that begins anew', async () => {
    await backAndSendAgain(screen);
    await screen.alert(SPENT);
    await asksForName(screen);
  });
  await screen.close();
}

/** Who waits for a code that does not come takes another way. */
async function anotherWay(browser, pool, options) {
  const ada = await newUser(pool);
  const { request, screen } = await openFirstPage(browser, pool, options);
  await screen.step('from the code another way leads to the choice again, and to the password', async () => {
    await enterName(screen, ada);
    await screen.press('Code by email');
    await asksForCode(screen, BY_EMAIL);
    await screen.press('Sign in another way');
    await screen.heading(CHOICE);
    await screen.press('Password');
  });
  await screen.step('a wrong password is refused on the page', async () => {
    await enterPasswordOf(screen, { ...ada, password: 'Wr0ng-Horse!' });
    await screen.alert('Incorrect username or password.');
  });
  await screen.step('the right one leads back with a code', async () => {
    await enterPasswordOf(screen, ada);
    assert.equal((await request.tokens(screen))['cognito:username'], ada.username);
  });
  await screen.close();
  const other = await openFirstPage(browser, pool, options);
  await other.screen.step('who has mistyped the name goes back to give another one', async () => {
    await enterName(other.screen, { username: 'nobody' });
    await other.screen.follow('Use another account');
    await asksForName(other.screen);
    await enterName(other.screen, ada);
    await other.screen.heading(CHOICE);
  });
  await other.screen.close();
}
