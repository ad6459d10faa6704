// An authenticator app, as a user has it on the phone.

import { setTimeout as sleep } from 'node:timers/promises';

import { Secret, TOTP } from 'otpauth';

const STEP_SECONDS = 30;
/** A code is not given so late that it would be too old when the server looks at it. */
const ON_THE_WAY_SECONDS = 5;

export class Authenticator {
  #totp;
  #last = -Infinity;

  /** @param {string} secret what AssociateSoftwareToken answered, in base 32 */
  constructor(secret) {
    this.#totp = new TOTP({ secret: Secret.fromBase32(secret), period: STEP_SECONDS, digits: 6 });
  }

  /**
   * A code that was not given before. The server takes those of the step before, of this and of the
   * next one, each once and in this order, so that three in a row need no waiting for another step.
   */
  async code() {
    for (;;) {
      const now = Date.now() / 1000;
      const oldest = Math.floor((now + ON_THE_WAY_SECONDS) / STEP_SECONDS) - 1;
      const step = Math.max(this.#last + 1, oldest);
      if (step <= Math.floor(now / STEP_SECONDS) + 1) {
        this.#last = step;
        return this.#at(step);
      }
      await sleep(250);
    }
  }

  /** The code that was given last. */
  used() {
    return this.#at(this.#last);
  }

  /** A code of no step anywhere near. */
  wrong() {
    const now = Math.floor(Date.now() / 1000 / STEP_SECONDS);
    const near = [-3, -2, -1, 0, 1, 2, 3].map((distance) => this.#at(now + distance));
    return [0, 1, 2, 3, 4, 5, 6, 7].map((digit) => `${digit}`.repeat(6)).find((code) => !near.includes(code));
  }

  #at(step) {
    return this.#totp.generate({ timestamp: step * STEP_SECONDS * 1000 });
  }
}
