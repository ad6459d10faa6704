// The login pages of a pool's domain in headless Chromium, with JavaScript and without, and two applications
// that lead there and back. `./test journeys` prepares what this needs; tests/browser_journey.py starts it.

import { done, given } from '../../journey.mjs';
import { launch } from '../screen.mjs';
import { withAmplify } from './amplify.mjs';
import { withOidcClient } from './oidc_client.mjs';
import { firstFactors } from './first_factors.mjs';
import { forgottenPasswords } from './forgotten_passwords.mjs';
import { late } from './late.mjs';
import { links } from './links.mjs';
import { passkeys } from './passkeys.mjs';
import { passwords } from './passwords.mjs';
import { requiredAttributes } from './required_attributes.mjs';
import { secondFactors } from './second_factors.mjs';
import { sessions } from './sessions.mjs';
import { settingUp } from './set_up_factors.mjs';
import { signUp } from './sign_up.mjs';
import { serveApplications } from './site.mjs';

/**
 * Who opens the pages of which look. Each topic has users of its own, and is walked by each of them. Both looks have one
 * script and one markup, so that one look is walked without JavaScript.
 */
const VISITS = [
  { look: 'managed', javaScriptEnabled: true },
  { look: 'managed', javaScriptEnabled: false },
  { look: 'classic', javaScriptEnabled: true },
];
const TOPICS = [sessions, passwords, secondFactors, signUp, forgottenPasswords];
const called = ({ look, javaScriptEnabled }) => `${look} pages ${javaScriptEnabled ? 'with' : 'without'} JavaScript`;

const site = await serveApplications(given.managed);
let browser;
try {
  browser = await launch(given.browser, given.certificate);
  await withAmplify(browser, site);
  await withOidcClient(browser, site);
  for (const visit of VISITS) {
    console.log(`# ${called(visit)}`);
    for (const topic of TOPICS) await topic(browser, given[visit.look], visit);
  }
  console.log('# pools whose users choose, set up second factors, and have passkeys');
  await passkeys(browser);
  const bothWays = [{ javaScriptEnabled: true }, { javaScriptEnabled: false }];
  for (const options of bothWays) {
    await settingUp(browser, options);
    await firstFactors(browser, options);
    await links(browser, options);
    await requiredAttributes(browser, options);
  }
  // The last, since it moves the server's clock: tokens are then from the future for the applications' libraries.
  for (const visit of VISITS) {
    console.log(`# a day late: ${called(visit)}`);
    await late(browser, visit);
  }
} finally {
  await browser?.close();
  site.close();
}
done();
