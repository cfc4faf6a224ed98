// Shows an offline page without a network. Lists are never cached, because they change.

const CACHE = "kinolenta-1";
const OFFLINE = "/offline";

self.addEventListener("install", (event) => {
  event.waitUntil(keepOffline().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim());
});

self.addEventListener("fetch", (event) => {
  if (event.request.mode === "navigate") event.respondWith(fetch(event.request).catch(offline));
  else if (new URL(event.request.url).pathname.startsWith("/assets/")) {
    event.respondWith(fetch(event.request).catch(() => caches.match(event.request)));
  }
});

/** Cache the offline page, and the styles and pictures that it uses. */
async function keepOffline() {
  const cache = await caches.open(CACHE);
  const response = await fetch(OFFLINE);
  const html = await response.clone().text();
  await cache.put(OFFLINE, response);
  const named = [...html.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map((found) => found[1]);
  await cache.addAll([...new Set(named)]); // addAll rejects duplicates
}

async function offline() {
  return (await caches.match(OFFLINE)) ?? Response.error();
}
