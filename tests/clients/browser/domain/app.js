// An application that signs its users in at the domain of a user pool: at `/amplify` with Amplify, at `/oidc`
// with oidc-client-ts. The journey calls the library on the page, as the application's own code would.

import { Amplify } from 'aws-amplify';
import * as auth from 'aws-amplify/auth';
import { Hub } from 'aws-amplify/utils';
import { UserManager } from 'oidc-client-ts';

const { amplify, oidc } = JSON.parse(document.getElementById('settings').textContent);
const title = document.querySelector('h1');

/** What the user sees of being signed in. */
function show(username) {
  title.textContent = username ? `Hello ${username}` : 'Nobody is signed in';
}

async function withAmplify() {
  window.auth = auth;
  window.events = [];
  const current = () => auth.getCurrentUser().then(({ username }) => show(username), () => show());
  Hub.listen('auth', ({ payload: { event, data } }) => {
    window.events.push({ event, data: typeof data === 'string' ? data : data?.error?.message });
    if (event === 'signInWithRedirect_failure') title.textContent = data.error.message;
    else current();
  });
  Amplify.configure(amplify);
  await current();
}

async function withOidcClient() {
  const manager = new UserManager(oidc);
  window.auth = manager;
  window.renewed = [];
  manager.events.addUserLoaded((user) => window.renewed.push(user.access_token));
  const returned = new URLSearchParams(location.search);
  try {
    if (returned.has('code') || returned.has('error')) await manager.signinCallback();
    else if (returned.has('state')) await manager.signoutCallback();
    show((await manager.getUser())?.profile['cognito:username']);
  } catch (error) {
    title.textContent = error.message;
  }
  history.replaceState(null, '', location.pathname);
}

await (location.pathname === '/amplify' ? withAmplify() : withOidcClient());
