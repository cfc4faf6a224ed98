// Requests to our own server, and its three kinds of failure.

const TIMEOUT_MS = 8000;
const csrfToken = document.querySelector("meta[name=csrf-token]").content;
const viewer = document.querySelector("meta[name=viewer]").content;

/** No answer, a server error, or too many requests: the same request may succeed later. */
export class Unreachable extends Error {
  constructor(retryAfterSeconds = 1) {
    super("unreachable");
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The server refused the request, and would refuse it again. */
export class Refused extends Error {}

/** This page belongs to an earlier viewer: somebody started afresh in another tab. */
export class Stale extends Refused {}

export function post(url, body) {
  return ask(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken, "X-Viewer": viewer },
    body: JSON.stringify(body),
    keepalive: true, // a like still arrives when the user leaves the page
  });
}

export function get(url) {
  return ask(url, {});
}

async function ask(url, options) {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(url, { ...options, signal }).catch(() => {
    throw new Unreachable();
  });
  if (response.status >= 500 || response.status === 429) {
    throw new Unreachable(Number(response.headers.get("Retry-After")) || 1);
  }
  if (response.status === 409) throw new Stale();
  if (!response.ok) throw new Refused(await response.text());
  return response.json();
}
