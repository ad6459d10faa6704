// Amplify UI's Authenticator and aws-amplify in headless Chromium, unchanged, against a running
// server. `./test journeys` prepares what this needs; tests/browser_journey.py starts it.

import { done, given } from '../journey.mjs';
import { passkeys } from './passkeys.mjs';
import { launch } from './screen.mjs';
import { serveSite } from './site.mjs';
import { totp } from './totp.mjs';

const site = await serveSite();
let browser;
try {
  browser = await launch(given.browser);
  const address = ({ poolId, clientId }) => {
    const query = new URLSearchParams({ pool: poolId, client: clientId, endpoint: given.endpoint });
    return `${site.address}?${query}`;
  };
  await totp(browser, address(given.strict));
  await passkeys(browser, address(given.choice));
} finally {
  await browser?.close();
  site.close();
}
done();
