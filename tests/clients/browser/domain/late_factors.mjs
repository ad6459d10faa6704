// The further steps of managed login's sign-ins, a day late; see late.mjs.

import { codeFor, given } from '../../journey.mjs';
import { AuthenticatorApp } from './authenticator_app.mjs';
import { CHOICE, asksForName, enterName, enterPasswordOf, openFirstPage } from './first_factors.mjs';
import {
  SIGN_IN_ENDED, asksForCode, asksForPassword, beginsAnew, enterCode, enterPassword, newUser, openLoginPage,
} from './login_page.mjs';
import { MFA_CHOICE } from './second_factors.mjs';
import { SET_UP_APP, newAddress, newNumber } from './set_up_factors.mjs';

export const FACTORS = [
  secondFactorByMail, secondFactorBySms, setUpChoice, setUpOfApp, setUpOfNumber, setUpOfAddress, firstFactorChoice,
  firstFactorByMail,
];

async function secondFactorByMail(browser, _, options) {
  const ada = await newUser(given.several, { attributes: {} });
  return secondFactorSent(browser, options, ada, 'email', ada.email);
}

async function secondFactorBySms(browser, _, options) {
  const number = newNumber();
  const attributes = { phone_number: number, phone_number_verified: 'true' };
  const ada = await newUser(given.several, { email: false, attributes });
  return secondFactorSent(browser, options, ada, 'text message', number);
}

/** Nobody has an app, and who has an address that is verified is sent a code there. */
async function secondFactorSent(browser, options, ada, medium, address) {
  const opened = await openLoginPage(browser, given.several, options);
  const { screen } = opened;
  const asked = async () => {
    await enterPassword(screen, ada);
    await asksForCode(screen, new RegExp(`^We have sent a code by ${medium} to `));
  };
  await screen.step(`${medium}: a second factor is asked for`, asked);
  return async () => {
    await screen.step(`${medium}: a code as a second factor comes too late`, async () => {
      await enterCode(screen, await codeFor(address));
      await beginsAnew(opened, ada, asksForPassword, async () => {
        await asked();
        await enterCode(screen, await codeFor(address));
      });
    });
    await screen.close();
  };
}

async function setUpChoice(browser, _, options) {
  return setUp(browser, options, 'a choice among second factors', async (screen) => {
    await screen.heading(MFA_CHOICE);
  }, (screen) => screen.press('Authenticator app'));
}

async function setUpOfApp(browser, _, options) {
  return setUp(browser, options, 'the set-up of an app', async (screen) => {
    await screen.press('Authenticator app');
    await screen.heading(SET_UP_APP);
  }, async (screen, ada) => {
    await enterCode(screen, (await AuthenticatorApp.scans(screen, ada)).code());
  });
}

async function setUpOfNumber(browser, _, options) {
  return setUp(browser, options, 'the set-up of a number', async (screen) => {
    await screen.press('Code by text message');
    await screen.heading('Set up SMS MFA');
  }, async (screen) => {
    await screen.fill('Phone number', newNumber());
    await screen.press('Continue');
  });
}

async function setUpOfAddress(browser, _, options) {
  return setUp(browser, options, 'the set-up of an address', async (screen) => {
    await screen.press('Code by email');
    await screen.heading('Set up email MFA');
  }, async (screen) => {
    await screen.fill('Email', newAddress());
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

async function firstFactorChoice(browser, _, options) {
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

async function firstFactorByMail(browser, _, options) {
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
