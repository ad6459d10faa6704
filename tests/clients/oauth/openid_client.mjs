// openid-client with its strict checks, as a web application, a machine and a refused stranger have it, and
// aws-jwt-verify on the tokens it gets.

import assert from 'node:assert/strict';
import { createHash, webcrypto } from 'node:crypto';

import { JwtVerifier } from 'aws-jwt-verify';
import { validateCognitoJwtFields } from 'aws-jwt-verify/cognito-verifier';
import {
  CognitoJwtInvalidClientIdError, CognitoJwtInvalidTokenUseError, JwtInvalidSignatureError,
} from 'aws-jwt-verify/error';

import { done, given, step } from '../journey.mjs';
import { Visitor } from './login_form.mjs';

// Node 18 has it, but not under its global name.
globalThis.crypto ??= webcrypto;
const oidc = await import('openid-client');

const { ada, issuer, domain, callback } = given;
const RS256 = { id_token_signed_response_alg: 'RS256' };

function discovered({ clientId, clientSecret }, authentication) {
  return oidc.discovery(new URL(issuer), clientId, RS256, authentication ?? (
    clientSecret ? oidc.ClientSecretBasic(clientSecret) : oidc.None()
  )).then((config) => {
    // The signature of the ID token as well, which comes over TLS and would be taken without.
    oidc.enableNonRepudiationChecks(config);
    return config;
  });
}

/** What the application remembers while its user is at the login page. */
async function begun(config, parameters) {
  const verifier = oidc.randomPKCECodeVerifier();
  const expected = { state: oidc.randomState(), nonce: oidc.randomNonce() };
  const address = oidc.buildAuthorizationUrl(config, {
    redirect_uri: callback,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...expected,
    ...parameters,
  });
  const checks = {
    pkceCodeVerifier: verifier,
    expectedState: expected.state,
    expectedNonce: expected.nonce,
    idTokenExpected: true,
  };
  return { address, checks };
}

async function signedIn(config, parameters, visitor = new Visitor()) {
  const { address, checks } = await begun(config, parameters);
  const back = await visitor.signIn(address, ada);
  return { back, checks, tokens: await oidc.authorizationCodeGrant(config, back, checks) };
}

function payload(token) {
  return JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
}

function halfOfHash(token) {
  return createHash('sha256').update(token).digest().subarray(0, 16).toString('base64url');
}

/** Asserts that the token endpoint refuses with this error, and with the status that AWS has for all of them. */
async function refused(error, work) {
  const reason = await work().then(() => assert.fail(`expected ${error}`), (thrown) => thrown);
  assert.equal(reason.error ?? reason.cause?.error, error, `${reason.stack}`);
  assert.equal(reason.status, 400);
}

await step('discovery names the domain of the pool', async () => {
  const metadata = (await discovered(given.public)).serverMetadata();
  assert.equal(metadata.issuer, issuer);
  assert.equal(metadata.authorization_endpoint, `${domain}/oauth2/authorize`);
  assert.equal(metadata.token_endpoint, `${domain}/oauth2/token`);
  assert.equal(metadata.userinfo_endpoint, `${domain}/oauth2/userInfo`);
  assert.equal(metadata.revocation_endpoint, `${domain}/oauth2/revoke`);
  assert.equal(metadata.end_session_endpoint, `${domain}/logout`);
  assert.equal(metadata.jwks_uri, `${issuer}/.well-known/jwks.json`);
  assert.equal(metadata.supportsPKCE(), true);
});

const application = await discovered(given.public);
const scope = 'openid email profile aws.cognito.signin.user.admin';
let tokens;
let nonce;

await step('a public client exchanges a code with PKCE, state and nonce', async () => {
  const { checks, tokens: got } = await signedIn(application, { scope });
  tokens = got;
  nonce = checks.expectedNonce;
  assert.deepEqual([tokens.token_type, tokens.expires_in], ['bearer', 3600]);
  const claims = tokens.claims();
  assert.equal(claims.nonce, nonce);
  assert.equal(claims.at_hash, halfOfHash(tokens.access_token));
  assert.equal(claims.iss, issuer);
  assert.equal(claims.aud, given.public.clientId);
  assert.equal(claims.sub, ada.sub);
  assert.equal(claims['cognito:username'], ada.username);
  assert.deepEqual(claims['cognito:groups'], ['editors']);
  assert.equal(claims.email, ada.email);
  // Booleans in the ID token, strings at userInfo.
  assert.equal(claims.email_verified, true);
  assert.equal(claims.name, ada.name);
  const access = payload(tokens.access_token);
  assert.equal(access.scope, scope);
  assert.equal(access.client_id, given.public.clientId);
  assert.equal(access.version, 2);
  assert.equal(access.aud, undefined);
  assert.equal(access.auth_time, claims.auth_time);
});

