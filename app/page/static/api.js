// Asking our own server: two kinds of "no", which call for different answers.

const TIMEOUT_MS = 8000;
const csrfToken = document.querySelector("meta[name=csrf-token]").content;

/** Nobody answers, or not now: the same may work later. */
export class Unreachable extends Error {
  constructor(retryAfterSeconds = 1) {
    super("unreachable");
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The answer is no, and will stay so. */
export class Refused extends Error {}

export async function post(url, body) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken },
    body: JSON.stringify(body),
    keepalive: true, // a like that is on its way when the page is left still arrives
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => {
    throw new Unreachable();
  });
  if (response.status >= 500) {
    throw new Unreachable(Number(response.headers.get("Retry-After")) || 1);
  }
  if (!response.ok) throw new Refused(await response.text());
  return response.json();
}
