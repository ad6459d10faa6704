// The previews of the login pages, which the development profile has of each app client.

import assert from 'node:assert/strict';

/** Those of the pool that the server begins with. `call` calls an administrator's operation. */
export async function previews(endpoint, call) {
  const { UserPools: pools } = await call('ListUserPools', { MaxResults: 60 });
  const { Id: UserPoolId } = pools.find((pool) => pool.Name === 'starter');
  const [{ ClientId }] = (await call('ListUserPoolClients', { UserPoolId })).UserPoolClients;
  const { UserPool: { Domain } } = await call('DescribeUserPool', { UserPoolId });
  return previewsOf(endpoint, Domain, ClientId);
}

/** Those of an app client at a domain: the names of the pages, and the address of one in a language. */
export async function previewsOf(endpoint, domain, client_id) {
  const address = (page, language) =>
    `${endpoint}/${domain}/preview${page}?${new URLSearchParams({ client_id, lang: language })}`;
  const list = await fetch(address('', 'en'));
  assert.equal(list.status, 200, `the list of previews: ${list.status}`);
  const links = (await list.text()).matchAll(/\/preview\/([\w-]+)\?/g);
  const names = [...links].map(([, name]) => name);
  assert.ok(names.includes('sign-in'), `no page to sign in among the previews: ${names}`);
  return { names, address: (name, language) => address(`/${name}`, language) };
}
