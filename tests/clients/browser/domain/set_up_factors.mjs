// Users of pools that require a second factor, who have none and set one up as they sign in.

import assert from 'node:assert/strict';

import { codeFor, given } from '../../journey.mjs';
import { AuthenticatorApp } from './authenticator_app.mjs';
import {
  anotherCode, asksForCode, backAndSendAgain, enterCode, enterPassword, newUser, openLoginPage,
} from './login_page.mjs';

export const SET_UP_APP = 'Set up authenticator app MFA';
export const MFA_CHOICE = 'Choose a multi-factor authentication (MFA) method';
const OF_APP = 'Enter the code that your authenticator app shows.';

export async function settingUp(browser, options) {
  await authenticatorApp(browser, given.required, options);
  await contact(browser, given.several, options, {
    method: 'Code by text message', heading: 'Set up SMS MFA', label: 'Phone number', medium: 'text message',
    malformed: '555 0100', address: newNumber(), masked: /\+\**\d{4}\.$/,
  });
  await contact(browser, given.several, options, {
    method: 'Code by email', heading: 'Set up email MFA', label: 'Email', medium: 'email',
    address: newAddress(), masked: /n\*+@e\*+\.$/,
  });
  await choice(browser, given.several, options);
}

let addresses = 0;

/** A number and an address that nobody in this journey has. */
const newNumber = () => `+1206555${String(++addresses).padStart(4, '0')}`;
const newAddress = () => `new${++addresses}@example.com`;

async function authenticatorApp(browser, pool, options) {
  const ada = await newUser(pool);
  const { request, screen } = await openLoginPage(browser, pool, options);
  await screen.step('the password leads to the set-up of an authenticator app', async () => {
    await enterPassword(screen, ada);
    await screen.heading(SET_UP_APP);
    // There is nothing else to choose.
    assert.equal(await screen.page.getByRole('button', { name: 'Back', exact: true }).count(), 0);
  });
  let app;
  await screen.step('the app scans the page, which shows the same secret as a text', async () => {
    app = await AuthenticatorApp.scans(screen, ada);
    const text = screen.page.locator('.key code');
    assert.equal(await text.isVisible(), false);
    await screen.page.getByText('Show secret key').click();
    assert.equal((await text.innerText()).replaceAll(/\s/g, ''), app.secret);
  });
  await screen.step('a wrong code is refused, and the page keeps the secret', async () => {
    await screen.fill('Device name (optional)', 'My phone');
    await enterCode(screen, app.wrong());
    await screen.alert('Code mismatch');
    assert.equal(await screen.page.getByLabel('Device name (optional)').inputValue(), 'My phone');
    assert.equal((await AuthenticatorApp.scans(screen, ada)).secret, app.secret);
  });
  await screen.step('the right one leads back with a code', async () => {
    await enterCode(screen, app.code());
    assert.equal((await request.tokens(screen))['cognito:username'], ada.username);
  });
  await screen.step('a form that is sent again after that begins anew', async () => {
    await backAndSendAgain(screen);
    await screen.alert('Invalid session for the user, session can only be used once.');
  });
  await screen.close();
  const again = await openLoginPage(browser, pool, options);
  await again.screen.step('another time the app is asked for', async () => {
    await enterPassword(again.screen, ada);
    await asksForCode(again.screen, OF_APP);
    await enterCode(again.screen, app.code());
    assert.equal((await again.request.tokens(again.screen))['cognito:username'], ada.username);
  });
  await again.screen.close();
}

/** A phone number or an e-mail address, which is the user's once a code has come there. */
async function contact(browser, pool, options, { method, heading, label, medium, malformed, address, masked }) {
  const ada = await newUser(pool, { email: false, attributes: {} });
  const { request, screen } = await openLoginPage(browser, pool, options);
  await screen.step(`${medium}: the password leads to the choice, and that to the set-up`, async () => {
    await enterPassword(screen, ada);
    await screen.heading(MFA_CHOICE);
    await screen.press(method);
    await screen.heading(heading);
  });
  if (malformed) {
    await screen.step(`${medium}: what is no address is refused`, async () => {
      await screen.fill(label, malformed);
      await screen.press('Continue');
      await screen.page.getByRole('alert').first().waitFor();
      assert.equal(await screen.page.getByLabel(label, { exact: true }).inputValue(), malformed);
    });
  }
  const says = new RegExp(`^We have sent a code by ${medium} to ${masked.source}`);
  await screen.step(`${medium}: a code is sent to what is one`, async () => {
    await screen.fill(label, address);
    await screen.press('Continue');
    await asksForCode(screen, says);
  });
  await screen.step(`${medium}: a wrong code is refused, the right one leads back`, async () => {
    const code = await codeFor(address);
    await enterCode(screen, anotherCode(code));
    await screen.alert('Invalid code');
    await enterCode(screen, code);
    assert.equal((await request.tokens(screen))['cognito:username'], ada.username);
  });
  await screen.step(`${medium}: the form, sent again after that, begins anew`, async () => {
    await backAndSendAgain(screen);
    await screen.alert('Invalid session for the user, session can only be used once.');
  });
  await screen.close();
  const again = await openLoginPage(browser, pool, options);
  await again.screen.step(`${medium}: another time the code is sent at once`, async () => {
    await enterPassword(again.screen, ada);
    await asksForCode(again.screen, says);
    await enterCode(again.screen, await codeFor(address));
    assert.equal((await again.request.tokens(again.screen))['cognito:username'], ada.username);
  });
  await again.screen.close();
}

/** Who has chosen one may choose another. */
async function choice(browser, pool, options) {
  const ada = await newUser(pool, { email: false, attributes: {} });
  const { request, screen } = await openLoginPage(browser, pool, options);
  await screen.step('the choice can be made anew', async () => {
    await enterPassword(screen, ada);
    await screen.press('Code by text message');
    await screen.heading('Set up SMS MFA');
    await screen.press('Back');
    await screen.heading(MFA_CHOICE);
    await screen.press('Authenticator app');
    await screen.heading(SET_UP_APP);
    await enterCode(screen, (await AuthenticatorApp.scans(screen, ada)).code());
    assert.equal((await request.tokens(screen))['cognito:username'], ada.username);
  });
  await screen.close();
}
