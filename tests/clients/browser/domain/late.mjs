// Pages that somebody opens and comes back to a day later, when what they wait for has ended.

import assert from 'node:assert/strict';

import { codeFor, given, step } from '../../journey.mjs';
import { VirtualAuthenticator } from '../virtual_authenticator.mjs';
import { AuthenticatorApp } from './authenticator_app.mjs';
import { CHOICE, asksForName, enterName, enterPasswordOf, openFirstPage } from './first_factors.mjs';
import { openedLate } from './links.mjs';
import {
  AuthorizationRequest, PASSWORD, asksForCode, asksForPassword, enterCode, enterPassword, newName, newUser,
  openLoginPage,
} from './login_page.mjs';
import { OFFER } from './passkeys.mjs';
import { MFA_CHOICE, SET_UP_APP } from './set_up_factors.mjs';
import * as signUp from './sign_up.mjs';

const DAY_AND_HOUR = 25 * 3600;
const SIGN_IN_ENDED = 'Invalid session for the user, session is expired.';
/** In the words of a wrong one: the clients hide which users there are. */
const CODE_ENDED = 'Invalid verification code provided, please try again.';

/** Each opens a page and answers with what its user does there a day later. */
const PAGES = [
  loginForm, accountOffered, confirmation, openedLate, forgottenPassword, temporaryPassword, secondFactorByMail,
  secondFactorChoice, setUpOfApp, setUpOfNumber, firstFactorChoice, firstFactorByMail,
];
const PAGES_OF_PASSKEYS = [passkeySignIn, passkeyOffer];

/** Moves the server's clock, which is ahead of everybody's afterwards. */
export async function late(browser, options) {
  const pages = options.javaScriptEnabled ? [...PAGES, ...PAGES_OF_PASSKEYS] : PAGES;
  const returns = [];
  for (const open of pages) returns.push(await open(browser, options));
  await step('a day passes', async () => {
    const moved = await fetch(new URL('/_cognate/clock', given.endpoint), {
      method: 'POST', body: JSON.stringify({ advanceSeconds: DAY_AND_HOUR }),
    });
    assert.ok(moved.ok, `the clock: ${moved.status}`);
  });
  for (const comeBack of returns) await comeBack();
}

/** The first page says that the sign-in has ended; from there another one succeeds. */
async function beginsAnew({ request, screen }, ada, asks, again) {
  await screen.alert(SIGN_IN_ENDED);
  await asks(screen);
  await again();
  assert.equal((await request.tokens(screen))['cognito:username'], ada.username);
}

async function loginForm(browser, options) {
  const ada = await newUser(given.managed);
  const { request, screen } = await openLoginPage(browser, given.managed, options);
  return async () => {
    await screen.step('the form of the login page is as good as it was', async () => {
      await enterPassword(screen, ada);
      assert.equal((await request.tokens(screen))['cognito:username'], ada.username);
    });
    await screen.close();
  };
}

async function accountOffered(browser, options) {
  const ada = await newUser(given.managed);
  const { request, screen } = await openLoginPage(browser, given.managed, options);
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
      await asksForPassword(screen);
      assert.equal(await screen.page.getByRole('button', { name: signInAs, exact: true }).count(), 0);
      await enterPassword(screen, ada);
      assert.equal((await request.tokens(screen))['cognito:username'], ada.username);
    });
    await screen.close();
  };
}

async function confirmation(browser, options) {
  const grace = { ...newName(), password: PASSWORD };
  const { request, screen } = await openLoginPage(browser, given.managed, options);
  await screen.step('somebody signs up', async () => {
    await screen.follow(signUp.LINK);
    await signUp.fillIn(screen, grace);
    await signUp.asksForCode(screen);
  });
  return async () => {
    await screen.step('the code for a sign-up comes too late', async () => {
      await signUp.enterCode(screen, await codeFor(grace.email));
      await screen.alert(CODE_ENDED);
    });
    await screen.step('another one confirms it', async () => {
      await screen.press('Send a new code');
      await screen.page.getByRole('status').filter({ hasText: 'We have sent you a new code.' }).waitFor();
      await signUp.enterCode(screen, await codeFor(grace.email));
      await screen.page.getByText('Your registration has been confirmed!').waitFor();
      await enterPassword(screen, grace);
      assert.equal((await request.tokens(screen))['cognito:username'], grace.username);
    });
    await screen.close();
  };
}

async function forgottenPassword(browser, options) {
  const ada = await newUser(given.managed);
  const renewed = 'Batt3ry-Staple!';
  const { screen } = await openLoginPage(browser, given.managed, options);
  const asks = async () => {
    await screen.follow('Forgot your password?');
    await screen.fill('Username', ada.username);
    await screen.press('Reset my password');
    await screen.page.getByText('Enter the password reset code that we have sent you.').waitFor();
  };
  const fillIn = async (code) => {
    await screen.fill('Code', code);
    await screen.fill('New Password', renewed);
    await screen.fill('Enter New Password Again', renewed);
    await screen.press('Change Password');
  };
  await screen.step('somebody asks for a new password', asks);
  return async () => {
    await screen.step('the code for a new password comes too late', async () => {
      await fillIn(await codeFor(ada.email));
      await screen.alert(CODE_ENDED);
    });
    await screen.step('another one is good', async () => {
      await screen.page.goto(new AuthorizationRequest(given.managed).address());
      await asks();
      await fillIn(await codeFor(ada.email));
      await screen.page.getByText('Your password has been changed.').waitFor();
    });
    await screen.close();
  };
}

