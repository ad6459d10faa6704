// Every preview of a login page in headless Chromium: axe finds no fault, nothing is too wide or too small to be
// touched, the policy of the page forbids nothing that it needs, and the keyboard suffices.

import assert from 'node:assert/strict';

import { administrator, done, given, step } from '../../journey.mjs';
import { previews } from '../../previews.mjs';
import { launch } from '../screen.mjs';
import { accessibleFaults, fits, keyboard, touchable } from './checks.mjs';
import { branded, classic } from './looks.mjs';
import { eachPage } from './pages.mjs';

const LOOKS = [
  { scheme: 'light', width: 1280 },
  { scheme: 'dark', width: 1280 },
  { scheme: 'light', width: 360 },
  { scheme: 'dark', width: 360 },
];
/** Those of pages whose layout is the same, and whose colours are not. */
const OTHER_LOOKS = [{ scheme: 'light', width: 1280 }, { scheme: 'dark', width: 360 }];
/** What a window of 1280 pixels has left for a page that is enlarged to 400 %. */
const NARROWEST = 320;
/** The languages with the longest words, with words that are found by meaning, and with syllables. */
const WRAPPED = ['en', 'de', 'ja', 'ko'];

const browser = await launch(given.browser);
const failed = [];
try {
  const starter = await previews(given.endpoint, administrator);
  /** Tells of each fault on any page, and goes on: who changes a style wants to know all that it does. */
  const check = async (name, look, of, found = starter) => {
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
  for (const [whose, found] of [
    ['the classic pages', await classic(given.endpoint, administrator)],
    ['pages with a branding', await branded(given.endpoint, administrator)],
  ]) {
    for (const { scheme, width } of OTHER_LOOKS) {
      const name = `axe finds no fault on ${whose} (${scheme}, ${width} pixels)`;
      await check(name, { scheme, width }, accessibleFaults, found);
    }
    await check(`none of ${whose} scrolls sideways at ${NARROWEST} pixels`, { width: NARROWEST }, fits, found);
  }
} finally {
  await browser.close();
}
assert.deepEqual(failed, []);
done();
