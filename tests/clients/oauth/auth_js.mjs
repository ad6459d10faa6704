// Auth.js with its Cognito provider. `Auth` answers a request as the server of an application would, so that
// there is no need for one.

import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';

import { done, given, step } from '../journey.mjs';
import { Visitor } from './login_form.mjs';

// Node 18 has it, but not under its global name.
globalThis.crypto ??= webcrypto;
const { Auth } = await import('@auth/core');
const { default: Cognito } = await import('@auth/core/providers/cognito');

const { ada, issuer } = given;
const { clientId, clientSecret } = given.confidential;
const application = new URL(given.authjsCallback).origin;

/** An application and the browser that has its cookies. */
class Application {
  #cookies = new Map();

  /** What the application is told when somebody has signed in. */
  told = {};

  /** What went wrong in the library, which tells the browser nothing of it. */
  errors = [];

  constructor(provider) {
    this.config = {
      providers: [Cognito({ clientId, clientSecret, issuer, ...provider })],
      basePath: '/auth',
      secret: 'a secret of the application, long enough',
      trustHost: true,
      logger: { error: (error) => this.errors.push(error), warn() {}, debug() {} },
      callbacks: {
        jwt: ({ token, account, profile }) => {
          if (account) this.told = { account, profile };
          return token;
        },
      },
    };
  }

  async request(address, form) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const request = new Request(new URL(address, application), {
      headers: { cookie },
      ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
    });
    const answer = await Auth(request, this.config);
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (value) this.#cookies.set(name, value);
      else this.#cookies.delete(name);
    }
    return answer;
  }

  /** The address of the domain that the application sends its user to. */
  async begin() {
    const { csrfToken } = await (await this.request('/auth/csrf')).json();
    const answer = await this.request('/auth/signin/cognito', { csrfToken, callbackUrl: application });
    assert.equal(answer.status, 302);
    return new URL(answer.headers.get('location'));
  }

  async session() {
    return (await this.request('/auth/session')).json();
  }
}

const variants = [
  ['its own checks', {}, ['code_challenge', 'code_challenge_method']],
  // A nonce that was not sent would be an error of the first variant, and one that is missing of this.
  ['all checks', { checks: ['pkce', 'state', 'nonce'] }, ['code_challenge', 'nonce', 'state']],
  ['the secret in the body', { client: { token_endpoint_auth_method: 'client_secret_post' } }, []],
];
for (const [name, provider, sent] of variants) {
  const app = new Application(provider);
  await step(`the application signs its user in with ${name}`, async () => {
    const address = await app.begin();
    assert.equal(address.origin + address.pathname, `${given.domain}/oauth2/authorize`);
    for (const parameter of sent) assert.ok(address.searchParams.has(parameter), parameter);
    assert.equal(address.searchParams.get('redirect_uri'), given.authjsCallback);
    const back = await new Visitor().signIn(address, ada);
    const answer = await app.request(back);
    assert.deepEqual(app.errors, []);
    assert.equal(answer.status, 302);
    assert.equal(new URL(answer.headers.get('location'), application).origin, application);
  });
  await step('it knows who that is, and has the tokens', async () => {
    const { user } = await app.session();
    assert.deepEqual([user.name, user.email], [ada.name, ada.email]);
    const { account, profile } = app.told;
    assert.deepEqual([account.provider, account.providerAccountId], ['cognito', ada.sub]);
    assert.equal(profile.iss, issuer);
    assert.equal(profile.aud, clientId);
    assert.equal(profile.email_verified, true);
    assert.deepEqual(profile['cognito:groups'], ['editors']);
    assert.equal(account.token_type, 'bearer');
    for (const token of ['id_token', 'access_token', 'refresh_token']) assert.ok(account[token], token);
  });
}

await step('a code that another browser brings signs nobody in', async () => {
  const one = new Application({});
  const back = await new Visitor().signIn(await one.begin(), ada);
  const other = new Application({});
  const answer = await other.request(back);
  assert.match(answer.headers.get('location'), /error=Configuration/);
  assert.equal(await other.session(), null);
});

done();
