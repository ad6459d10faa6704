// What docs/login-pages/README.md says: a line for each page, and its picture.

import assert from 'node:assert/strict';

const WRONG = '-with-problems';

/** What each page is for, by the name of its preview. */
const PAGES = {
  'sign-in': 'the password at once; somebody is signed in at this browser, and other providers are offered',
  username: 'username first, where a client lets its users choose how they sign in',
  providers: 'only other providers, for a client without passwords of this pool',
  methods: 'the choice among the ways to sign in',
  'sign-in-password': 'the password, after the name',
  'code-by-email': 'a code by e-mail, in the place of a password or besides it',
  'code-by-sms': 'a code by text message; where it went is not said, since the client hides its users',
  'code-of-app': 'the code of an authenticator app',
  'sign-up': 'signing up, with every attribute that a pool can require and links to both documents',
  'sign-up-terms': 'the same with one document',
  confirm: 'the code that confirms a sign-up',
  'forgot-password': 'a forgotten password, by the username',
  'forgot-password-2': 'the same by the e-mail address',
  'forgot-password-3': 'the same by the phone number',
  'forgot-password-4': 'the same by either',
  'reset-password': 'the code and the new password',
  'new-password': 'a temporary password is changed, and attributes that the pool requires are given',
  mfa: 'the choice of a second factor to set up',
  'mfa-2': 'the choice of a second factor to sign in with',
  totp: 'an authenticator app is set up',
  contact: 'an address for codes is set up',
  'contact-2': 'the other kind of address',
  'passkey-sign-in': 'signing in with a passkey',
  'passkey-offer': 'a passkey is offered after a sign-in, and can be put off',
  'passkey-add': 'a passkey is added, by a link of the application',
  confirmed: 'a sign-up is confirmed',
  'passkey-added': 'a passkey was added',
  error: 'a request that cannot be answered, with the value that was refused',
  'error-2': 'something else went wrong',
  'error-3': 'a client without pages: its style is missing',
};

/** Fails unless each of these pages has a line here, and each line a page. */
export function descriptions(names) {
  const plain = names.filter((name) => !name.endsWith(WRONG));
  assert.deepEqual(plain.toSorted(), Object.keys(PAGES).toSorted(), 'each page needs a line in login_pages_readme.mjs');
}

/** The text of the README. */
export function page(names) {
  const section = (name) => {
    const plain = name.replace(WRONG, '');
    const what = name === plain ? `**${name}**: ${PAGES[name]}` : `**${plain}** that says what is wrong`;
    return `${what}\n\n![${name}](${name}.webp)\n`;
  };
  return `# Pictures of the login pages

Each page with sample values and without a branding: light, dark and 360 pixels wide, in English and in Japanese. A
picture is opened for its full size. \`./screenshots login\` takes them anew and writes this page; a running development
server shows the same pages at \`/<domain>/preview?client_id=…\` in all languages, in the look of the client.

${names.map(section).join('\n')}`;
}
