// Passkeys on the pages of managed login. They need JavaScript. Chromium's virtual authenticator holds them.

import assert from 'node:assert/strict';

import { given } from '../../journey.mjs';
import { VirtualAuthenticator } from '../virtual_authenticator.mjs';
import {
  CHOICE, asksForName, enterName, enterPasswordOf, openFirstPage,
} from './first_factors.mjs';
import { AuthorizationRequest, SPENT, backAndSendAgain, newUser, signOut } from './login_page.mjs';
import { RETURNED } from './site.mjs';

export const OFFER = 'Sign in faster with a passkey';
export const ADD = 'Add a passkey';
const FAILED = 'The passkey could not be used. Please try again.';

export async function passkeys(browser) {
  await made(browser, given.passkeys);
  await putOff(browser, given.passkeys);
  await added(browser, given.passkeys);
  await withoutScript(browser, given.passkeys);
}

/** A profile on a machine with an authenticator. */
async function openWithAuthenticator(browser, pool) {
  const { request, screen } = await openFirstPage(browser, pool);
  return { request, screen, authenticator: await VirtualAuthenticator.plugIn(screen.page) };
}

/** Ends the sign-in at the domain, and begins another one. */
async function signOutAndBegin(screen, pool) {
  const request = new AuthorizationRequest(pool);
  await signOut(screen, request);
  await screen.page.goto(request.address());
  await asksForName(screen);
  return request;
}

/** The address by which an application leads to the page that adds a passkey. */
export function linkToAdd({ pool, clientId, callback }) {
  return `${pool.domain}/passkeys/add?${new URLSearchParams({ client_id: clientId, redirect_uri: callback })}`;
}

/** The authenticator does not recognise its user, and says so to the page, which goes on being of use. */
async function refuses(screen, authenticator, button) {
  await authenticator.send('setUserVerified', { isUserVerified: false });
  await screen.press(button);
  await screen.alert(FAILED);
  await authenticator.send('setUserVerified', { isUserVerified: true });
}

/** Names the user and gives the password, whether or not there is another way. */
async function signInByPassword(screen, ada) {
  await enterName(screen, ada);
  const password = screen.page.getByRole('heading', { name: 'Enter your password', exact: true });
  const choice = screen.page.getByRole('heading', { name: CHOICE, exact: true });
  await password.or(choice).waitFor();
  if (await choice.isVisible()) await screen.press('Password');
  await enterPasswordOf(screen, ada);
}

async function made(browser, pool) {
  const ada = await newUser(pool);
  const { request, screen, authenticator } = await openWithAuthenticator(browser, pool);
  let claims;
  await screen.step('a passkey is offered after a sign-in by password', async () => {
    await signInByPassword(screen, ada);
    await screen.heading(OFFER);
    assert.deepEqual(await authenticator.credentials(), []);
  });
  await screen.step('an authenticator that makes none leaves the page usable', async () => {
    await refuses(screen, authenticator, 'Create a passkey');
    assert.deepEqual(await authenticator.credentials(), []);
  });
  await screen.step('it is made, and leads back with a code', async () => {
    await screen.press('Create a passkey');
    claims = await request.tokens(screen);
    assert.equal(claims['cognito:username'], ada.username);
    const [credential, ...others] = await authenticator.credentials();
    assert.deepEqual(others, []);
    assert.equal(credential.rpId, 'localhost');
    assert.equal(Buffer.from(credential.userHandle, 'base64').toString(), claims.sub);
  });
  await screen.step('the password that led to the offer, sent again after that, begins anew', async () => {
    await backAndSendAgain(screen);
    await screen.alert(SPENT);
    await asksForName(screen);
  });
  const again = await screen.step('after signing out the passkey is one of the ways', async () => {
    const next = await signOutAndBegin(screen, pool);
    await enterName(screen, ada);
    await screen.heading(CHOICE);
    await screen.press('Passkey');
    await screen.heading('Sign in with a passkey');
    return next;
  });
  await screen.step('an authenticator that does not use it leaves the page usable', () =>
    refuses(screen, authenticator, 'Continue'));
  await screen.step('it signs in, and no other one is offered', async () => {
    await screen.press('Continue');
    const { sub } = await again.tokens(screen);
    assert.equal(sub, claims.sub);
  });
  await screen.step('the choice that led to it, sent again after that, begins anew', async () => {
    await backAndSendAgain(screen);
    await screen.alert(SPENT);
    await asksForName(screen);
  });
  await screen.step('the password is still another way', async () => {
    const next = await signOutAndBegin(screen, pool);
    await enterName(screen, ada);
    await screen.press('Passkey');
    await screen.heading('Sign in with a passkey');
    await screen.press('Sign in another way');
    await screen.heading(CHOICE);
    await screen.press('Password');
    await enterPasswordOf(screen, ada);
    assert.equal((await next.tokens(screen)).sub, claims.sub);
  });
  await screen.close();
}

