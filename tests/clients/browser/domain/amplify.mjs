// Amplify's signInWithRedirect, to the login page and back.

import assert from 'node:assert/strict';

import { given } from '../../journey.mjs';
import { Screen } from '../screen.mjs';
import { asksForPassword, enterPassword, newUser } from './login_page.mjs';

const NOBODY = 'Nobody is signed in';

const session = async ({ fetchAuthSession }, options) => {
  const { tokens } = await fetchAuthSession(options);
  return tokens && { id: tokens.idToken.payload, access: tokens.accessToken.payload };
};

/** Calls what leads away from the page, of which no answer comes. */
function leave(screen, work, input) {
  return screen.page.evaluate(`void (${work})(window.auth, ${JSON.stringify(input)})`);
}

export async function withAmplify(browser, site) {
  const pool = given.managed;
  const ada = await newUser(pool);
  const screen = await Screen.open(browser, site.address('amplify'));
  const events = () => screen.page.evaluate('window.events');

  await screen.step('signInWithRedirect leads to the login page', async () => {
    await screen.heading(NOBODY);
    await leave(screen, ({ signInWithRedirect }, input) => signInWithRedirect(input), {
      customState: 'a {"state"} of its own', options: { nonce: 'n-1', loginHint: ada.username },
    });
    await asksForPassword(screen);
    assert.ok(screen.page.url().startsWith(`${pool.domain}/login?`), screen.page.url());
    // What the application knows of its user is filled in.
    assert.equal(await screen.page.getByLabel('Username', { exact: true }).inputValue(), ada.username);
  });
  await screen.step('the password leads back, signed in', async () => {
    await enterPassword(screen, ada);
    await screen.heading(`Hello ${ada.username}`);
    assert.ok(screen.page.url().startsWith(site.address('amplify')), screen.page.url());
    const custom = (await events()).find(({ event }) => event === 'customOAuthState');
    assert.equal(custom.data, 'a {"state"} of its own');
  });
  let before;
  await screen.step('fetchAuthSession has the tokens of this user', async () => {
    before = await screen.auth(session);
    assert.equal(before.id['cognito:username'], ada.username);
    assert.equal(before.id.email, ada.email);
    assert.equal(before.id.email_verified, true);
    assert.equal(before.id.nonce, 'n-1');
    assert.equal(before.id.iss, pool.issuer);
    assert.equal(before.access.scope, 'openid email profile aws.cognito.signin.user.admin');
    assert.equal(before.access.client_id, pool.clients.amplify.clientId);
  });
  await screen.step('fetchUserAttributes by the access token', async () => {
    const attributes = await screen.auth(({ fetchUserAttributes }) => fetchUserAttributes());
    assert.deepEqual(attributes, {
      sub: before.id.sub, email: ada.email, email_verified: 'true', given_name: 'Ada',
    });
  });
  await screen.step('updateUserAttributes by the access token', async () => {
    await screen.auth(
      ({ updateUserAttributes }, userAttributes) => updateUserAttributes({ userAttributes }),
      { given_name: 'Augusta' },
    );
    const { given_name } = await screen.auth(({ fetchUserAttributes }) => fetchUserAttributes());
    assert.equal(given_name, 'Augusta');
  });
  await screen.step('a forced refresh brings new tokens of the same sign-in', async () => {
    const after = await screen.auth(session, { forceRefresh: true });
    assert.notEqual(after.access.jti, before.access.jti);
    assert.equal(after.access.auth_time, before.access.auth_time);
    assert.equal(after.id.given_name, 'Augusta');
  });
  await screen.step('the page still knows its user after it is loaded again', async () => {
    await screen.page.goto(site.address('amplify'));
    await screen.heading(`Hello ${ada.username}`);
  });
  await screen.step('signing in again without a form: the browser is signed in at the domain', async () => {
    // As an application whose storage was emptied.
    await screen.page.evaluate('localStorage.clear()');
    await screen.page.goto(site.address('amplify'));
    await screen.heading(NOBODY);
    await leave(screen, ({ signInWithRedirect }) => signInWithRedirect());
    await screen.heading(`Hello ${ada.username}`);
    const again = await screen.auth(session);
    assert.equal(again.id.auth_time, before.id.auth_time);
    assert.equal(again.id.nonce, undefined);
  });
  await screen.step('signOut leads to the sign-out of the domain and back', async () => {
    const visited = screen.page.waitForRequest((request) =>
      request.url().startsWith(`${pool.domain}/logout?`));
    await leave(screen, ({ signOut }) => signOut());
    assert.equal(new URL((await visited).url()).searchParams.get('logout_uri'), site.address('amplify'));
    await screen.heading(NOBODY);
    assert.equal(screen.page.url(), site.address('amplify'));
  });
  await screen.step('prompt NONE finds nobody signed in', async () => {
    await leave(screen, ({ signInWithRedirect }) => signInWithRedirect({ options: { prompt: 'NONE' } }));
    await screen.heading('login_required');
  });
  await screen.step('afterwards the password is asked for again', async () => {
    await screen.page.goto(site.address('amplify'));
    await screen.heading(NOBODY);
    await leave(screen, ({ signInWithRedirect }) => signInWithRedirect());
    await asksForPassword(screen);
    assert.equal(await screen.page.getByRole('button', { name: /^Sign in as/ }).count(), 0);
    await enterPassword(screen, ada);
    await screen.heading(`Hello ${ada.username}`);
  });
  await screen.close();
}
