// The browser's sign-in at the domain: when the page is shown, and when it is not.

import assert from 'node:assert/strict';

import { Screen } from '../screen.mjs';
import {
  AuthorizationRequest, asksForPassword, enterPassword, newUser, openLoginPage, signOut,
} from './login_page.mjs';

export async function sessions(browser, pool, { look, ...options }) {
  const ada = await newUser(pool);
  const { request: first, screen } = await openLoginPage(browser, pool, options);
  const go = async (further, page) => {
    const request = new AuthorizationRequest(pool, further);
    await screen.page.goto(request.address(page));
    return request;
  };
  let claims;
  const does = options.javaScriptEnabled ? 'runs' : 'does not run';
  await screen.step(`the script of the page ${does}`, async () => {
    // What shows the password is no use without a script, and appears only with it.
    const reveal = screen.page.getByRole('button', { name: 'Show password', exact: true });
    if (options.javaScriptEnabled) await reveal.waitFor();
    assert.equal(await reveal.count(), options.javaScriptEnabled ? 1 : 0);
  });
  await screen.step('signing in leads back with a code', async () => {
    await enterPassword(screen, ada);
    claims = await first.tokens(screen);
    assert.equal(claims['cognito:username'], ada.username);
  });
  await screen.step('a second request needs no form, and is of the same sign-in', async () => {
    const again = await (await go()).tokens(screen);
    assert.equal(again.sub, claims.sub);
    assert.equal(again.auth_time, claims.auth_time);
  });
  await screen.step('another profile of the browser is asked', async () => {
    const other = await openLoginPage(browser, pool, options);
    await other.screen.close();
  });
  const signInAs = `Sign in as ${ada.username}`;
  let taken;
  await screen.step('the login page itself offers the account', async () => {
    taken = await go({}, 'login');
    await screen.press(signInAs);
    assert.equal((await taken.tokens(screen)).sub, claims.sub);
  });
  await screen.step('on the way back it can be taken once more, which brings a code of its own', async () => {
    const { code } = await taken.returned(screen);
    await screen.page.goBack();
    await screen.press(signInAs);
    await screen.page.waitForURL((url) => ![null, code].includes(url.searchParams.get('code')));
    assert.equal((await taken.tokens(screen)).sub, claims.sub);
  });
  const other = await newUser(pool);
  await screen.step('and takes another one, who is then the one signed in', async () => {
    const request = await go({}, 'login');
    await screen.page.getByRole('button', { name: signInAs, exact: true }).waitFor();
    await screen.fill('Username', other.username);
    await screen.fill('Password', other.password);
    await screen.press('Sign in');
    assert.equal((await request.tokens(screen))['cognito:username'], other.username);
    assert.equal((await (await go()).tokens(screen))['cognito:username'], other.username);
  });
  if (look === 'managed') await prompts(screen, go, pool, other);
  await screen.step('signing out at the domain has the password asked for again', async () => {
    await signOut(screen, first);
    await go();
    await asksForPassword(screen);
    assert.equal(await screen.page.getByRole('button', { name: /^Sign in as/ }).count(), 0);
  });
  await screen.step('and leads back whenever it is done again', () => signOut(screen, first));
  if (look === 'managed') {
    await screen.step('prompt=none finds nobody signed in', async () => {
      const { error, code } = await (await go({ prompt: 'none' })).returned(screen);
      assert.deepEqual([error, code], ['login_required', undefined]);
    });
    await screen.step('the page speaks the language of the request', async () => {
      await go({ lang: 'de' });
      await screen.page.getByLabel('Passwort', { exact: true }).waitFor();
      assert.equal(await screen.page.locator('html').getAttribute('lang'), 'de');
      await go({ lang: 'en' });
      await asksForPassword(screen);
    });
  }
  await errorPages(screen, pool, look);
  await screen.close();
  await byHostName(browser, pool, options, ada);
}

/** The same domain under a host name of its own, where the browser has other cookies. */
async function byHostName(browser, pool, options, someone) {
  const request = new AuthorizationRequest(pool);
  const screen = await Screen.open(browser, request.address('oauth2/authorize', pool.byHost), options);
  await screen.step('the domain has the same pages under its host name', async () => {
    await asksForPassword(screen);
    assert.equal(new URL(screen.page.url()).origin, pool.byHost);
    await enterPassword(screen, someone);
    assert.equal((await request.tokens(screen))['cognito:username'], someone.username);
  });
  await screen.step('and a sign-in there is one there alone', async () => {
    const again = new AuthorizationRequest(pool);
    await screen.page.goto(again.address('oauth2/authorize', pool.byHost));
    await again.tokens(screen);
    await screen.page.goto(new AuthorizationRequest(pool).address());
    await asksForPassword(screen);
  });
  await screen.close();
}

/** Managed login alone reads `prompt`. */
async function prompts(screen, go, pool, someone) {
  let before;
  await screen.step('prompt=none brings a code where somebody is signed in', async () => {
    before = await (await go({ prompt: 'none' })).tokens(screen);
    assert.equal(before['cognito:username'], someone.username);
  });
  await screen.step('prompt=login shows the form all the same, and leaves the old sign-in as it is', async () => {
    await go({ prompt: 'login' });
    await asksForPassword(screen);
    assert.equal(await screen.page.getByRole('button', { name: /^Sign in as/ }).count(), 0);
    assert.equal((await (await go()).tokens(screen)).auth_time, before.auth_time);
  });
  await screen.step('prompt=login brings a new sign-in', async () => {
    const request = await go({ prompt: 'login' });
    await enterPassword(screen, someone);
    const after = await request.tokens(screen);
    assert.ok(after.auth_time >= before.auth_time);
    assert.notEqual(after.origin_jti, before.origin_jti);
  });
}

/** What is said where nobody is sent back, since nobody knows where that would be. */
async function errorPages(screen, pool, look) {
  const heading = look === 'managed' ? 'Something went wrong' : 'An error was encountered with the requested page.';
  const explained = async (change, text, page) => {
    const request = new AuthorizationRequest(pool);
    change(request.parameters);
    await screen.page.goto(request.address(page));
    await screen.heading(heading);
    await screen.page.getByText(text, { exact: true }).waitFor();
  };
  const missing = (name) => `Required String parameter '${name}' is not present`;
  await screen.step('a request from an address that is not registered is explained', async () => {
    await explained((request) => { request.redirect_uri = 'https://elsewhere.example/'; }, 'redirect_mismatch');
    await explained((request) => { delete request.redirect_uri; }, missing('redirect_uri'));
  });
  await screen.step('and one of a client that is not named, or that nobody knows', async () => {
    await explained((request) => { delete request.client_id; }, missing('client_id'));
    await explained((request) => { request.client_id = 'nobody'; }, 'Client does not exist');
    await screen.page.getByText('client_id=nobody', { exact: true }).waitFor();
  });
  await screen.step('signing out leads to no address that is not registered', async () => {
    const elsewhere = (request) => {
      delete request.redirect_uri;
      request.logout_uri = 'https://elsewhere.example/';
    };
    await explained(elsewhere, missing('redirect_uri'), 'logout');
  });
}
