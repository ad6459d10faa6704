// Takes the pictures of ./screenshots, and tries what a script of the pages does.
// Arguments: the server's binary, the browser, the folder for the pictures.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { launch } from './browser/screen.mjs';
import { caller, startServer } from './development_server.mjs';

const [binary, browserPath, folder] = process.argv.slice(2);
const password = 'Corr3ct-Horse!';
const longAddress =
  'maximiliane.alexandra-theodora.von-hohenberg+newsletter-2027@accounts.customer-relations.example.com';

/** Has the server send one message of each kind that an application usually sees. */
async function sendMessages(endpoint) {
  const call = caller(endpoint);
  const [starter] = (await call('ListUserPools', { MaxResults: 1 })).UserPools;
  const pool = { UserPoolId: starter.Id };
  const [client] = (await call('ListUserPoolClients', pool)).UserPoolClients;
  const app = { ClientId: client.ClientId };
  const codeOf = async (to) => {
    const query = new URLSearchParams({ to });
    const [message] = await (await fetch(`${endpoint}/_cognate/inbox.json?${query}`)).json();
    return message.code;
  };

  for (const address of ['ada@example.com', longAddress]) {
    await call('SignUp', { ...app, Username: address, Password: password });
  }
  const ada = { ...app, Username: 'ada@example.com' };
  await call('ConfirmSignUp', { ...ada, ConfirmationCode: await codeOf('ada@example.com') });
  await call('AdminCreateUser', { ...pool, Username: 'grace@example.com' });
  const { AuthenticationResult: tokens } = await call('InitiateAuth', {
    ...app,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: 'ada@example.com', PASSWORD: password },
  });
  await call('UpdateUserAttributes', {
    AccessToken: tokens.AccessToken,
    UserAttributes: [{ Name: 'email', Value: 'ada.king@example.org' }],
  });

  const { UserPool: mobile } = await call('CreateUserPool', {
    PoolName: 'Field service, mobile application',
    AutoVerifiedAttributes: ['phone_number'],
    UsernameAttributes: ['phone_number'],
    SmsVerificationMessage: 'Field service: {####} is your code. Do not pass it on.',
  });
  const { UserPoolClient: phone } = await call('CreateUserPoolClient', {
    UserPoolId: mobile.Id,
    ClientName: 'Android and iOS',
  });
  await call('CreateUserPoolClient', {
    UserPoolId: mobile.Id,
    ClientName: 'Back office',
    GenerateSecret: true,
  });
  const user = { ClientId: phone.ClientId, Username: '+15555550100' };
  await call('SignUp', { ...user, Password: password });
}

async function until(what, holds) {
  for (let tries = 0; tries < 100; tries++) {
    if (await holds()) return;
    await sleep(100);
  }
  assert.fail(`this did not happen: ${what}`);
}

/** A page that counts everything that it should not do as a fault. */
async function open(browser, { width, scheme, faults, script = true }) {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: scheme,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    javaScriptEnabled: script,
  });
  const page = await context.newPage();
  const fault = (text) => faults.push(`${page.url()} (${width}, ${scheme}): ${text}`);
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) fault(message.text());
  });
  page.on('pageerror', (error) => fault(String(error)));
  page.on('requestfailed', (request) => {
    // A poll is cut off when the page is left.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') {
      fault(`${request.url()}: ${request.failure()?.errorText}`);
    }
  });
  return { page, fault, close: () => context.close() };
}

async function takePicture(browser, endpoint, { name, path, width, scheme, faults }) {
  const { page, fault, close } = await open(browser, { width, scheme, faults });
  await page.goto(endpoint + path);
  await page.waitForFunction(() => document.querySelector('time')?.title.endsWith('UTC'));
  const [wide, window] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    innerWidth,
  ]);
  if (wide > window) {
    const widest = await page.evaluate(() =>
      [...document.querySelectorAll('body *')]
        .filter((element) => element.getBoundingClientRect().right > innerWidth)
        .map((element) => element.outerHTML.slice(0, 100)),
    );
    fault(`${wide} pixels wide because of ${widest.join(' and ')}`);
  }
  const file = join(folder, `${name}-${width}-${scheme}.png`);
  await page.screenshot({ path: file, fullPage: true });
  console.log(file);
  await close();
}