async function putOff(browser, pool) {
  const ada = await newUser(pool);
  const { request, screen, authenticator } = await openWithAuthenticator(browser, pool);
  await screen.step('who wants no passkey now goes back without one', async () => {
    await signInByPassword(screen, ada);
    await screen.heading(OFFER);
    await screen.press('Not now');
    assert.equal((await request.tokens(screen))['cognito:username'], ada.username);
    assert.deepEqual(await authenticator.credentials(), []);
  });
  await screen.step('and is not offered one the next time', async () => {
    const next = await signOutAndBegin(screen, pool);
    await signInByPassword(screen, ada);
    await next.tokens(screen);
  });
  await screen.close();
}

/** The link of an application to the page for it. */
async function added(browser, pool) {
  const ada = await newUser(pool);
  const { request, screen, authenticator } = await openWithAuthenticator(browser, pool);
  const link = linkToAdd(request);
  await screen.step('a link to the page leads who is not signed in to the first page', async () => {
    await screen.page.goto(link);
    await asksForName(screen);
  });
  await screen.step('who signs in and wants no passkey there can still add one by the link', async () => {
    await screen.page.goto(request.address());
    await signInByPassword(screen, ada);
    await screen.press('Not now');
    await request.tokens(screen);
    await screen.page.goto(link);
    await screen.heading(ADD);
  });
  await screen.step('an authenticator that makes none leaves the page usable', async () => {
    await refuses(screen, authenticator, 'Create a passkey');
    assert.deepEqual(await authenticator.credentials(), []);
  });
  await screen.step('the passkey is made, and leads back to the address of the link', async () => {
    await screen.press('Create a passkey');
    await screen.heading(RETURNED);
    assert.equal(screen.page.url(), request.callback);
    assert.equal((await authenticator.credentials()).length, 1);
  });
  await screen.step('on the way back the page is there again, and the authenticator makes no second one', async () => {
    await screen.page.goBack();
    await screen.heading(ADD);
    await screen.press('Create a passkey');
    await screen.alert(FAILED);
    assert.equal((await authenticator.credentials()).length, 1);
  });
  await screen.step('it signs in', async () => {
    const next = await signOutAndBegin(screen, pool);
    await enterName(screen, ada);
    await screen.press('Passkey');
    await screen.press('Continue');
    assert.equal((await next.tokens(screen))['cognito:username'], ada.username);
  });
  await screen.close();
}

/** Without JavaScript no passkey can be made, which must keep nobody from going on. */
async function withoutScript(browser, pool) {
  const ada = await newUser(pool);
  const { request, screen } = await openFirstPage(browser, pool, { javaScriptEnabled: false });
  await screen.step('without JavaScript the offer says what it needs, and can be put off', async () => {
    await signInByPassword(screen, ada);
    await screen.heading(OFFER);
    await screen.page.getByText(/^Passkeys need JavaScript\./).waitFor();
    const create = screen.page.getByRole('button', { name: 'Create a passkey', exact: true });
    assert.equal(await create.isDisabled(), true);
    await screen.press('Not now');
    assert.equal((await request.tokens(screen))['cognito:username'], ada.username);
  });
  await screen.close();
}
