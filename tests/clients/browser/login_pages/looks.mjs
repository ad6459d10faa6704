// App clients whose pages look otherwise than those of the pool that the server begins with.

import { previewsOf } from '../../previews.mjs';

const STYLE = `
.background-customizable { background-color: #fdf8f0; }
.banner-customizable { background-color: #f3e4cc; }
.submitButton-customizable { background-color: #7a1f1f; color: #ffffff; }
`;
const logo = (color) => `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="32" viewBox="0 0 120 32">
  <rect width="120" height="32" rx="8" fill="${color}"/>
</svg>`;
const ASSETS = ['FORM_LOGO', 'PAGE_HEADER_LOGO', 'PAGE_FOOTER_LOGO'].flatMap((Category) => [
  { Category, ColorMode: 'LIGHT', Extension: 'SVG', Bytes: logo('#14532d') },
  { Category, ColorMode: 'DARK', Extension: 'SVG', Bytes: logo('#bbf7d0') },
]);
const line = { logo: { enabled: true }, lightMode: { background: { color: 'dcfce7ff' } } };
const button = (backgroundColor, textColor) => ({
  defaults: { backgroundColor, textColor }, hover: { backgroundColor, textColor },
});
const SETTINGS = {
  categories: {
    form: { location: { horizontal: 'START', vertical: 'TOP' } },
    global: { colorSchemeMode: 'DYNAMIC', pageHeader: { enabled: true }, pageFooter: { enabled: true } },
  },
  componentClasses: { buttons: { borderRadius: 24 }, input: { borderRadius: 0 } },
  components: {
    form: { logo: { enabled: true, location: 'START' }, borderRadius: 0 },
    pageBackground: { lightMode: { color: 'f0fdf4ff' }, darkMode: { color: '052e16ff' } },
    pageHeader: line,
    pageFooter: line,
    primaryButton: { lightMode: button('14532dff', 'ffffffff'), darkMode: button('bbf7d0ff', '052e16ff') },
  },
};

/** A pool with a domain with the pages of this version, and a client of it; whose they are, for further operations. */
async function client(call, name, version) {
  const { UserPool: { Id: UserPoolId } } = await call('CreateUserPool', { PoolName: name });
  await call('CreateUserPoolDomain', { UserPoolId, Domain: name, ManagedLoginVersion: version });
  const { UserPoolClient } = await call('CreateUserPoolClient', { UserPoolId, ClientName: 'Orchard' });
  return { UserPoolId, ClientId: UserPoolClient.ClientId };
}

/** The classic pages with a style sheet of their own. */
export async function classic(endpoint, call) {
  const of = await client(call, 'classic', 1);
  await call('SetUICustomization', { ...of, CSS: STYLE });
  return previewsOf(endpoint, 'classic', of.ClientId);
}

/** Managed login with colours, corners, places and logos of its own. */
export async function branded(endpoint, call) {
  const of = await client(call, 'branded', 2);
  await call('CreateManagedLoginBranding', { ...of, Settings: SETTINGS, Assets: ASSETS });
  return previewsOf(endpoint, 'branded', of.ClientId);
}
