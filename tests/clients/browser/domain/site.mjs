// The applications of this journey, on loopback: one page for each of the two libraries, and one without a
// script that shows nothing but that its user has come back.

import { fileURLToPath } from 'node:url';

import { given } from '../../journey.mjs';
import { bundle, serve } from '../site.mjs';

const address = (path) => `http://localhost:${given.sitePort}/${path}`;

/** What an application is told of the pool that signs its users in. */
function settings({ poolId, issuer, domain, clients }) {
  const scopes = ['openid', 'email', 'profile', 'aws.cognito.signin.user.admin'];
  return {
    amplify: {
      Auth: {
        Cognito: {
          userPoolId: poolId,
          userPoolClientId: clients.amplify.clientId,
          userPoolEndpoint: given.endpoint,
          loginWith: {
            oauth: {
              // It puts `https://` before it.
              domain: domain.replace('https://', ''),
              scopes,
              redirectSignIn: [address('amplify')],
              redirectSignOut: [address('amplify')],
              responseType: 'code',
            },
          },
        },
      },
    },
    oidc: {
      authority: issuer,
      client_id: clients.oidc.clientId,
      redirect_uri: address('oidc'),
      post_logout_redirect_uri: address('oidc'),
      response_type: 'code',
      scope: scopes.join(' '),
      loadUserInfo: true,
      automaticSilentRenew: false,
      // The hour of an access token has all but passed 3 seconds after it has come.
      accessTokenExpiringNotificationTimeInSeconds: 3597,
    },
  };
}

function page(title, more = '') {
  const body = `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>An application</title><link rel="icon" href="data:,">${more}</head>
  <body><h1>${title}</h1></body>
</html>`;
  return { type: 'text/html', body };
}

export const RETURNED = 'Back at the application';

/** Serves them for the users of a pool; `address` is that of a path. */
export async function serveApplications(pool) {
  const told = JSON.stringify(settings(pool)).replaceAll('<', '\\u003c');
  const script = `<script type="application/json" id="settings">${told}</script>
<script type="module" src="/app.js"></script>`;
  const contents = new Map([
    ['/amplify', page('One moment', script)],
    ['/oidc', page('One moment', script)],
    ['/plain', page(RETURNED)],
    ...await bundle(fileURLToPath(new URL('app.js', import.meta.url))),
  ]);
  const { close } = await serve(contents, given.sitePort);
  return { address, close };
}
