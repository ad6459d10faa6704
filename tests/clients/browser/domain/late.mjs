// Pages that somebody opens and comes back to a day later, when what they wait for has ended.

import assert from 'node:assert/strict';

import { given, step } from '../../journey.mjs';
import { AuthenticatorApp } from './authenticator_app.mjs';
import { FORMS } from './late_forms.mjs';
import { FACTORS } from './late_factors.mjs';
import { PASSKEYS } from './late_passkeys.mjs';
import { openedLate } from './links.mjs';

const DAY_AND_HOUR = 25 * 3600;

/** Moves the server's clock, which is ahead of everybody's afterwards but for those of authenticator apps. */
export async function late(browser, visit) {
  const returns = [];
  // Each opens a page and answers with what its user does there a day later.
  for (const open of pages(visit)) returns.push(await open(browser, given[visit.look], visit));
  await step('a day passes', async () => {
    const moved = await fetch(new URL('/_cognate/clock', given.endpoint), {
      method: 'POST', body: JSON.stringify({ advanceSeconds: DAY_AND_HOUR }),
    });
    assert.ok(moved.ok, `the clock: ${moved.status}`);
    AuthenticatorApp.moveClocks(DAY_AND_HOUR);
  });
  for (const comeBack of returns) await comeBack();
}

/** Those of a pool with the look, and those that only managed login has, which belong to pools of their own. */
function pages({ look, javaScriptEnabled }) {
  if (look === 'classic') return FORMS;
  return [...FORMS, openedLate, ...FACTORS, ...(javaScriptEnabled ? PASSKEYS : [])];
}