await step('aws-jwt-verify takes both tokens, by their signature and their client', async () => {
  for (const [token, tokenUse, other] of [
    [tokens.id_token, 'id', 'access'],
    [tokens.access_token, 'access', 'id'],
  ]) {
    const verifier = (use, clientId) => JwtVerifier.create({
      issuer,
      audience: null,
      jwksUri: `${issuer}/.well-known/jwks.json`,
      customJwtCheck: ({ payload: claims }) =>
        validateCognitoJwtFields(claims, { tokenUse: use, clientId, groups: ['editors'] }),
    });
    const { clientId } = given.public;
    assert.equal((await verifier(tokenUse, clientId).verify(token)).sub, ada.sub);
    await assert.rejects(verifier(other, clientId).verify(token), CognitoJwtInvalidTokenUseError);
    await assert.rejects(verifier(tokenUse, 'another').verify(token), CognitoJwtInvalidClientIdError);
    const [head, body, signature] = token.split('.');
    const forged = Buffer.from(JSON.stringify({ ...payload(token), sub: 'somebody' })).toString('base64url');
    assert.notEqual(forged, body);
    await assert.rejects(
      verifier(tokenUse, clientId).verify([head, forged, signature].join('.')), JwtInvalidSignatureError,
    );
  }
});

await step('userInfo has the attributes of the scopes, the verified flag as a string', async () => {
  const info = await oidc.fetchUserInfo(application, tokens.access_token, ada.sub);
  assert.deepEqual(info, {
    sub: ada.sub,
    email: ada.email,
    email_verified: 'true',
    name: ada.name,
    username: ada.username,
  });
});

await step('the JSON API takes the access token, with the scope that opens it', async () => {
  const answer = await fetch(given.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSCognitoIdentityProviderService.GetUser',
    },
    body: JSON.stringify({ AccessToken: tokens.access_token }),
  });
  const body = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(body));
  assert.equal(body.Username, ada.username);
});

await step('a refresh brings new tokens of the same sign-in', async () => {
  const renewed = await oidc.refreshTokenGrant(application, tokens.refresh_token);
  assert.equal(renewed.refresh_token, undefined);
  assert.notEqual(renewed.access_token, tokens.access_token);
  assert.equal(payload(renewed.access_token).scope, scope);
  assert.equal(renewed.claims().sub, ada.sub);
  assert.equal(renewed.claims().auth_time, tokens.claims().auth_time);
  assert.equal(renewed.claims().at_hash, halfOfHash(renewed.access_token));
  // Absent or the same (OpenID Connect Core, 12.2).
  assert.equal(renewed.claims().nonce ?? nonce, nonce);
});

await step('revoking the refresh token ends it, and the access token', async () => {
  await oidc.tokenRevocation(application, tokens.refresh_token);
  await refused('invalid_grant', () => oidc.refreshTokenGrant(application, tokens.refresh_token));
  // A second time is no mistake (RFC 7009, 2.2).
  await oidc.tokenRevocation(application, tokens.refresh_token);
  const reason = await oidc.fetchUserInfo(application, tokens.access_token, ada.sub)
    .then(() => assert.fail('expected a refusal'), (thrown) => thrown);
  // AWS's WWW-Authenticate names no scheme, so that the library has the answer, and no challenge.
  assert.equal(reason.cause.status, 401, reason.stack);
});

await step('the same visitor is not asked again, and may be at another client of the pool', async () => {
  const visitor = new Visitor();
  const first = await signedIn(application, { scope: 'openid email' }, visitor);
  const other = await discovered(given.confidential);
  const { address, checks } = await begun(other, { scope: 'openid email' });
  const back = await visitor.open(address);
  assert.equal(back.status, 302, back.html);
  const second = await oidc.authorizationCodeGrant(other, back.url, checks);
  assert.equal(second.claims().sub, ada.sub);
  assert.equal(second.claims().aud, given.confidential.clientId);
  assert.equal(second.claims().auth_time, first.tokens.claims().auth_time);
  assert.equal(second.claims().name, undefined);
});

await step('a wrong password shows the page again, and the right one works there', async () => {
  const { address, checks } = await begun(application, { scope });
  const visitor = new Visitor();
  const page = await visitor.open(address);
  const again = await visitor.submit(page, { username: ada.username, password: 'Wr0ng-Horse!' });
  assert.equal(again.status, 200);
  assert.match(again.html, /Incorrect username or password\./);
  const back = await visitor.submit(again, { username: ada.username, password: ada.password });
  assert.equal((await oidc.authorizationCodeGrant(application, back.url, checks)).claims().sub, ada.sub);
});

