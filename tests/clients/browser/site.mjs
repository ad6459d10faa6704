// The application that the journey walks through, bundled in memory and served on loopback.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

const file = (name) => fileURLToPath(new URL(name, import.meta.url));

const types = { html: 'text/html', js: 'text/javascript', css: 'text/css' };

/** Bundles `app.jsx` and serves it. */
export async function serveSite() {
  const contents = new Map([
    ['/', { type: types.html, body: await readFile(file('index.html')) }],
    ...await bundle(file('app.jsx')),
  ]);
  return serve(contents);
}

/** The files that a browser needs of a program, by their paths. */
export async function bundle(entry) {
  const { outputFiles } = await build({
    entryPoints: [entry],
    outdir: file('.'),
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'warning',
  });
  return outputFiles.map(({ path, contents: body }) => [
    `/${basename(path)}`,
    { type: types[path.split('.').pop()], body },
  ]);
}

/**
 * Serves files, by their paths. `address` has the host `localhost`, which browsers trust without TLS, as
 * passkeys and PKCE need it.
 */
export async function serve(contents, port = 0) {
  const server = createServer((request, response) => {
    const found = contents.get(new URL(request.url, 'http://localhost').pathname);
    response.writeHead(found ? 200 : 404, {
      'content-type': `${found?.type ?? 'text/plain'}; charset=utf-8`,
    });
    response.end(found?.body ?? 'There is nothing here');
  });
  await new Promise((listening) => server.listen(port, '127.0.0.1', listening));
  return {
    address: `http://localhost:${server.address().port}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
