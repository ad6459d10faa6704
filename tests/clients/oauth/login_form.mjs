// What stands for a browser where none runs: it keeps cookies, follows redirects at the domain, and sends
// the login page's form as the page has it.

import assert from 'node:assert/strict';

import { given } from '../journey.mjs';

const HOPS = 10;

/** The characters that the markup writes otherwise. */
function plain(markup) {
  return markup
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replace(/&#x([0-9a-f]+);/gi, (_, code) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

/** The attributes of a tag. */
function attributes(tag) {
  return Object.fromEntries(
    [...tag.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, plain(value)]),
  );
}

/** A browser's profile at one domain. */
export class Visitor {
  #cookies = new Map();

  /** Opens an address and follows where it leads, up to a page or to the first address that is not the server's. */
  async open(address, init = {}) {
    let url = new URL(address);
    let request = init;
    for (let hop = 0; hop < HOPS; hop += 1) {
      const answer = await fetch(url, {
        ...request,
        redirect: 'manual',
        headers: { ...request.headers, cookie: this.#header() },
        signal: AbortSignal.timeout(30_000),
      });
      for (const cookie of answer.headers.getSetCookie()) this.#keep(cookie);
      const html = await answer.text();
      const leads = answer.headers.get('location');
      if (!leads) return { url, status: answer.status, html };
      url = new URL(leads, url);
      if (url.origin !== new URL(given.domain).origin) return { url, status: answer.status, html };
      // What follows a form is fetched, as browsers do after 302.
      request = {};
    }
    return assert.fail(`more than ${HOPS} redirects, the last to ${url}`);
  }

  /** Sends the page's form that has the field, filled in with what is typed. */
  async submit(page, typed) {
    const [field] = Object.keys(typed);
    const forms = page.html.match(/<form\b[^]*?<\/form>/g) ?? [];
    const form = forms.find((markup) => markup.includes(` name="${field}"`));
    assert.ok(form, `no form with ${field} at ${page.url}:\n${page.html}`);
    const { action, method } = attributes(/<form\b[^>]*>/.exec(form)[0]);
    assert.equal(method, 'post');
    const hidden = (form.match(/<input\b[^>]*>/g) ?? [])
      .map(attributes)
      .filter(({ type }) => type === 'hidden')
      .map(({ name, value }) => [name, value]);
    return this.open(new URL(action, page.url), {
      method: 'POST',
      headers: { origin: page.url.origin },
      body: new URLSearchParams([...hidden, ...Object.entries(typed)]),
    });
  }

  /** Signs in at the page that the address leads to; the address of the application that the browser is sent to. */
  async signIn(address, { username, password }) {
    const page = await this.open(address);
    assert.equal(page.status, 200, page.html);
    assert.equal(page.url.pathname, `${new URL(given.domain).pathname}/login`);
    const back = await this.submit(page, { username, password });
    assert.equal(back.status, 302, back.html);
    return back.url;
  }

  #header() {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  #keep(cookie) {
    const [, name, value, rest] = /^([^=]+)=([^;]*)(.*)$/.exec(cookie);
    assert.match(rest, /; Secure/i, `a cookie over HTTPS is Secure: ${cookie}`);
    if (value === '' || /max-age=0\b/i.test(rest)) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}
