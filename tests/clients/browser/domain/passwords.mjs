// The sign-in form and the form for a new password: mistakes, several tabs, and the way back.

import assert from 'node:assert/strict';

import {
  AuthorizationRequest, PASSWORD, SPENT, asksForPassword, backAndSendAgain, enterPassword, newUser, openLoginPage,
} from './login_page.mjs';

const REFUSED = 'Incorrect username or password.';

export async function passwords(browser, pool, options) {
  await mistakes(browser, pool, options);
  await twoTabs(browser, pool, options);
  await backAgain(browser, pool, options);
  await temporaryPassword(browser, pool, options);
}

async function mistakes(browser, pool, options) {
  const ada = await newUser(pool);
  const { request, screen } = await openLoginPage(browser, pool, options);
  await screen.step('a wrong password is refused on the page', async () => {
    await enterPassword(screen, { ...ada, password: 'Wr0ng-Horse!' });
    await screen.alert(REFUSED);
    // Who has mistyped the password need not type the name again.
    assert.equal(await screen.page.getByLabel('Username', { exact: true }).inputValue(), ada.username);
    assert.equal(await screen.page.getByLabel('Password', { exact: true }).inputValue(), '');
  });
  await screen.step('a name that nobody has is refused in the same words', async () => {
    await enterPassword(screen, { username: 'nobody', password: PASSWORD });
    await screen.alert(REFUSED);
  });
  await screen.step('the right password then works', async () => {
    await enterPassword(screen, ada);
    assert.equal((await request.tokens(screen))['cognito:username'], ada.username);
  });
  await screen.step('who goes back to the mistake makes it again, and may go on from there', async () => {
    await backAndSendAgain(screen);
    await screen.alert(REFUSED);
    await enterPassword(screen, ada);
    await request.tokens(screen);
  });
  await screen.close();
}

async function twoTabs(browser, pool, options) {
  const ada = await newUser(pool);
  const { request: one, screen } = await openLoginPage(browser, pool, options);
  const two = new AuthorizationRequest(pool);
  const beside = await screen.beside(two.address());
  await screen.step('of two tabs the older one signs in', async () => {
    await asksForPassword(beside);
    await enterPassword(screen, ada);
    assert.equal((await one.tokens(screen))['cognito:username'], ada.username);
  });
  await beside.step('and so does the other one afterwards', async () => {
    await enterPassword(beside, ada);
    assert.equal((await two.tokens(beside))['cognito:username'], ada.username);
  });
  await beside.closeTab();
  await screen.close();
}

async function backAgain(browser, pool, options) {
  const ada = await newUser(pool);
  const { request, screen } = await openLoginPage(browser, pool, options);
  let first;
  await screen.step('signing in', async () => {
    await enterPassword(screen, ada);
    first = await request.returned(screen);
    assert.ok(first.code);
  });
  await screen.step('the way back leads to the form, which offers the account now', async () => {
    await screen.page.goBack();
    await asksForPassword(screen);
    await screen.page.getByRole('button', { name: `Sign in as ${ada.username}`, exact: true }).waitFor();
  });
  await screen.step('the form works again, and brings a code of its own', async () => {
    await screen.fill('Username', ada.username);
    await screen.fill('Password', ada.password);
    await screen.press('Sign in');
    await screen.page.waitForURL((url) => ![null, first.code].includes(url.searchParams.get('code')));
    const second = await request.returned(screen);
    assert.equal((await request.exchange(second.code)).status, 200);
  });
  await screen.step('the code of before is as good as it was', async () => {
    assert.equal((await request.exchange(first.code)).status, 200);
  });
  await screen.close();
}

async function temporaryPassword(browser, pool, options) {
  // Nobody has given the name yet, which the pool requires.
  const ada = await newUser(pool, { temporary: 'Temp0rary-1!', attributes: {} });
  const renewed = { ...ada, password: 'Batt3ry-Staple!' };
  const { request, screen } = await openLoginPage(browser, pool, options);
  const fill = async (password, repeated) => {
    await screen.fill('New Password', password);
    await screen.fill('Enter New Password Again', repeated);
    await screen.press('Change Password');
  };
  await screen.step('a temporary password has to be changed', async () => {
    await enterPassword(screen, ada);
    await screen.heading('Change Password');
    await screen.page.getByText('Your password has to be changed before you can go on.').waitFor();
  });
  await screen.step('the two have to be the same', async () => {
    await screen.fill('Given name', 'Augusta');
    await fill(renewed.password, PASSWORD);
    await screen.alert('The two passwords are not the same.');
  });
  await screen.step('and to be what the pool asks for', async () => {
    await fill('battery', 'battery');
    await screen.alert('Password did not conform with policy');
    assert.equal(await screen.page.getByLabel('Given name', { exact: true }).inputValue(), 'Augusta');
  });
  await screen.step('a good one and the missing name sign in', async () => {
    await fill(renewed.password, renewed.password);
    const claims = await request.tokens(screen);
    assert.equal(claims['cognito:username'], ada.username);
    assert.equal(claims.given_name, 'Augusta');
  });
  await screen.step('the form, sent again after that, begins anew', async () => {
    await backAndSendAgain(screen);
    await screen.alert(SPENT);
    await asksForPassword(screen);
  });
  await screen.close();
  await screen.step('the new password is the one that is good now', async () => {
    const later = await openLoginPage(browser, pool, options);
    await enterPassword(later.screen, ada);
    await later.screen.alert(REFUSED);
    await enterPassword(later.screen, renewed);
    await later.request.tokens(later.screen);
    await later.screen.close();
  });
}
