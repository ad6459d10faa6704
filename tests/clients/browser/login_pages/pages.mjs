// A walk through the previews.

import assert from 'node:assert/strict';

/**
 * Opens each page with this look and language, and calls `check` with it. Whatever is amiss on any of them: what
 * `check` returns, what the page logs, and what its policy forbids.
 */
export async function eachPage(browser, { names, address }, { scheme = 'light', width, language = 'en' }, check) {
  const context = await browser.newContext({
    viewport: { width, height: 800 }, colorScheme: scheme, reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const faults = [];
  let name;
  const fault = (text) => faults.push(`${name}: ${text}`);
  page.on('console', (message) => {
    // A violation of the policy is an error there.
    if (['error', 'warning'].includes(message.type())) fault(message.text());
  });
  page.on('pageerror', (error) => fault(String(error)));
  page.on('requestfailed', (request) => fault(`${request.url()}: ${request.failure()?.errorText}`));
  for (name of names) {
    const answer = await page.goto(address(name, language));
    assert.equal(answer.status(), 200, name);
    assert.match(answer.headers()['content-security-policy'] ?? '', /^default-src 'none';/, name);
    assert.equal(await page.locator('html').getAttribute('lang'), language, name);
    for (const text of await check(page)) fault(text);
  }
  await context.close();
  return faults;
}
