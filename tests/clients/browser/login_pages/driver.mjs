// Every preview of a login page in headless Chromium: axe finds no fault, nothing is too wide or too small to be
// touched, the policy of the page forbids nothing that it needs, and the keyboard suffices.

import assert from 'node:assert/strict';

import { administrator, done, given, step } from '../../journey.mjs';
import { previews } from '../../previews.mjs';
import { launch } from '../screen.mjs';
import { accessibleFaults, fits, keyboard, touchable } from './checks.mjs';
import { eachPage } from './pages.mjs';

const LOOKS = [
  { scheme: 'light', width: 1280 },
  { scheme: 'dark', width: 1280 },
  { scheme: 'light', width: 360 },
  { scheme: 'dark', width: 360 },
];
/** What a window of 1280 pixels has left for a page that is enlarged to 400 %. */
const NARROWEST = 320;
/** The languages with the longest words, with words that are found by meaning, and with syllables. */
const WRAPPED = ['en', 'de', 'ja', 'ko'];

const browser = await launch(given.browser);
const failed = [];
try {
  const found = await previews(given.endpoint, administrator);
  /** Tells of each fault on any page, and goes on: who changes a style wants to know all that it does. */
  const check = async (name, look, of) => {
    const faults = await eachPage(browser, found, look, of);
    if (faults.length === 0) return step(name, async () => {});
    failed.push(name);
    console.error(`not ok - ${name}: ${faults.length} faults\n${faults.join('\n')}`);
  };
  for (const { scheme, width } of LOOKS) {
    await check(`axe finds no fault (${scheme}, ${width} pixels)`, { scheme, width }, accessibleFaults);
  }
  await check('what can be touched is high enough for a finger', { width: 360 }, touchable);
  for (const language of WRAPPED) {
    const name = `no page scrolls sideways at ${NARROWEST} pixels (${language})`;
    await check(name, { width: NARROWEST, language }, fits);
  }
  await check('the keyboard reaches all in the order in which it is seen', { width: 1280 }, keyboard);
} finally {
  await browser.close();
}
assert.deepEqual(failed, []);
done();
