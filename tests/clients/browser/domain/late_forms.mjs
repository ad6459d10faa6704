// The forms of a pool with managed login's look or the classic one, a day late; see late.mjs.

import assert from 'node:assert/strict';

import { codeFor } from '../../journey.mjs';
import {
  CODE_REFUSED, PASSWORD, asksForCode, asksForPassword, beginsAnew, enterCode, enterPassword,
  newName, newUser, openLoginPage, sendNewCode, signOut,
} from './login_page.mjs';
import { ENABLED, MFA_CHOICE, OF_APP, prefers, withAuthenticatorApp } from './second_factors.mjs';
import * as signUp from './sign_up.mjs';

export const FORMS = [loginPage, signingUp, forgottenPassword, temporaryPassword, secondFactors];

/** The form of the login page, and in another tab the account that it offers. */
async function loginPage(browser, pool, options) {
  const ada = await newUser(pool);
  const { request, screen } = await openLoginPage(browser, pool, options);
  const form = await screen.beside(request.address());
  const signInAs = `Sign in as ${ada.username}`;
  await screen.step('the login page offers an account', async () => {
    await enterPassword(screen, ada);
    await request.tokens(screen);
    await screen.page.goto(request.address('login'));
    await screen.page.getByRole('button', { name: signInAs, exact: true }).waitFor();
  });
  return async () => {
    await screen.step('an account whose sign-in has ended is offered no more', async () => {
      await screen.press(signInAs);
      await screen.alert('The sign-in took too long. Please start again.');
      await asksForPassword(screen);
      assert.equal(await screen.page.getByRole('button', { name: signInAs, exact: true }).count(), 0);
    });
    await screen.step('signing out leads back although there is nothing left to end', async () => {
      await signOut(screen, request);
    });
    await form.step('the form of the login page is as good as it was', async () => {
      await enterPassword(form, ada);
      assert.equal((await request.tokens(form))['cognito:username'], ada.username);
    });
    await form.closeTab();
    await screen.close();
  };
}

async function signingUp(browser, pool, options) {
  const grace = { ...newName(), password: PASSWORD };
  const linus = { ...newName(), password: PASSWORD };
  const { request, screen } = await openLoginPage(browser, pool, options);
  let form;
  await screen.step('somebody signs up, and has the form for it in another tab', async () => {
    await screen.follow(signUp.LINK);
    await screen.heading(signUp.HEADING);
    form = await screen.beside(screen.page.url());
    await signUp.fillIn(screen, grace);
    await signUp.asksForCode(screen);
  });
  return async () => {
    await screen.step('the code for a sign-up comes too late', async () => {
      await signUp.enterCode(screen, await codeFor(grace.email));
      await screen.alert(CODE_REFUSED);
    });
    await screen.step('another one confirms it', async () => {
      await sendNewCode(screen);
      await signUp.enterCode(screen, await codeFor(grace.email));
      await screen.page.getByText('Your registration has been confirmed!').waitFor();
      await enterPassword(screen, grace);
      assert.equal((await request.tokens(screen))['cognito:username'], grace.username);
    });
    await form.step('the form for signing up is as good as it was', async () => {
      await signUp.fillIn(form, linus);
      await signUp.asksForCode(form);
      await signUp.enterCode(form, await codeFor(linus.email));
      assert.equal((await request.tokens(form))['cognito:username'], linus.username);
    });
    await form.closeTab();
    await screen.close();
  };
}

async function forgottenPassword(browser, pool, options) {
  const ada = await newUser(pool);
  const renewed = 'Batt3ry-Staple!';
  const { screen } = await openLoginPage(browser, pool, options);
  const asks = async (tab) => {
    await tab.fill('Username', ada.username);
    await tab.press('Reset my password');
    await tab.page.getByText('Enter the password reset code that we have sent you.').waitFor();
  };
  const fillIn = async (tab, code) => {
    await tab.fill('Code', code);
    await tab.fill('New Password', renewed);
    await tab.fill('Enter New Password Again', renewed);
    await tab.press('Change Password');
  };
  let form;
  await screen.step('somebody asks for a new password, and has the form for it in another tab', async () => {
    await screen.follow('Forgot your password?');
    await screen.heading('Forgot your password?');
    form = await screen.beside(screen.page.url());
    await asks(screen);
  });
  return async () => {
    await screen.step('the code for a new password comes too late', async () => {
      await fillIn(screen, await codeFor(ada.email));
      await screen.alert(CODE_REFUSED);
    });
    await form.step('the form that asks for one is as good as it was', async () => {
      await asks(form);
      await fillIn(form, await codeFor(ada.email));
      await form.page.getByText('Your password has been changed.').waitFor();
    });
    await form.closeTab();
    await screen.close();
  };
}

async function temporaryPassword(browser, pool, options) {
  const ada = await newUser(pool, { temporary: 'Temp0rary-1!' });
  const opened = await openLoginPage(browser, pool, options);
  const { screen } = opened;
  const fillIn = async () => {
    await screen.heading('Change Password');
    await screen.fill('New Password', PASSWORD);
    await screen.fill('Enter New Password Again', PASSWORD);
    await screen.press('Change Password');
  };
  await screen.step('a temporary password has to be changed', async () => {
    await enterPassword(screen, ada);
    await screen.heading('Change Password');
  });
  return async () => {
    await screen.step('a new password for a temporary one comes too late', async () => {
      await fillIn();
      await beginsAnew(opened, ada, asksForPassword, async () => {
        await enterPassword(screen, ada);
        await fillIn();
      });
    });
    await screen.close();
  };
}

/** The choice among the factors that a user has, and in another tab the code of the app that was chosen. */
async function secondFactors(browser, pool, options) {
  const ada = await newUser(pool);
  const app = await withAuthenticatorApp(pool, ada);
  await prefers(pool, ada, { SoftwareTokenMfaSettings: ENABLED, EmailMfaSettings: ENABLED });
  const { request, screen } = await openLoginPage(browser, pool, options);
  const beside = await screen.beside(request.address());
  const choosesApp = async (tab) => {
    await enterPassword(tab, ada);
    await tab.press('Authenticator app');
    await asksForCode(tab, OF_APP);
  };
  await screen.step('the choice among the factors that a user has is shown', async () => {
    await enterPassword(screen, ada);
    await screen.heading(MFA_CHOICE);
  });
  await beside.step('and in another tab the code of the app is asked for', () => choosesApp(beside));
  return async () => {
    await screen.step('a choice among the factors that a user has comes too late', async () => {
      await screen.press('Authenticator app');
      await beginsAnew({ request, screen }, ada, asksForPassword, async () => {
        await enterPassword(screen, ada);
        await screen.press('Code by email');
        await enterCode(screen, await codeFor(ada.email));
      });
    });
    await beside.step('a code of the app comes too late', async () => {
      await enterCode(beside, app.code());
      await beginsAnew({ request, screen: beside }, ada, asksForPassword, async () => {
        await choosesApp(beside);
        await enterCode(beside, app.code());
      });
    });
    await beside.closeTab();
    await screen.close();
  };
}