async function temporaryPassword(browser, options) {
  const ada = await newUser(given.managed, { temporary: 'Temp0rary-1!' });
  const opened = await openLoginPage(browser, given.managed, options);
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

async function secondFactorByMail(browser, options) {
  // Nobody has an app, and who has an address that is verified is sent a code there.
  const ada = await newUser(given.several, { attributes: {} });
  const opened = await openLoginPage(browser, given.several, options);
  const { screen } = opened;
  const chosen = async () => {
    await enterPassword(screen, ada);
    await asksForCode(screen, /^We have sent a code by email to /);
  };
  await screen.step('a second factor is asked for', chosen);
  return async () => {
    await screen.step('a code as a second factor comes too late', async () => {
      await enterCode(screen, await codeFor(ada.email));
      await beginsAnew(opened, ada, asksForPassword, async () => {
        await chosen();
        await enterCode(screen, await codeFor(ada.email));
      });
    });
    await screen.close();
  };
}

async function secondFactorChoice(browser, options) {
  return setUp(browser, options, 'a choice among second factors', async (screen) => {
    await screen.heading(MFA_CHOICE);
  }, (screen) => screen.press('Authenticator app'));
}

async function setUpOfApp(browser, options) {
  return setUp(browser, options, 'the set-up of an app', async (screen) => {
    await screen.press('Authenticator app');
    await screen.heading(SET_UP_APP);
  }, async (screen, ada) => {
    await enterCode(screen, (await AuthenticatorApp.scans(screen, ada)).code());
  });
}

async function setUpOfNumber(browser, options) {
  return setUp(browser, options, 'the set-up of a number', async (screen) => {
    await screen.press('Code by text message');
    await screen.heading('Set up SMS MFA');
  }, async (screen) => {
    await screen.fill('Phone number', '+12065559999');
    await screen.press('Continue');
  });
}

/** Somebody who has to set a second factor up gets to a page, and does there a day later what it asks for. */
async function setUp(browser, options, what, reach, answer) {
  const ada = await newUser(given.several, { email: false, attributes: {} });
  const { screen } = await openLoginPage(browser, given.several, options);
  await screen.step(`${what} is asked for`, async () => {
    await enterPassword(screen, ada);
    await reach(screen);
  });
  return async () => {
    await screen.step(`${what} comes too late`, async () => {
      await answer(screen, ada);
      await screen.alert(SIGN_IN_ENDED);
      await enterPassword(screen, ada);
      await reach(screen);
    });
    await screen.close();
  };
}

async function firstFactorChoice(browser, options) {
  const ada = await newUser(given.choosing);
  const opened = await openFirstPage(browser, given.choosing, options);
  const { screen } = opened;
  await screen.step('the choice among first factors is shown', async () => {
    await enterName(screen, ada);
    await screen.heading(CHOICE);
  });
  return async () => {
    await screen.step('a choice among first factors comes too late', async () => {
      await screen.press('Code by email');
      await beginsAnew(opened, ada, asksForName, async () => {
        await enterName(screen, ada);
        await screen.press('Password');
        await enterPasswordOf(screen, ada);
      });
    });
    await screen.close();
  };
}

async function firstFactorByMail(browser, options) {
  const ada = await newUser(given.choosing);
  const opened = await openFirstPage(browser, given.choosing, options);
  const { screen } = opened;
  const asked = async () => {
    await enterName(screen, ada);
    await screen.press('Code by email');
    await asksForCode(screen, /^We have sent a code by email to /);
  };
  await screen.step('a code is sent as a first factor', asked);
  return async () => {
    await screen.step('a code as a first factor comes too late', async () => {
      await enterCode(screen, await codeFor(ada.email));
      await beginsAnew(opened, ada, asksForName, async () => {
        await asked();
        await enterCode(screen, await codeFor(ada.email));
      });
    });
    await screen.close();
  };
}

/** The first page of a pool with passkeys, on a machine with an authenticator, and a user who has been offered one. */
async function offered(browser) {
  const ada = await newUser(given.passkeys);
  const opened = await openFirstPage(browser, given.passkeys);
  await VirtualAuthenticator.plugIn(opened.screen.page);
  await opened.screen.step('a passkey is offered', async () => {
    await enterName(opened.screen, ada);
    await enterPasswordOf(opened.screen, ada);
    await opened.screen.heading(OFFER);
  });
  return { ada, opened };
}

async function passkeySignIn(browser) {
  const { ada, opened: { request: first, screen } } = await offered(browser);
  const request = new AuthorizationRequest(given.passkeys, { prompt: 'login' });
  const asked = async () => {
    await enterName(screen, ada);
    await screen.press('Passkey');
    await screen.heading('Sign in with a passkey');
  };
  await screen.step('a passkey is made, and asked for the next time', async () => {
    await screen.press('Create a passkey');
    await first.tokens(screen);
    await screen.page.goto(request.address());
    await asked();
  });
  return async () => {
    await screen.step('a passkey comes too late', async () => {
      await screen.press('Continue');
      await beginsAnew({ request, screen }, ada, asksForName, async () => {
        await asked();
        await screen.press('Continue');
      });
    });
    await screen.close();
  };
}

async function passkeyOffer(browser) {
  const { ada, opened: { request, screen } } = await offered(browser);
  return async () => {
    await screen.step('an offer of a passkey is taken too late, and the sign-in begins anew', async () => {
      await screen.press('Create a passkey');
      await asksForName(screen);
      await enterName(screen, ada);
      await enterPasswordOf(screen, ada);
      await screen.heading(OFFER);
      await screen.press('Not now');
      assert.equal((await request.tokens(screen))['cognito:username'], ada.username);
    });
    await screen.close();
  };
}
