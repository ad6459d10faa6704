// Users of pools that require a second factor, who have none and set one up as they sign in.

import assert from 'node:assert/strict';

import { codeFor, given } from '../../journey.mjs';
import { AuthenticatorApp } from './authenticator_app.mjs';
import {
  SPENT, anotherCode, asksForCode, backAndSendAgain, enterCode, enterPassword, newUser, openLoginPage,
} from './login_page.mjs';
import { MFA_CHOICE, OF_APP } from './second_factors.mjs';

export const SET_UP_APP = 'Set up authenticator app MFA';

export async function settingUp(browser, options) {
  await authenticatorApp(browser, given.required, options);
  await contact(browser, given.several, options, {
    method: 'Code by text message', heading: 'Set up SMS MFA', label: 'Phone number', medium: 'text message',
    malformed: '555 0100', refusal: 'Invalid phone number format.', address: newNumber(), masked: /\+\**\d{4}\.$/,
  });
  await contact(browser, given.several, options, {
    method: 'Code by email', heading: 'Set up email MFA', label: 'Email', medium: 'email',
    malformed: 'new@localhost', refusal: 'Invalid email address format.', address: newAddress(), masked: /n\*+@e\*+\.$/,
  });
  await choice(browser, given.several, options);
}

let addresses = 0;

/** A number and an address that nobody in this journey has. */
export const newNumber = () => `+1206555${String(++addresses).padStart(4, '0')}`;
export const newAddress = () => `new${++addresses}@example.com`;

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
    await screen.alert(SPENT);
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
async function contact(browser, pool, options, {
  method, heading, label, medium, malformed, refusal, address, masked,
}) {
  const ada = await newUser(pool, { email: false, attributes: {} });
  const opened = await openLoginPage(browser, pool, options);
  const { screen } = opened;
  await screen.step(`${medium}: the password leads to the choice, and that to the set-up`, async () => {
    await enterPassword(screen, ada);
    await screen.heading(MFA_CHOICE);
    await screen.press(method);
    await screen.heading(heading);
  });
  await screen.step(`${medium}: what is no address is refused`, async () => {
    await screen.fill(label, malformed);
    await screen.press('Continue');
    await screen.alert(refusal);
    assert.equal(await screen.page.getByLabel(label, { exact: true }).inputValue(), malformed);
  });
  const says = new RegExp(`^We have sent a code by ${medium} to ${masked.source}`);
  await screen.step(`${medium}: a code is sent to what is one`, async () => {
    await screen.fill(label, address);
    await screen.press('Continue');
    await asksForCode(screen, says);
  });
  await screen.step(`${medium}: a wrong code is refused, the right one leads back`, () =>
    signsIn(opened, ada, address));
  await screen.step(`${medium}: the form, sent again after that, begins anew`, async () => {
    await backAndSendAgain(screen);
    await screen.alert(SPENT);
  });
  await screen.step(`${medium}: another time the code is sent at once`, async () => {
    await enterPassword(screen, ada);
    await asksForCode(screen, says);
  });
  await screen.step(`${medium}: then, too, a wrong one is refused, and the right one leads back`, () =>
    signsIn(opened, ada, address));
  await screen.step(`${medium}: and the form, sent again after that, begins anew`, async () => {
    await backAndSendAgain(screen);
    await screen.alert(SPENT);
  });
  await screen.close();
}

/** Enters a wrong code, and then the one that has come to the address. */
async function signsIn({ request, screen }, { username }, address) {
  const code = await codeFor(address);
  await enterCode(screen, anotherCode(code));
  await screen.alert('Invalid code');
  await enterCode(screen, code);
  assert.equal((await request.tokens(screen))['cognito:username'], username);
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
