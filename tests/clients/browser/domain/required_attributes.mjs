// A pool that requires attributes of several types of whoever signs up: each has a field of its type.

import assert from 'node:assert/strict';

import { administrator, codeFor, given } from '../../journey.mjs';
import { PASSWORD, newName, openLoginPage } from './login_page.mjs';
import { newNumber } from './set_up_factors.mjs';
import { HEADING, LINK, asksForCode, enterCode } from './sign_up.mjs';

const PHONE = 'Phone number';
const BIRTHDATE = 'Date of birth';
const CHANGED = 'Time of the last change';

export async function requiredAttributes(browser, options) {
  const pool = given.attributes;
  const { username, email } = newName();
  const phone = newNumber();
  const { request, screen } = await openLoginPage(browser, pool, options);
  const field = (label) => screen.page.getByLabel(label, { exact: true });
  const send = async (changes = {}) => {
    const values = { Email: email, [PHONE]: phone, [CHANGED]: '1700000000', Password: PASSWORD, ...changes };
    for (const [label, value] of Object.entries(values)) await screen.fill(label, value);
    await screen.press('Sign up');
  };
  /** The browser itself keeps the form back, and shows its user this field. */
  const keepsBack = async (label) => {
    const invalid = screen.page.locator('input:invalid');
    assert.equal(await invalid.count(), 1);
    assert.equal(await invalid.getAttribute('id'), await field(label).getAttribute('id'));
    assert.equal(await screen.page.getByRole('alert').count(), 0);
  };
  await screen.step('what the pool requires has fields of its types', async () => {
    await screen.follow(LINK);
    await screen.heading(HEADING);
    const types = { Email: 'email', [PHONE]: 'tel', [BIRTHDATE]: 'date', [CHANGED]: 'text' };
    for (const [label, type] of Object.entries(types)) {
      assert.equal(await field(label).getAttribute('type'), type, label);
    }
  });
  await screen.step('the browser takes no date without a year, and no address without a host', async () => {
    await screen.fill('Username', username);
    // The eleventh of November, in whatever order its parts are typed.
    await field(BIRTHDATE).pressSequentially('1111');
    await send();
    await keepsBack(BIRTHDATE);
    await screen.fill(BIRTHDATE, '1911-11-11');
    await send({ Email: 'nobody' });
    await keepsBack('Email');
  });
  for (const [label, wrong, refusal] of [
    ['Email', 'nobody@localhost', 'Invalid email address format.'],
    [PHONE, '555 0100', 'Invalid phone number format.'],
    [CHANGED, 'yesterday', 'updated_at: Value is not a number'],
  ]) {
    await screen.step(`${label}: ${wrong} is refused on the page, which keeps what was typed`, async () => {
      await send({ [label]: wrong });
      await screen.alert(refusal);
      assert.equal(await field(label).inputValue(), wrong);
      assert.equal(await field(BIRTHDATE).inputValue(), '1911-11-11');
    });
  }
  await screen.step('with the right ones the user signs up', async () => {
    await send();
    await asksForCode(screen);
    await enterCode(screen, await codeFor(email));
    const claims = await request.tokens(screen);
    assert.deepEqual([claims['cognito:username'], claims.birthdate], [username, '1911-11-11']);
  });
  await screen.step('and has them', async () => {
    const whose = { UserPoolId: pool.poolId, Username: username };
    const { UserAttributes } = await administrator('AdminGetUser', whose);
    const kept = Object.fromEntries(UserAttributes.map(({ Name, Value }) => [Name, Value]));
    const { birthdate, phone_number, updated_at } = kept;
    assert.deepEqual({ email: kept.email, birthdate, phone_number, updated_at }, {
      email, birthdate: '1911-11-11', phone_number: phone, updated_at: '1700000000',
    });
  });
  await screen.close();
}
