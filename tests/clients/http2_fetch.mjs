// Loaded before a client that runs in Node: gives it a fetch that speaks HTTP/2 with the server under
// test, since Node's own speaks HTTP/1.1. What is driven stays as it is. See tests/journeys.
//
// Over TLS both sides agree on HTTP/2 by ALPN; without TLS the client begins with it unasked.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:http2';

const given = JSON.parse(process.env.COGNATE_JOURNEY);
const { origin, protocol } = new URL(given.endpoint);
const expected = protocol === 'https:' ? 'h2' : 'h2c';
const ca = given.certificate ? readFileSync(given.certificate) : undefined;
const fetchElsewhere = globalThis.fetch;

let connection;
let answers = 0;

async function connected() {
  if (!connection || connection.closed || connection.destroyed) {
    connection = connect(origin, { ca });
    // A failure is thrown at the request that met it.
    connection.on('error', () => {});
    await once(connection, 'connect');
    // An open connection alone does not keep the program running.
    connection.unref();
  }
  return connection;
}

async function fetchOverHttp2(request) {
  const body = Buffer.from(await request.arrayBuffer());
  const session = await connected();
  const { pathname, search } = new URL(request.url);
  session.ref();
  try {
    const stream = session.request({
      ':method': request.method,
      ':path': pathname + search,
      ...Object.fromEntries(request.headers),
    });
    stream.end(body);
    const [headers] = await once(stream, 'response');
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    assert.equal(session.alpnProtocol, expected);
    answers += 1;
    const fields = Object.entries(headers).filter(([name]) => !name.startsWith(':'));
    return new Response(Buffer.concat(chunks), { status: headers[':status'], headers: fields });
  } finally {
    session.unref();
  }
}

globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  const isOurs = new URL(request.url).origin === origin;
  return isOurs ? fetchOverHttp2(request) : fetchElsewhere(input, init);
};

process.on('exit', (code) => {
  console.log(`# ${answers} answers came over HTTP/2 (${expected})`);
  if (code === 0 && answers === 0) process.exitCode = 1;
});
