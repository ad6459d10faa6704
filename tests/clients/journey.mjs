// What a journey needs besides the client it drives: steps, the mailbox, and the driver that may
// kill the server between two steps. See tests/journeys for the other side.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the driver says about the server: endpoint, poolId or pools, mailFile, control, … */
export const given = JSON.parse(process.env.COGNATE_JOURNEY ?? '{}');

/** A journey that hangs ends here, with a message, before the driver ends it without one. */
const STEP_SECONDS = given.stepSeconds ?? 60;

let count = 0;

/**
 * One step of the journey. After it the driver may kill the server at once and start it again, so
 * whatever the step's last call was answered has to survive that.
 */
export async function step(name, work) {
  const outcome = await within(STEP_SECONDS, name, work());
  count += 1;
  console.log(`ok ${count} - ${name}`);
  await boundary(name);
  return outcome;
}

/** Says how many steps passed; call it last. */
export function done() {
  console.log(`1..${count}`);
}

async function boundary(name) {
  if (!given.control) return;
  const response = await fetch(given.control, {
    method: 'POST',
    body: JSON.stringify({ after: name }),
    signal: AbortSignal.timeout(90_000),
  });
  assert.equal(response.status, 200, `the driver at the end of "${name}": ${await response.text()}`);
}

async function within(seconds, name, promise) {
  const timer = new AbortController();
  const late = sleep(seconds * 1000, undefined, { signal: timer.signal }).then(
    () => {
      throw new Error(`"${name}" did not end within ${seconds} s`);
    },
    () => {},
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}

const used = new Set();

/**
 * Waits for a mail or text message to `to` with a code that was not handed out before, and returns
 * the code, of six digits or, in the place of a password, of eight. A message may come twice when the
 * server is killed while it sends, but a code is used once.
 */
export function codeFor(to) {
  return newIn(to, 'code', /\b\d{6}(\d{2})?\b/);
}

/** Waits for a mail to `to` with a link that was not handed out before, and returns its address. */
export async function linkFor(to) {
  return (await newIn(to, 'link', /(?<=href=")[^"]+/)).replaceAll('&amp;', '&');
}

async function newIn(to, what, form) {
  const deadline = Date.now() + (given.mailSeconds ?? 45) * 1000;
  for (;;) {
    for (const message of messages().filter((m) => m.recipients.includes(to)).reverse()) {
      const found = form.exec(message.body)?.[0];
      assert.ok(found, `no ${what} in the message to ${to}: ${message.body}`);
      if (used.has(found)) continue;
      used.add(found);
      return found;
    }
    assert.ok(Date.now() < deadline, `nothing new for ${to}; ${messages().length} messages in all`);
    await sleep(50);
  }
}

function messages() {
  return [given.mailFile, given.smsFile].filter(Boolean).flatMap((file) => {
    let text = '';
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
    return text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
  });
}

/** Asserts that `work` fails with an error of this name, the part of an error that is API. */
export async function fails(name, message, work) {
  try {
    await work();
  } catch (error) {
    assert.equal(error.name, name, `${error.name}: ${error.message}`);
    if (message) assert.equal(error.message, message);
    return;
  }
  assert.fail(`expected ${name}`);
}

/** A bare call of an operation that needs no signature, past the client under test. */
export async function bare(operation, input) {
  const response = await fetch(given.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
    },
    body: JSON.stringify(input),
    signal: AbortSignal.timeout(30_000),
  });
  return { status: response.status, body: await response.json() };
}

/** An administrator's call, which the driver signs. */
export async function administrator(operation, input) {
  const response = await fetch(`${given.administrator}/${operation}`, {
    method: 'POST',
    body: JSON.stringify(input),
    signal: AbortSignal.timeout(30_000),
  });
  const answer = await response.text();
  assert.equal(response.status, 200, `${operation}: ${answer}`);
  return JSON.parse(answer);
}

/** A confirmed user that an administrator made; without a password it has none to sign in with yet. */
export async function user(pool, username, attributes, password) {
  const UserAttributes = Object.entries(attributes).map(([Name, Value]) => ({ Name, Value }));
  const whose = { UserPoolId: pool.poolId, Username: username };
  await administrator('AdminCreateUser', { ...whose, UserAttributes, MessageAction: 'SUPPRESS' });
  if (password) {
    await administrator('AdminSetUserPassword', { ...whose, Password: password, Permanent: true });
  }
}
