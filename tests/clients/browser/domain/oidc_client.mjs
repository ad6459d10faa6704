// oidc-client-ts: signinRedirect, renewal by the refresh token, revocation and signoutRedirect.

import assert from 'node:assert/strict';

import { given } from '../../journey.mjs';
import { Screen } from '../screen.mjs';
import { asksForPassword, enterPassword, newUser } from './login_page.mjs';

const NOBODY = 'Nobody is signed in';

/** Calls what leads away from the page, of which no answer comes. */
function leave(screen, work) {
  return screen.page.evaluate(`void (${work})(window.auth)`);
}

export async function withOidcClient(browser, site) {
  const pool = given.managed;
  const ada = await newUser(pool);
  const screen = await Screen.open(browser, site.address('oidc'));
  const user = () => screen.auth((manager) => manager.getUser());

  await screen.step('signinRedirect finds the login page by the issuer', async () => {
    await screen.heading(NOBODY);
    await leave(screen, (manager) => manager.signinRedirect({ nonce: 'n-2' }));
    await asksForPassword(screen);
  });
  let before;
  await screen.step('signinCallback has the tokens, and what userInfo says', async () => {
    await enterPassword(screen, ada);
    await screen.heading(`Hello ${ada.username}`);
    before = await user();
    assert.equal(before.profile.iss, pool.issuer);
    assert.equal(before.profile.aud, pool.clients.oidc.clientId);
    assert.equal(before.profile.email, ada.email);
    assert.equal(before.profile.given_name, 'Ada');
    // A boolean in the ID token, and the string of userInfo comes over it.
    assert.equal(before.profile.email_verified, 'true');
    assert.equal(before.profile.username, ada.username);
    assert.ok(before.refresh_token);
  });
  await screen.step('signinSilent renews by the refresh token', async () => {
    const renewed = await screen.auth((manager) => manager.signinSilent());
    assert.notEqual(renewed.access_token, before.access_token);
    assert.equal(renewed.refresh_token, before.refresh_token);
    assert.equal(renewed.profile.sub, before.profile.sub);
    assert.equal(renewed.profile.auth_time, before.profile.auth_time);
  });
  await screen.step('the library renews by itself before the token expires', async () => {
    const { access_token: last } = await user();
    await screen.page.evaluate('window.renewed = []');
    await screen.auth((manager) => manager.startSilentRenew());
    await screen.page.waitForFunction('window.renewed.length > 0');
    await screen.auth((manager) => manager.stopSilentRenew());
    assert.notEqual((await user()).access_token, last);
  });
  await screen.step('revokeTokens ends the refresh token', async () => {
    await screen.auth((manager) => manager.revokeTokens(['refresh_token']));
    assert.equal((await user()).refresh_token, null);
  });
  await screen.step('without it signinRedirect still needs no form', async () => {
    await leave(screen, (manager) => manager.signinRedirect());
    await screen.heading(`Hello ${ada.username}`);
    await screen.page.waitForURL(site.address('oidc'));
  });
  await screen.step('signoutRedirect ends the sign-in at the domain', async () => {
    await leave(screen, (manager) => manager.signoutRedirect());
    await screen.heading(NOBODY);
    assert.equal(screen.page.url(), site.address('oidc'));
    await leave(screen, (manager) => manager.signinRedirect());
    await asksForPassword(screen);
  });
  await screen.step('a refusal is the library\'s error', async () => {
    await screen.page.goto(site.address('oidc'));
    await screen.heading(NOBODY);
    await leave(screen, (manager) => manager.signinRedirect({ prompt: 'none' }));
    await screen.heading('login_required');
  });
  await screen.close();
}
