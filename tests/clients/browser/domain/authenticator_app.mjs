// An authenticator app on somebody's phone.

import assert from 'node:assert/strict';

import { Secret, TOTP, URI } from 'otpauth';

import { readQrCode } from '../qr_code.mjs';

const STEP_MS = 30_000;

/** How far the clocks of all phones are ahead of the machine's. */
let aheadMs = 0;
const now = () => Date.now() + aheadMs;

/** It gives no code twice: the server would refuse it. */
export class AuthenticatorApp {
  #generator;
  #last = 0;

  /** Moves the clocks of all phones, as the server's is moved. */
  static moveClocks(seconds) {
    aheadMs += seconds * 1000;
  }

  constructor(secret) {
    /** In base 32. */
    this.secret = secret;
    this.#generator = new TOTP({ secret: Secret.fromBase32(secret) });
  }

  /** The app that has scanned what the page shows, which says whose account it is. */
  static async scans(screen, { username }) {
    const text = await readQrCode(screen.page.getByRole('img', { name: 'QR code for the authenticator app' }));
    const { label, secret, algorithm, digits, period } = URI.parse(text);
    assert.deepEqual([label, algorithm, digits, period], [username, 'SHA1', 6, 30]);
    return new AuthenticatorApp(secret.base32);
  }

  /** A code of now, or else of the step after, which is good already. */
  code() {
    this.#last = Math.max(this.#last + 1, Math.floor(now() / STEP_MS));
    return this.#generator.generate({ timestamp: this.#last * STEP_MS });
  }

  /** Six digits that are no code of the minutes around now. */
  wrong() {
    const near = [-3, -2, -1, 0, 1, 2, 3].map((steps) =>
      this.#generator.generate({ timestamp: now() + steps * STEP_MS }));
    return ['000000', '111111', '222222', '333333', '444444', '555555', '666666', '777777'].find(
      (code) => !near.includes(code));
  }
}
