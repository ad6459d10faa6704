// A new password for somebody who has forgotten the old one, with the code from the mailbox.

import assert from 'node:assert/strict';

import { codeFor } from '../../journey.mjs';
import {
  CODE_REFUSED, PASSWORD, alertsAWrongCode, asksForPassword, enterPassword, newUser, openLoginPage,
} from './login_page.mjs';

const LINK = 'Forgot your password?';

export async function forgottenPasswords(browser, pool, options) {
  const ada = await newUser(pool);
  const renewed = { ...ada, password: 'Batt3ry-Staple!' };
  const { request, screen } = await openLoginPage(browser, pool, options);
  const asks = async (tab) => {
    await tab.fill('Username', ada.username);
    await tab.press('Reset my password');
    // Where it went is not said: the client hides which users there are.
    await tab.page.getByText('Enter the password reset code that we have sent you.').waitFor();
  };
  const fillIn = async (code, password, repeated = password, tab = screen) => {
    await tab.fill('Code', code);
    await tab.fill('New Password', password);
    await tab.fill('Enter New Password Again', repeated);
    await tab.press('Change Password');
  };
  await screen.step('the login page leads to the one for forgotten passwords', async () => {
    await screen.follow(LINK);
    await screen.heading(LINK);
  });
  await screen.step('somebody whom nobody knows is told the same', async () => {
    await screen.fill('Username', 'nobody');
    await screen.press('Reset my password');
    await screen.page.getByText('Enter the password reset code that we have sent you.').waitFor();
    await screen.page.goBack();
    await screen.heading(LINK);
  });
  const beside = await screen.beside(screen.page.url());
  const former = await screen.step('who gives the name is sent a code', async () => {
    await asks(screen);
    return codeFor(ada.email);
  });
  await screen.step('a wrong code is refused on the page', async () => {
    await alertsAWrongCode(screen, former, (_, wrong) => fillIn(wrong, renewed.password));
  });
  await screen.step('the two passwords have to be the same', async () => {
    await fillIn(former, renewed.password, PASSWORD);
    await screen.alert('The two passwords are not the same.');
  });
  const code = await beside.step('the form, sent in another tab as well, has another code sent', async () => {
    await asks(beside);
    return codeFor(ada.email);
  });
  await screen.step('the former code is good no more', async () => {
    await fillIn(former, renewed.password);
    await screen.alert(CODE_REFUSED);
  });
  await screen.step('the right code leads to the login page', async () => {
    await fillIn(code, renewed.password);
    await screen.page.getByText('Your password has been changed.').waitFor();
    await asksForPassword(screen);
  });
  await beside.step('another tab, where the code is entered again, has it refused', async () => {
    await fillIn(code, PASSWORD, PASSWORD, beside);
    await beside.alert(CODE_REFUSED);
  });
  await beside.closeTab();
  await screen.step('the old password is good no more, the new one is', async () => {
    await enterPassword(screen, ada);
    await screen.alert('Incorrect username or password.');
    await enterPassword(screen, renewed);
    assert.equal((await request.tokens(screen))['cognito:username'], ada.username);
  });
  await screen.close();
}
