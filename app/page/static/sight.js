// Reports cards that came in sight, which are recorded as impressions.

import { post } from "./api.js";

const HALF = 0.5;
const PAUSE_MS = 1000;

export class Sight {
  #url;
  #seen = new Set();
  #waiting = [];
  #timer;
  #observer;

  constructor(list, url) {
    this.#url = url;
    this.#observer = new IntersectionObserver((entries) => this.#note(entries), { threshold: HALF });
    this.#watch(list);
    new MutationObserver(() => this.#watch(list)).observe(list, { childList: true, subtree: true });
    addEventListener("pagehide", () => this.#send());
  }

  #watch(list) {
    for (const card of list.querySelectorAll(".card")) this.#observer.observe(card);
  }

  #note(entries) {
    for (const { isIntersecting, target } of entries) {
      const { itemId } = target.dataset;
      if (!isIntersecting || this.#seen.has(itemId)) continue;
      this.#seen.add(itemId);
      this.#waiting.push(itemId);
    }
    if (this.#waiting.length) this.#timer ??= setTimeout(() => this.#send(), PAUSE_MS);
  }

  /** Send all waiting ids at once. Lost ones are not sent again: they are only counts. */
  #send() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const itemIds = this.#waiting.splice(0);
    if (itemIds.length) post(this.#url, { item_ids: itemIds }).catch(() => {});
  }
}
