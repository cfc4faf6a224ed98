// Requests to our own server. Two kinds of failure need different handling.

const TIMEOUT_MS = 8000;
const csrfToken = document.querySelector("meta[name=csrf-token]").content;

/** No answer, a server error, or too many requests: the same request may succeed later. */
export class Unreachable extends Error {
  constructor(retryAfterSeconds = 1) {
    super("unreachable");
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The server refused the request: it would refuse it again. */
export class Refused extends Error {}

export async function post(url, body) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken },
    body: JSON.stringify(body),
    keepalive: true, // a like still arrives when the user leaves the page
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => {
    throw new Unreachable();
  });
  if (response.status >= 500 || response.status === 429) {
    throw new Unreachable(Number(response.headers.get("Retry-After")) || 1);
  }
  if (!response.ok) throw new Refused(await response.text());
  return response.json();
}
