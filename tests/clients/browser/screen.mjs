// The page as its user has it: fields and buttons by the names they are shown under. What a step
// needs is waited for by its appearance, never by time.

import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { chromium } from 'playwright-core';

import { step } from '../journey.mjs';

/** How long the browser waits for what a step expects to see. */
const PATIENCE_MS = 30_000;

/**
 * A Chromium that reaches nothing but this machine. It trusts the certificate in the file, if one is named, as
 * if its user had told it to: a page with a fault that was waved through would have no passkeys.
 */
export function launch(executablePath, certificate) {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1',
      ...(certificate ? [`--ignore-certificate-errors-spki-list=${keyHash(certificate)}`] : []),
    ],
  });
}

/** The hash of the certificate's key, in the form that Chromium takes. */
function keyHash(certificate) {
  const { publicKey } = new X509Certificate(readFileSync(certificate));
  const key = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('base64');
}

/** One page of a browser profile of its own, and what it said so far. */
export class Screen {
  constructor(page, said) {
    this.page = page;
    this.said = said;
  }

  /** Opens the address in a profile of its own, which may be without JavaScript. */
  static async open(browser, address, { javaScriptEnabled = true } = {}) {
    const context = await browser.newContext({ javaScriptEnabled });
    context.setDefaultTimeout(PATIENCE_MS);
    return Screen.inProfile(context, address);
  }

  /** Another tab of the same profile. */
  beside(address) {
    return Screen.inProfile(this.page.context(), address);
  }

  static async inProfile(context, address) {
    const page = await context.newPage();
    const said = { lines: [], faults: [] };
    page.on('console', (message) => {
      said.lines.push(`console.${message.type()}: ${message.text()}`);
      // The browser's own line for each answer that is not 2xx; refusals are part of the journey.
      const isRefusal = message.text().startsWith('Failed to load resource: the server responded');
      if (message.type() === 'error' && !isRefusal) said.faults.push(message.text());
    });
    page.on('pageerror', (error) => {
      said.lines.push(`uncaught: ${error.stack ?? error}`);
      said.faults.push(String(error));
    });
    page.on('response', async (response) => {
      const operation = response.request().headers()['x-amz-target']?.split('.').pop();
      if (!operation) return;
      const refusal = response.ok() ? '' : await response.text().catch(() => '');
      said.lines.push(`${operation}: ${response.status()} ${refusal}`);
    });
    page.on('requestfailed', (request) => {
      said.lines.push(`no answer from ${request.url()}: ${request.failure()?.errorText}`);
    });
    await page.goto(address);
    return new Screen(page, said);
  }

  /** A step of the journey; where it fails, what the page shows and said goes to standard error. */
  async step(name, work) {
    try {
      return await step(name, work);
    } catch (error) {
      const text = await this.page.locator('body').innerText({ timeout: 2_000 }).catch(String);
      console.error(`--- "${name}" failed at ${this.page.url()}; the page shows:\n${text}`);
      console.error(`--- and said:\n${this.said.lines.slice(-40).join('\n')}\n---`);
      throw error;
    }
  }

  heading(name) {
    return this.page.getByRole('heading', { name, exact: true }).waitFor();
  }

  tab(name) {
    return this.page.getByRole('tab', { name, exact: true }).click();
  }

  fill(label, text) {
    return this.page.getByLabel(label, { exact: true }).fill(text);
  }

  press(name) {
    return this.page.getByRole('button', { name, exact: true }).click();
  }

  /** Follows a link. */
  follow(name) {
    return this.page.getByRole('link', { name, exact: true }).click();
  }

  /** Waits until the page alerts its user with this text. */
  alert(text) {
    return this.page.getByRole('alert').filter({ hasText: text }).waitFor();
  }

  /** Runs `work` in the page, given Amplify's functions and `input`; answers with what it returns. */
  auth(work, input) {
    return this.page.evaluate(`(${work})(window.auth, ${JSON.stringify(input)})`);
  }

  /** Asserts that `work` in the page fails with an error of this name and text. */
  async authFails(name, message, work, input) {
    const error = await this.auth(work, input).then(() => undefined, (reason) => reason);
    assert.ok(error, `expected ${name}`);
    assert.ok(error.message.includes(`${name}: ${message}`), error.message);
  }

  /** Closes the tab, which must have logged no error and thrown none; the profile stays. */
  async closeTab() {
    assert.deepEqual(this.said.faults, []);
    await this.page.close();
  }

  /** Closes the profile. The page must have logged no error and thrown none. */
  async close() {
    assert.deepEqual(this.said.faults, []);
    await this.page.context().close();
  }
}
