// What is checked on each page. A check returns a line for each fault.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Every rule that axe has, and what it does not look for unless asked: the sizes of WCAG 2.2. */
export async function accessibleFaults(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run(document, {
    // Style sheets are fetched for rules about other media, which a policy may forbid; there are none of those.
    preload: false,
    resultTypes: ['violations'],
    rules: { 'target-size': { enabled: true } },
  }));
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} (${help}): ${target}: ${failureSummary}`));
}

/** Nothing is wider than the window. */
export function fits(page) {
  return page.evaluate(() => {
    const wide = document.documentElement.scrollWidth;
    if (wide <= innerWidth) return [];
    const over = [...document.querySelectorAll('body *')].filter((element) =>
      element.getBoundingClientRect().right > innerWidth);
    return [`${wide} pixels wide because of ${over.map((element) => element.outerHTML.slice(0, 80)).join(' and ')}`];
  });
}

/** A finger needs 44 pixels. A link within a text, or in a list of what is wrong, is as high as its line. */
export function touchable(page) {
  return page.evaluate(() => {
    const controls = document.querySelectorAll('button, input:not([type=hidden]), textarea, select, summary, a');
    return [...controls].flatMap((control) => {
      const { width, height } = control.getBoundingClientRect();
      const isUnseen = width === 0 || height === 0;
      const isAlone = control.parentElement.textContent.trim() === control.textContent.trim();
      const isWithinText = control.matches('a') && (!isAlone || control.closest('.alert'));
      if (isUnseen || isWithinText || height >= 44) return [];
      return [`${height.toFixed(1)} pixels high: ${control.outerHTML.slice(0, 100)}`];
    });
  });
}

/**
 * With Tab alone the focus goes once to each thing that can be used, in the order in which they are seen, is visible
 * where it is, and comes to the button that sends the form.
 */
export async function keyboard(page) {
  const expected = await page.evaluate(() => {
    const controls = document.querySelectorAll('a[href], button, input:not([type=hidden]), textarea, select, summary');
    const seen = [...controls].filter((control) => !control.disabled && control.getClientRects().length > 0);
    seen.forEach((control, number) => control.setAttribute('data-order', number));
    // Focus begins at the page and not at the field that has it already.
    window.first = document.activeElement === document.body ? null : document.activeElement.dataset.order;
    return seen.map((control) => control.outerHTML.slice(0, 90));
  });
  const faults = [];
  const first = await page.evaluate('window.first');
  if (first !== null && !/^<(input|textarea)/.test(expected[first] ?? '')) {
    faults.push(`the focus is first on ${expected[first]}`);
  }
  if (!expected.some((control) => control.startsWith('<button') || control.startsWith('<a'))) {
    faults.push('there is nothing to go on with');
  }
  await page.evaluate('document.activeElement.blur(); getSelection().removeAllRanges(); scrollTo(0, 0)');
  // Chromium goes on from where the focus was: an element at the beginning takes it first.
  await page.evaluate(() => {
    const start = document.createElement('span');
    start.tabIndex = -1;
    document.body.prepend(start);
    start.focus();
  });
  const reached = [];
  for (let presses = 0; presses < 3 * expected.length + 3; presses++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const { activeElement } = document;
      if (!activeElement || activeElement === document.body || activeElement.tabIndex < 0) return null;
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(activeElement);
      const isMarked = (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none';
      return { order: Number(activeElement.dataset.order), isMarked };
    });
    if (!at) break;
    // The parts of a date have the focus one after the other.
    if (reached.at(-1) === at.order) continue;
    // Round again: the browser's own window has nothing to be focused between the last one and the first.
    if (reached.includes(at.order)) break;
    reached.push(at.order);
    if (!at.isMarked) faults.push(`the focus is not seen on ${expected[at.order]}`);
  }
  for (const [number, control] of expected.entries()) {
    if (!reached.includes(number)) faults.push(`Tab does not reach ${control}`);
  }
  if (reached.some((number, index) => number !== index)) faults.push(`Tab goes ${reached}`);
  return faults;
}