/** Types into the filter, follows a recipient, and clears; with the keyboard where that is usual. */
async function tryInbox(browser, endpoint, faults) {
  const { page, close } = await open(browser, { width: 1280, scheme: 'light', faults });
  const messages = page.locator('#messages > li');
  await page.goto(`${endpoint}/_cognate/inbox`);
  const all = await messages.count();
  assert(all >= 5, `only ${all} messages`);

  await page.getByLabel('Filter').fill('FIELD service');
  await until('the filter narrows the list', async () => (await messages.count()) === 1);
  assert(page.url().endsWith('?q=FIELD+service'), page.url());
  assert.equal(await page.getByRole('button', { name: /^Clear/ }).count(), 0);
  await page.reload();
  assert.equal(await messages.count(), 1);
  await page.getByRole('link', { name: 'End the filter' }).click();
  assert.equal(await messages.count(), all);

  await page.getByLabel('Filter').fill('grace@example.com');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/inbox?to=grace%40example.com');
  assert.equal(await messages.count(), 1);
  await page.getByRole('button', { name: 'Clear these' }).press('Enter');
  await page.getByText('No message fits.').waitFor();
  await page.getByRole('link', { name: 'Show all' }).click();
  assert.equal(await messages.count(), all - 1);

  // A message that comes while the page is open appears in it, and takes away no focus.
  await page.getByRole('link', { name: 'ada@example.com' }).focus();
  const pools = await caller(endpoint)('ListUserPools', { MaxResults: 10 });
  const starter = pools.UserPools.find((pool) => pool.Name === 'starter');
  await caller(endpoint)('AdminCreateUser', {
    UserPoolId: starter.Id,
    Username: 'hedy@example.com',
  });
  await page.getByRole('link', { name: 'hedy@example.com' }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'ada@example.com');
  await page.getByRole('button', { name: 'Clear all' }).click();
  await page.getByText('No message yet.').waitFor();
  await close();
}

/** Without scripts the filter and the button work too, and times are in UTC. */
async function tryWithoutScripts(browser, endpoint, faults) {
  const options = { width: 400, scheme: 'light', faults, script: false };
  const { page, close } = await open(browser, options);
  await page.goto(`${endpoint}/_cognate/inbox`);
  assert.match(await page.locator('time').first().textContent(), / UTC$/);
  await page.getByLabel('Filter').fill('grace');
  await page.getByRole('button', { name: 'Filter' }).click();
  assert.equal(await page.locator('#messages > li').count(), 1);
  await page.getByRole('link', { name: 'grace@example.com' }).click();
  await page.getByRole('button', { name: 'Clear these' }).waitFor();
  await close();
}

await mkdir(folder, { recursive: true });
const faults = [];
let server;
let browser;
try {
  server = await startServer(binary);
  await sendMessages(server.endpoint);
  browser = await launch(browserPath);
  const pictures = async (name, path) => {
    for (const width of [1280, 400]) {
      for (const scheme of ['light', 'dark']) {
        await takePicture(browser, server.endpoint, { name, path, width, scheme, faults });
      }
    }
  };
  await pictures('overview', '/');
  await pictures('inbox', '/_cognate/inbox');
  await tryWithoutScripts(browser, server.endpoint, faults);
  await fetch(`${server.endpoint}/_cognate/clock`, {
    method: 'POST',
    body: JSON.stringify({ advanceSeconds: 86400 }),
  });
  await pictures('inbox-of-one', `/_cognate/inbox?to=${encodeURIComponent(longAddress)}`);
  await tryInbox(browser, server.endpoint, faults);
} finally {
  await browser?.close();
  await server?.stop();
}
for (const fault of faults) console.error(`fault: ${fault}`);
process.exitCode = faults.length > 0 ? 1 : 0;
