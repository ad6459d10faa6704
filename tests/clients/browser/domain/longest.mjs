// The longest sign-in on the pages, with the server killed by SIGKILL and started again between every two of them:
// what a page sends is all that the next one needs, and the person goes on. See tests/journeys.

import assert from 'node:assert/strict';

import { done, given } from '../../journey.mjs';
import { launch } from '../screen.mjs';
import { AuthenticatorApp } from './authenticator_app.mjs';
import {
  AuthorizationRequest, asksForCode, enterCode, enterPassword, newUser, openLoginPage,
} from './login_page.mjs';
import { RETURNED, serveApplications } from './site.mjs';
import { SET_UP_APP } from './set_up_factors.mjs';

const pool = given.required;
const site = await serveApplications(given.managed);
let browser;
try {
  browser = await launch(given.browser, given.certificate);
  const ada = await newUser(pool, { temporary: 'Temp0rary-1!', attributes: {} });
  const renewed = { ...ada, password: 'Batt3ry-Staple!' };
  const app = await firstTime(ada, renewed);
  await another(renewed, app);
} finally {
  await browser?.close();
  site.close();
}
done();

/** A step that ends when the page is there as a whole: what a killed server has not sent yet does not come later. */
function step(screen, name, work) {
  return screen.step(name, async () => {
    await work();
    await screen.page.waitForLoadState('load');
  });
}

/** From the temporary password to the application; the app that the user has then. */
async function firstTime(ada, renewed) {
  const { request, screen } = await openLoginPage(browser, pool);
  let app;
  await step(screen, 'the login page is shown', () => {});
  await step(screen, 'the temporary password leads to the page for a new one', async () => {
    await enterPassword(screen, ada);
    await screen.heading('Change Password');
  });
  await step(screen, 'the new password and the missing name lead to the set-up of an app', async () => {
    await screen.fill('Given name', 'Augusta');
    await screen.fill('New Password', renewed.password);
    await screen.fill('Enter New Password Again', renewed.password);
    await screen.press('Change Password');
    await screen.heading(SET_UP_APP);
    app = await AuthenticatorApp.scans(screen, ada);
  });
  await step(screen, 'a wrong code is refused', async () => {
    await enterCode(screen, app.wrong());
    await screen.alert('Code mismatch');
  });
  await step(screen, 'the right one leads back to the application', async () => {
    await enterCode(screen, app.code());
    await screen.heading(RETURNED);
  });
  await step(screen, 'which gets the tokens', async () => {
    const claims = await request.tokens(screen);
    assert.equal(claims['cognito:username'], ada.username);
    assert.equal(claims.given_name, 'Augusta');
  });
  await step(screen, 'and the browser is signed in at the domain', async () => {
    const again = new AuthorizationRequest(pool);
    await screen.page.goto(again.address());
    assert.equal((await again.tokens(screen))['cognito:username'], ada.username);
  });
  await screen.close();
  return app;
}

/** On another machine, where the app is asked for. */
async function another(renewed, app) {
  const { request, screen } = await openLoginPage(browser, pool);
  await step(screen, 'another login page is shown', () => {});
  await step(screen, 'the new password leads to the page for the code', async () => {
    await enterPassword(screen, renewed);
    await asksForCode(screen, 'Enter the code that your authenticator app shows.');
  });
  await step(screen, 'the code leads back to the application', async () => {
    await enterCode(screen, app.code());
    await screen.heading(RETURNED);
  });
  await step(screen, 'which gets the tokens again', async () => {
    assert.equal((await request.tokens(screen))['cognito:username'], renewed.username);
  });
  await screen.close();
}