for (const [name, authentication] of [
  ['client_secret_basic', oidc.ClientSecretBasic(given.confidential.clientSecret)],
  ['client_secret_post', oidc.ClientSecretPost(given.confidential.clientSecret)],
]) {
  await step(`a client proves its secret by ${name}`, async () => {
    const config = await discovered(given.confidential, authentication);
    const { tokens: got } = await signedIn(config, { scope: 'openid orders/read' });
    assert.equal(payload(got.access_token).scope, 'openid orders/read');
    const renewed = await oidc.refreshTokenGrant(config, got.refresh_token);
    assert.equal(renewed.claims().sub, ada.sub);
    await oidc.tokenRevocation(config, got.refresh_token);
    await refused('invalid_grant', () => oidc.refreshTokenGrant(config, got.refresh_token));
  });
}

await step('a machine gets a token of its own for a resource server', async () => {
  const machine = await discovered(given.machine);
  const got = await oidc.clientCredentialsGrant(machine, { scope: 'orders/read' });
  assert.deepEqual(Object.keys(got).sort(), ['access_token', 'expires_in', 'token_type']);
  const claims = payload(got.access_token);
  assert.equal(claims.scope, 'orders/read');
  assert.equal(claims.sub, given.machine.clientId);
  assert.equal(claims.client_id, given.machine.clientId);
  assert.equal(claims.username, undefined);
  const verifier = JwtVerifier.create({
    issuer,
    audience: null,
    jwksUri: `${issuer}/.well-known/jwks.json`,
    scope: 'orders/read',
  });
  assert.equal((await verifier.verify(got.access_token)).token_use, 'access');
  const all = await oidc.clientCredentialsGrant(machine);
  assert.deepEqual(payload(all.access_token).scope.split(' ').sort(), ['orders/read', 'orders/write']);
  await refused('invalid_scope', () => oidc.clientCredentialsGrant(machine, { scope: 'openid' }));
});

await step('a client without the grant gets no token of its own', async () => {
  const config = await discovered(given.confidential);
  await refused('unauthorized_client', () => oidc.clientCredentialsGrant(config, { scope: 'orders/read' }));
});

await step('a wrong code verifier is refused, and uses the code up', async () => {
  const { address, checks } = await begun(application, { scope });
  const back = await new Visitor().signIn(address, ada);
  const wrong = { ...checks, pkceCodeVerifier: oidc.randomPKCECodeVerifier() };
  // AWS's answer to the first try is invalid_request (behaviour of the domain, 3.4).
  await refused('invalid_request', () => oidc.authorizationCodeGrant(application, back, wrong));
  await refused('invalid_grant', () => oidc.authorizationCodeGrant(application, back, checks));
});

await step('a wrong secret is refused, and leaves the code as it is', async () => {
  const right = await discovered(given.confidential);
  const wrong = await discovered(given.confidential, oidc.ClientSecretBasic('not-the-secret'));
  const { address, checks } = await begun(right, { scope: 'openid' });
  const back = await new Visitor().signIn(address, ada);
  await refused('invalid_client', () => oidc.authorizationCodeGrant(wrong, back, checks));
  const none = await discovered(given.confidential, oidc.None());
  await refused('invalid_client', () => oidc.authorizationCodeGrant(none, back, checks));
  assert.equal((await oidc.authorizationCodeGrant(right, back, checks)).claims().sub, ada.sub);
});

await step('a code that is used again is refused, and ends what it brought', async () => {
  const { back, checks, tokens: got } = await signedIn(application, { scope });
  await oidc.refreshTokenGrant(application, got.refresh_token);
  await refused('invalid_grant', () => oidc.authorizationCodeGrant(application, back, checks));
  await refused('invalid_grant', () => oidc.refreshTokenGrant(application, got.refresh_token));
});

await step('a scope that is not the client\'s is refused at the application', async () => {
  const { address, checks } = await begun(application, { scope: 'openid offline_access' });
  const back = await new Visitor().open(address);
  assert.equal(back.url.searchParams.get('state'), checks.expectedState);
  const reason = await oidc.authorizationCodeGrant(application, back.url, checks)
    .then(() => assert.fail('expected a refusal'), (thrown) => thrown);
  assert.deepEqual([reason.error, reason.error_description], ['invalid_request', 'invalid_scope']);
});

await step('an address that is not registered is no place to be sent to', async () => {
  const { address } = await begun(application, { scope, redirect_uri: 'https://elsewhere.example/' });
  const page = await new Visitor().open(address);
  assert.equal(page.url.pathname, `${new URL(domain).pathname}/error`);
  assert.match(page.html, /redirect_mismatch/);
});

await step('signing out at the domain asks for the password again', async () => {
  const visitor = new Visitor();
  const { tokens: got } = await signedIn(application, { scope }, visitor);
  const out = oidc.buildEndSessionUrl(application, {
    id_token_hint: got.id_token,
    post_logout_redirect_uri: given.signedOut,
    state: 'out',
  });
  const back = await visitor.open(out);
  assert.equal(back.url.href, `${given.signedOut}?state=out`);
  const { address } = await begun(application, { scope });
  assert.equal((await visitor.open(address)).url.pathname, `${new URL(domain).pathname}/login`);
});

done();
