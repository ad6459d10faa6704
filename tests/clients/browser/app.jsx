// An application as Amplify's guides have it: the Authenticator around a page of the signed-in user.
// The address says which pool it belongs to, since the journey opens it for several.

import { Amplify } from 'aws-amplify';
import * as auth from 'aws-amplify/auth';
import { Authenticator } from '@aws-amplify/ui-react';
import '@aws-amplify/ui-react/styles.css';
import { createRoot } from 'react-dom/client';

const address = new URLSearchParams(location.search);
const offersPasskeys = address.has('passkeys');

Amplify.configure({
  Auth: {
    Cognito: {
      userPoolId: address.get('pool'),
      userPoolClientId: address.get('client'),
      userPoolEndpoint: address.get('endpoint'),
      loginWith: { email: true },
      // What `amplify_outputs.json` says of a pool with passkeys.
      ...(offersPasskeys ? { passwordless: { webAuthn: { relyingPartyId: 'localhost' } } } : {}),
    },
  },
});

// The journey calls Amplify's functions on this page, as the application's own code would.
window.auth = auth;

function Account({ user, signOut }) {
  return (
    <main>
      <h1>Hello {user.signInDetails?.loginId ?? user.username}</h1>
      <button type="button" onClick={signOut}>Sign out</button>
    </main>
  );
}

const passwordless = {
  preferredAuthMethod: 'WEB_AUTHN',
  passkeyRegistrationPrompts: { afterSignin: 'ALWAYS' },
};

createRoot(document.getElementById('root')).render(
  <Authenticator passwordless={offersPasskeys ? passwordless : undefined}>
    {(session) => <Account {...session} />}
  </Authenticator>,
);
