// The pages of passkeys, a day late; see late.mjs.

import assert from 'node:assert/strict';

import { given } from '../../journey.mjs';
import { VirtualAuthenticator } from '../virtual_authenticator.mjs';
import { asksForName, enterName, enterPasswordOf, openFirstPage } from './first_factors.mjs';
import { AuthorizationRequest, beginsAnew, newUser } from './login_page.mjs';
import { ADD, OFFER, linkToAdd } from './passkeys.mjs';
import { RETURNED } from './site.mjs';

export const PASSKEYS = [signInAndAdd, offer];

/** The first page of a pool with passkeys, on a machine with an authenticator, and a user who has been offered one. */
async function offered(browser) {
  const ada = await newUser(given.passkeys);
  const opened = await openFirstPage(browser, given.passkeys);
  await VirtualAuthenticator.plugIn(opened.screen.page);
  await opened.screen.step('a passkey is offered', async () => {
    await enterName(opened.screen, ada);
    await enterPasswordOf(opened.screen, ada);
    await opened.screen.heading(OFFER);
  });
  return { ada, opened };
}

/** A page that asks for a passkey, and in another tab the page that adds one. */
async function signInAndAdd(browser) {
  const { ada, opened: { request: first, screen } } = await offered(browser);
  const request = new AuthorizationRequest(given.passkeys, { prompt: 'login' });
  const asked = async () => {
    await enterName(screen, ada);
    await screen.press('Passkey');
    await screen.heading('Sign in with a passkey');
  };
  await screen.step('a passkey is made, and asked for the next time', async () => {
    await screen.press('Create a passkey');
    await first.tokens(screen);
    await screen.page.goto(request.address());
    await asked();
  });
  const beside = await screen.beside(linkToAdd(first));
  // Of another machine: on the one with a passkey there would be no other.
  await VirtualAuthenticator.plugIn(beside.page);
  await beside.step('another one can be added in another tab', () => beside.heading(ADD));
  return async () => {
    await beside.step('who adds a passkey too late signs in first', async () => {
      await beside.press('Create a passkey');
      await asksForName(beside);
      await enterName(beside, ada);
      await beside.press('Password');
      await enterPasswordOf(beside, ada);
      await beside.heading(ADD);
      await beside.press('Create a passkey');
      await beside.heading(RETURNED);
      assert.equal(beside.page.url(), first.callback);
    });
    await beside.closeTab();
    await screen.step('a passkey comes too late', async () => {
      await screen.press('Continue');
      await beginsAnew({ request, screen }, ada, asksForName, async () => {
        await asked();
        await screen.press('Continue');
      });
    });
    await screen.close();
  };
}

async function offer(browser) {
  const { ada, opened: { request, screen } } = await offered(browser);
  return async () => {
    await screen.step('an offer of a passkey is taken too late, and the sign-in begins anew', async () => {
      await screen.press('Create a passkey');
      await asksForName(screen);
      await enterName(screen, ada);
      await enterPasswordOf(screen, ada);
      await screen.heading(OFFER);
      await screen.press('Not now');
      assert.equal((await request.tokens(screen))['cognito:username'], ada.username);
    });
    await screen.close();
  };
}
