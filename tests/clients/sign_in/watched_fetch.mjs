// A fetch that notes what the client under test asks of the server, and what it is answered; import it
// before the client. Where the driver says so, it is told of each answer before the client sees it: that is
// when the driver kills the server.

import assert from 'node:assert/strict';

import { given } from '../journey.mjs';

const { origin } = new URL(given.endpoint);
const fetchUnwatched = globalThis.fetch;
const noted = [];
let nodes = 1;

globalThis.fetch = async (input, init) => {
  const request = new Request(input, init);
  if (new URL(request.url).origin !== origin) return fetchUnwatched(input, init);
  const asked = await request.clone().json();
  const response = await fetchUnwatched(request);
  const body = await response.arrayBuffer();
  const operation = request.headers.get('x-amz-target').split('.')[1];
  noted.push([asked.ChallengeName ?? asked.AuthFlow ?? operation, result(response, body)]);
  await tell();
  return new Response(body, { status: response.status, headers: response.headers });
};

function result(response, body) {
  const answered = JSON.parse(Buffer.from(body).toString());
  if (!response.ok) return answered.__type;
  return answered.ChallengeName ?? (answered.AuthenticationResult ? 'tokens' : 'ok');
}

async function tell() {
  if (!given.answered) return;
  const response = await fetchUnwatched(given.answered, {
    method: 'POST',
    signal: AbortSignal.timeout(90_000),
  });
  const answer = await response.text();
  assert.equal(response.status, 200, `the driver: ${answer}`);
  assert.equal(Number(answer), (nodes += 1), 'the server was killed once');
}

/**
 * What was asked and answered since it was called last, as pairs: the challenge that was answered, the
 * flow that was begun or the operation, and the challenge that came, `tokens`, `ok`, or an error's type.
 */
export function exchanged() {
  return noted.splice(0);
}
