// As much of a browser as the pure modules ask for: no page, no server.

import assert from "node:assert/strict";

export const requests = [];
export let answers = [];
const kept = new Map();

globalThis.addEventListener = () => {};
globalThis.localStorage = {
  getItem: (key) => kept.get(key) ?? null,
  setItem: (key, text) => kept.set(key, text),
};
globalThis.document = {
  querySelector: (selector) => ({ content: selector.includes("csrf") ? "a-token" : "a-viewer" }),
  getElementById: () => ({ textContent: JSON.stringify({ found: "{count} found", none: "nothing" }) }),
};
globalThis.fetch = async (url, options = {}) => {
  requests.push({ url, ...options, body: options.body && JSON.parse(options.body) });
  const next = answers.shift();
  assert.ok(next, `nobody expected a request to ${url}`);
  if (next instanceof Error) throw next;
  return next;
};

/** Forget everything, and answer the next requests like this. */
export function begin(...next) {
  requests.length = 0;
  kept.clear();
  answers = next;
}

export function answer(status, body = {}, headers = {}) {
  return new Response(JSON.stringify(body), { status, headers });
}

/** Import a module of the page: a copy, in a folder whose modules node knows as such. */
export function load(name) {
  return import(`${process.env.PAGE_MODULES}/${name}.js`);
}
