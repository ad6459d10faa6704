// The application that the journeys with aws-amplify play: an unchanged client, told which pool it is for.

import assert from 'node:assert/strict';

import { Amplify } from 'aws-amplify';
import { fetchAuthSession } from 'aws-amplify/auth';
import { cognitoUserPoolsTokenProvider } from 'aws-amplify/auth/cognito';

import { given } from '../journey.mjs';

// Amplify names a device as its browser, which Node has a name for since version 21.
globalThis.navigator ??= { userAgent: `Node.js/${process.versions.node}` };

/**
 * The application of one pool of the driver's, in a browser that keeps what it was told: in a new one it
 * knows nobody yet.
 */
export function application(name, kept = new Map()) {
  const { poolId, clientId } = given.pools[name];
  Amplify.configure({
    Auth: {
      Cognito: { userPoolId: poolId, userPoolClientId: clientId, userPoolEndpoint: given.endpoint },
    },
  });
  cognitoUserPoolsTokenProvider.setKeyValueStorage({
    setItem: async (key, value) => void kept.set(key, value),
    getItem: async (key) => kept.get(key) ?? null,
    removeItem: async (key) => void kept.delete(key),
    clear: async () => kept.clear(),
  });
  return { poolId, clientId };
}

/** Asserts that the user is signed in, and that the tokens say so. */
export async function assertSignedIn(answer, email) {
  assert.deepEqual(answer, { isSignedIn: true, nextStep: { signInStep: 'DONE' } });
  const { tokens } = await fetchAuthSession();
  assert.equal(tokens.accessToken.payload.token_use, 'access');
  if (email) {
    assert.equal(tokens.idToken.payload.email, email);
    assert.equal(tokens.idToken.payload.email_verified, true);
  }
  return tokens;
}

/** Asserts that the sign-in goes on with this step. */
export function assertNext(answer, signInStep, more = {}) {
  assert.equal(answer.isSignedIn, false);
  assert.deepEqual(answer.nextStep, { signInStep, ...more });
}
