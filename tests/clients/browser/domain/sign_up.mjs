// Signing up on the pages, and confirming it with the code from the mailbox.

import assert from 'node:assert/strict';

import { codeFor } from '../../journey.mjs';
import {
  CODE_REFUSED, PASSWORD, alertsAWrongCode, enterPassword, newName, openLoginPage, sendNewCode,
} from './login_page.mjs';

export const LINK = 'Sign up';
export const HEADING = 'Sign up with a new account';

export async function signUp(browser, pool, options) {
  await andBack(browser, pool, options);
  await laterOn(browser, pool, options);
}

/** Goes to the page, fills it in and sends it; what follows is the caller's to wait for. */
export async function fillIn(screen, { username, email, password }) {
  await screen.fill('Username', username);
  await screen.fill('Email', email);
  await screen.fill('Given name', 'Grace');
  await screen.fill('Password', password);
  await screen.press('Sign up');
}

export async function asksForCode(screen) {
  await screen.heading('Confirm your account');
  await screen.page.getByText(/^We have sent a code by email to u\*+@e\*+\. Enter it below/).waitFor();
}

export async function enterCode(screen, code) {
  await screen.fill('Verification code', code);
  await screen.press('Confirm account');
}

async function andBack(browser, pool, options) {
  const grace = { ...newName(), password: PASSWORD };
  const { request, screen } = await openLoginPage(browser, pool, options);
  await screen.step('the login page leads to the one for signing up', async () => {
    await screen.follow(LINK);
    await screen.heading(HEADING);
  });
  const form = await screen.beside(screen.page.url());
  await screen.step('a password that the pool does not take is refused on the page', async () => {
    await fillIn(screen, { ...grace, password: 'password' });
    await screen.alert('Password did not conform with policy');
    // What was typed is still there, but for the password.
    for (const [label, value] of [
      ['Username', grace.username], ['Email', grace.email], ['Given name', 'Grace'], ['Password', ''],
    ]) assert.equal(await screen.page.getByLabel(label, { exact: true }).inputValue(), value, label);
  });
  if (options.javaScriptEnabled) {
    await screen.step('the rules for it are ticked as it is typed', async () => {
      const ticked = (rule) => screen.page.locator(`[data-rule="${rule}"].passwordCheck-valid-customizable`);
      await screen.fill('Password', 'passw0rd');
      await ticked('number').waitFor();
      assert.equal(await ticked('upper').count(), 0);
    });
  }
  await screen.step('a good one leads to the page for the code', async () => {
    await fillIn(screen, grace);
    await asksForCode(screen);
  });
  const beside = await screen.beside(screen.page.url());
  const code = await screen.step('the code arrives', () => codeFor(grace.email));
  await screen.step('a wrong code is refused on the page', async () => {
    await alertsAWrongCode(screen, code, enterCode);
  });
  const second = await screen.step('another one is sent', async () => {
    await sendNewCode(screen);
    return codeFor(grace.email);
  });
  const right = await screen.step('and yet another one, after which the one before is good no more', async () => {
    await sendNewCode(screen);
    const third = await codeFor(grace.email);
    await enterCode(screen, second);
    await screen.alert(CODE_REFUSED);
    return third;
  });
  await screen.step('which confirms, and leads back signed in', async () => {
    await enterCode(screen, right);
    const claims = await request.tokens(screen);
    assert.equal(claims['cognito:username'], grace.username);
    assert.equal(claims.email, grace.email);
    assert.equal(claims.email_verified, true);
    assert.equal(claims.given_name, 'Grace');
  });
  await beside.step('another tab, where the code is entered again, has it refused', async () => {
    await enterCode(beside, right);
    // In the words of a wrong one: the client hides which users there are.
    await beside.alert(CODE_REFUSED);
  });
  await beside.closeTab();
  await form.step('the form for signing up, sent again in a tab of before, says that the name is taken', async () => {
    await fillIn(form, grace);
    await form.alert('User already exists');
  });
  await form.step('and so does a new one, where another address is given', async () => {
    await form.page.goto(form.page.url());
    await fillIn(form, { ...grace, email: 'other@example.com' });
    await form.alert('User already exists');
  });
  await form.closeTab();
  await screen.close();
}

/** Somebody who went away before the code had come, and signs in on another machine. */
async function laterOn(browser, pool, options) {
  const grace = { ...newName(), password: PASSWORD };
  const begun = await openLoginPage(browser, pool, options);
  await begun.screen.step('somebody signs up and goes away', async () => {
    await begun.screen.follow(LINK);
    await fillIn(begun.screen, grace);
    await asksForCode(begun.screen);
  });
  await begun.screen.close();
  const { request, screen } = await openLoginPage(browser, pool, options);
  await screen.step('signing in leads to the page for the code', async () => {
    await enterPassword(screen, grace);
    await screen.heading('Confirm your account');
  });
  await screen.step('which confirms; whoever is not signed in by that signs in then', async () => {
    await enterCode(screen, await codeFor(grace.email));
    await screen.page.waitForURL((url) =>
      url.href.startsWith(`${pool.domain}/login`) || url.href.startsWith(request.callback));
    if (screen.page.url().startsWith(pool.domain)) {
      await screen.page.getByText('Your registration has been confirmed!').waitFor();
      await enterPassword(screen, grace);
    }
    assert.equal((await request.tokens(screen))['cognito:username'], grace.username);
  });
  await screen.close();
}
