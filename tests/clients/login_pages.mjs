// Takes the pictures of the login pages, of which ./screenshots keeps one file per page in docs/login-pages, so
// that a changed page changes one file.
// Arguments: the server's binary, the browser, the folder for the pictures, the folder for single pictures.

import assert from 'node:assert/strict';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { launch } from './browser/screen.mjs';
import { caller, startServer } from './development_server.mjs';
import { descriptions, page as readme } from './login_pages_readme.mjs';
import { previews } from './previews.mjs';

const [binary, browserPath, folder, singles] = process.argv.slice(2);

/** The languages of the pictures, and the browser's own, in which it shows dates. */
const LOCALES = { en: 'en-GB', ja: 'ja-JP' };
/** Of the wide window only the middle is kept: the card, and a little of what is around it. */
const MIDDLE = 480;
const LOOKS = [
  { name: 'light', width: 1280, scheme: 'light' },
  { name: 'dark', width: 1280, scheme: 'dark' },
  { name: 'narrow', width: 360, scheme: 'light' },
];
const HEIGHT = 640;
/** Small enough for a repository, and still legible. */
const SCALE = 0.8;
const LIMIT_BYTES = 5_000_000;

/**
 * Has no field focused at first. The browser draws its ring with the page or over it, as it happens, and the corners
 * differ by a shade, by which git would find the picture changed.
 */
async function withoutFocus(page) {
  await page.route('**/preview/*', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()).replaceAll(' autofocus', '') });
  });
}

/** A picture of each page in this look and language, by the page's name; what is amiss goes to `faults`. */
async function pictures(browser, { names, address }, look, language, faults) {
  const context = await browser.newContext({
    viewport: { width: look.width, height: HEIGHT },
    colorScheme: look.scheme,
    locale: LOCALES[language],
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await withoutFocus(page);
  const fault = (text) => faults.push(`${page.url()} (${look.name}): ${text}`);
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) fault(message.text());
  });
  page.on('pageerror', (error) => fault(String(error)));
  const taken = new Map();
  for (const name of names) {
    const answer = await page.goto(address(name, language));
    assert.equal(answer.status(), 200, name);
    const shown = await page.evaluate(() => [document.documentElement.lang, document.documentElement.scrollWidth]);
    assert.equal(shown[0], language, name);
    if (shown[1] > look.width) fault(`${shown[1]} pixels wide`);
    const height = await page.evaluate('document.documentElement.scrollHeight');
    const width = Math.min(MIDDLE, look.width);
    const picture = await page.screenshot({
      fullPage: true, clip: { x: (look.width - width) / 2, y: 0, width, height },
    });
    await writeFile(join(singles, `${name}-${language}-${look.name}.png`), picture);
    taken.set(name, picture);
  }
  await context.close();
  return taken;
}

/** The pictures beside each other, and each row below the other, as WebP, which the browser can write. */
async function together(page, rows) {
  const data = await page.evaluate(async ({ given, scale }) => {
    const gap = 12;
    const load = async (base64) => {
      const image = new Image();
      image.src = `data:image/png;base64,${base64}`;
      await image.decode();
      return { image, width: Math.round(image.width * scale), height: Math.round(image.height * scale) };
    };
    const all = await Promise.all(given.map((row) => Promise.all(row.map(load))));
    const wide = (row) => row.reduce((sum, { width }) => sum + width + gap, gap);
    const high = (row) => Math.max(...row.map(({ height }) => height)) + gap;
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(...all.map(wide));
    canvas.height = all.reduce((sum, row) => sum + high(row), gap);
    const drawing = canvas.getContext('2d');
    drawing.imageSmoothingQuality = 'high';
    drawing.fillStyle = '#8a8f98';
    drawing.fillRect(0, 0, canvas.width, canvas.height);
    let y = gap;
    for (const row of all) {
      let x = gap;
      for (const { image, width, height } of row) {
        drawing.drawImage(image, x, y, width, height);
        x += width + gap;
      }
      y += high(row);
    }
    return canvas.toDataURL('image/webp', 0.72);
  }, { scale: SCALE, given: rows.map((row) => row.map((picture) => picture.toString('base64'))) });
  const [kind, base64] = data.split(',');
  assert.equal(kind, 'data:image/webp;base64', 'the browser writes no WebP');
  return Buffer.from(base64, 'base64');
}

await mkdir(folder, { recursive: true });
await mkdir(singles, { recursive: true });
const faults = [];
let server;
let browser;
try {
  server = await startServer(binary);
  const found = await previews(server.endpoint, caller(server.endpoint));
  descriptions(found.names);
  browser = await launch(browserPath);
  const rows = [];
  for (const language of Object.keys(LOCALES)) {
    const row = [];
    for (const look of LOOKS) row.push(await pictures(browser, found, look, language, faults));
    rows.push(row);
  }
  // A page that there is no more has no picture.
  for (const file of await readdir(folder)) {
    if (file.endsWith('.webp')) await rm(join(folder, file));
  }
  const page = await browser.newPage();
  let bytes = 0;
  for (const name of found.names) {
    const file = join(folder, `${name}.webp`);
    await writeFile(file, await together(page, rows.map((row) => row.map((look) => look.get(name)))));
    bytes += (await stat(file)).size;
  }
  await writeFile(join(folder, 'README.md'), readme(found.names));
  console.log(`${folder}: ${found.names.length} pages, ${Math.round(bytes / 1000)} kB`);
  if (bytes > LIMIT_BYTES) faults.push(`the pictures have ${bytes} bytes, which is more than ${LIMIT_BYTES}`);
} finally {
  await browser?.close();
  await server?.stop();
}
for (const fault of faults) console.error(`fault: ${fault}`);
process.exitCode = faults.length > 0 ? 1 : 0;
