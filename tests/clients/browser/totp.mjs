// A pool where everybody needs a second factor: the Authenticator has its user set up TOTP.

import assert from 'node:assert/strict';

import { Secret, TOTP } from 'otpauth';

import { enterPassword, resetPassword, signOut, signUpAndConfirm } from './authenticator.mjs';
import { readQrCode } from './qr_code.mjs';
import { Screen } from './screen.mjs';

const ada = { email: 'ada@example.com', password: 'Corr3ct-Horse!' };

export async function totp(browser, address) {
  const screen = await Screen.open(browser, address);
  await signUpAndConfirm(screen, ada);
  await screen.step('sign out', () => signOut(screen));

  await screen.step('a wrong password is refused', async () => {
    await enterPassword(screen, { ...ada, password: 'Wr0ng-Horse!' });
    await screen.alert('Incorrect username or password.');
  });
  const generator = await screen.step('sign in, which asks to set up TOTP', async () => {
    await enterPassword(screen, ada);
    await screen.heading('Setup TOTP');
    const picture = screen.page.getByRole('img', { name: 'qr code' });
    await picture.waitFor();
    const secret = await screen.page.locator('[data-amplify-copy] > div').first().innerText();
    assert.match(secret, /^[A-Z2-7]{32,}$/);
    assert.equal(new URL(await readQrCode(picture)).searchParams.get('secret'), secret);
    return new TOTP({ secret: Secret.fromBase32(secret) });
  });
  await screen.step('a wrong code sets up nothing', async () => {
    await screen.fill('Code *', wrong(generator));
    await screen.press('Confirm');
    await screen.alert('Code mismatch');
  });
  const begun = Date.now();
  const first = generator.generate({ timestamp: begun });
  await screen.step('a right one does, and signs in', async () => {
    await screen.fill('Code *', first);
    await screen.press('Confirm');
    await screen.heading(`Hello ${ada.email}`);
  });
  await screen.step('TOTP is switched on', async () => {
    const { enabled } = await screen.auth(({ fetchMFAPreference }) => fetchMFAPreference());
    assert.deepEqual(enabled, ['TOTP']);
  });

  await screen.step('sign out', () => signOut(screen));
  await screen.step('sign in, which asks for a code', async () => {
    await enterPassword(screen, ada);
    await screen.heading('Confirm TOTP Code');
  });
  await screen.step('the code of the set-up is refused', async () => {
    await screen.fill('Code *', first);
    await screen.press('Confirm');
    await screen.alert('Your software token has already been used once.');
  });
  await screen.step('the next code signs in', async () => {
    // A code is good from one step of 30 seconds before its own until one after it: no need to wait.
    await screen.fill('Code *', generator.generate({ timestamp: begun + 30_000 }));
    await screen.press('Confirm');
    await screen.heading(`Hello ${ada.email}`);
  });
  await screen.step('the page still knows its user after it is loaded again', async () => {
    await screen.page.reload();
    await screen.heading(`Hello ${ada.email}`);
  });
  await screen.step('sign out', () => signOut(screen));

  const renewed = { ...ada, password: 'Batt3ry-Staple!' };
  await resetPassword(screen, renewed);
  await screen.step('the new password does not replace the code', async () => {
    await enterPassword(screen, renewed);
    await screen.heading('Confirm TOTP Code');
  });
  await screen.close();
}

/** Six digits that are no code of the minutes around now. */
function wrong(generator) {
  const near = [-3, -2, -1, 0, 1, 2, 3].map((steps) =>
    generator.generate({ timestamp: Date.now() + steps * 30_000 }),
  );
  return ['000000', '111111', '222222', '333333', '444444', '555555', '666666', '777777'].find(
    (code) => !near.includes(code),
  );
}
