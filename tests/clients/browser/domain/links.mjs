// Signing up where the mail brings a link instead of a code.

import assert from 'node:assert/strict';

import { bare, given, linkFor } from '../../journey.mjs';
import { Screen } from '../screen.mjs';
import { CODE_REFUSED, PASSWORD, enterPassword, newName, openLoginPage } from './login_page.mjs';

const CONFIRMED = 'Your registration has been confirmed!';
const REFUSED = 'Something went wrong';

/** Signs somebody up as an application with screens of its own does; the link that the mail brings. */
export async function signedUp(pool, { username, email }) {
  const { status, body } = await bare('SignUp', {
    ClientId: pool.clients.plain.clientId, Username: username, Password: PASSWORD,
    UserAttributes: [{ Name: 'email', Value: email }],
  });
  assert.equal(status, 200, JSON.stringify(body));
  return linkFor(email);
}

export async function links(browser, options) {
  const pool = given.links;
  const grace = { ...newName(), password: PASSWORD };
  const link = await signedUp(pool, grace);
  const wrong = new URL(link);
  wrong.searchParams.set('confirmation_code', '000000');
  const screen = await Screen.open(browser, wrong.href, options);
  await screen.step('a link with another code is refused', async () => {
    await screen.heading(REFUSED);
    await screen.page.getByText(CODE_REFUSED).waitFor();
  });
  await screen.step('the one of the mail confirms', async () => {
    await screen.page.goto(link);
    await screen.page.getByText(CONFIRMED).waitFor();
  });
  await screen.step('and says so whenever it is opened again', async () => {
    await screen.page.goto(link);
    await screen.page.getByText(CONFIRMED).waitFor();
  });
  await screen.close();
  const other = await openLoginPage(browser, pool, options);
  await other.screen.step('who has opened it signs in', async () => {
    await enterPassword(other.screen, grace);
    assert.equal((await other.request.tokens(other.screen))['cognito:username'], grace.username);
  });
  await other.screen.close();
}

/** A link that is opened when its code has ended; see late.mjs. */
export async function openedLate(browser, _, options) {
  const grace = newName();
  const link = await signedUp(given.links, grace);
  return async () => {
    const screen = await Screen.open(browser, link, options);
    await screen.step('the link of a mail is opened too late', async () => {
      await screen.heading(REFUSED);
      await screen.page.getByText(CODE_REFUSED).waitFor();
    });
    await screen.close();
  };
}
