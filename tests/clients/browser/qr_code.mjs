// What a phone's camera makes of a page.

import assert from 'node:assert/strict';

import jsQr from 'jsqr';
import { PNG } from 'pngjs';

/** The text of the QR code that an element of the page shows. */
export async function readQrCode(element) {
  const { data, width, height } = PNG.sync.read(await element.screenshot());
  const found = jsQr(new Uint8ClampedArray(data), width, height);
  assert.ok(found, 'no QR code can be read there');
  return found.data;
}
