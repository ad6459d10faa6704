// A server of the development profile with data of its own, for the pictures of its pages.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

async function freePort() {
  const server = createServer();
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

/** Starts one with an empty store; it goes with its data when it is stopped. */
export async function startServer(binary) {
  const directory = await mkdtemp(join(tmpdir(), 'cognate-screenshots-'));
  const listen = `127.0.0.1:${await freePort()}`;
  const environment = Object.entries(process.env).filter(([name]) => !/^COGNATE_/i.test(name));
  const child = spawn(resolve(binary), ['serve'], {
    cwd: directory,
    env: {
      ...Object.fromEntries(environment),
      COGNATE__SERVER__LISTEN: listen,
      COGNATE__SERVER__HTTPS_LISTEN: 'off',
      COGNATE__METRICS__LISTEN: 'off',
      COGNATE__LOGS__LEVEL: 'warn',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise((end) => child.once('exit', end));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    await rm(directory, { recursive: true, force: true });
  };
  const endpoint = `http://${listen}`;
  for (let tries = 0; ; tries++) {
    const ready = await fetch(`${endpoint}/health/ready`).then((answer) => answer.ok, () => false);
    if (ready) break;
    if (tries === 300 || child.exitCode !== null) {
      await stop();
      assert.fail('the server does not start');
    }
    await sleep(100);
  }
  return { endpoint, stop };
}

/** Calls operations; the development profile accepts any signature. */
export function caller(endpoint) {
  return async (operation, input) => {
    const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    const scope = `any/${date.slice(0, 8)}/us-east-1/cognito-idp/aws4_request`;
    const answer = await fetch(`${endpoint}/`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
        'x-amz-date': date,
        authorization:
          `AWS4-HMAC-SHA256 Credential=${scope}, ` +
          'SignedHeaders=host;x-amz-date;x-amz-target, Signature=any',
      },
      body: JSON.stringify(input),
    });
    const body = await answer.json();
    assert(answer.ok, `${operation}: ${JSON.stringify(body)}`);
    return body;
  };
}
