// The application that the journey walks through, bundled in memory and served on loopback.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

const file = (name) => fileURLToPath(new URL(name, import.meta.url));

/**
 * Bundles `app.jsx` and serves it. `address` has the host `localhost`, which browsers trust without
 * TLS, as passkeys need it.
 */
export async function serveSite() {
  const { outputFiles } = await build({
    entryPoints: [file('app.jsx')],
    outdir: file('.'),
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'warning',
  });
  const types = { html: 'text/html', js: 'text/javascript', css: 'text/css' };
  const contents = new Map([
    ['/', { type: types.html, body: await readFile(file('index.html')) }],
    ...outputFiles.map(({ path, contents: body }) => [
      `/${basename(path)}`,
      { type: types[path.split('.').pop()], body },
    ]),
  ]);
  const server = createServer((request, response) => {
    const found = contents.get(new URL(request.url, 'http://localhost').pathname);
    response.writeHead(found ? 200 : 404, {
      'content-type': `${found?.type ?? 'text/plain'}; charset=utf-8`,
    });
    response.end(found?.body ?? 'There is nothing here');
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    address: `http://localhost:${server.address().port}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
