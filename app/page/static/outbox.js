// Actions to be sent: the browser keeps each until the server has it.
//
// It has up to two entries per item: the last opinion, and whether the item is wanted. Sending twice
// is harmless.

import { Refused, Unreachable, post } from "./api.js";

const LONGEST_PAUSE_SECONDS = 15;
const WANTING = new Set(["want", "unwant"]);

/** Wanting to watch a title and an opinion of it are independent of each other. */
export function isAboutWanting(action) {
  return WANTING.has(action);
}

export class Outbox extends EventTarget {
  #key;
  #url;
  #busy = false;
  #failures = 0;
  #timer;

  constructor(userId, url) {
    super();
    this.#key = `kinolenta.outbox.${userId}`;
    this.#url = url;
    addEventListener("online", () => this.send());
  }

  put(itemId, action, title) {
    const entries = this.#entries();
    const key = `${isAboutWanting(action) ? "want" : "opinion"} ${itemId}`;
    delete entries[key]; // so that the newest is the last
    entries[key] = { itemId, action, title, turn: crypto.getRandomValues(new Uint32Array(1))[0] };
    this.#keep(entries);
    this.send();
  }

  /** Return pairs of an item's id and its action, the oldest first. */
  unsent() {
    return Object.values(this.#entries()).map(({ itemId, action }) => [itemId, action]);
  }

  /** Wait until all is sent, or the server cannot be reached. */
  async empty() {
    while (this.#busy) await new Promise((done) => setTimeout(done, 20));
  }

  /** Send all entries, one after the other. Dispatches saved, refused, stuck and empty. */
  async send() {
    if (this.#busy) return;
    this.#busy = true;
    clearTimeout(this.#timer);
    try {
      let next;
      while ((next = Object.entries(this.#entries())[0])) await this.#sendOne(...next);
      if (this.#failures) this.#dispatch("empty");
      this.#failures = 0;
    } catch (error) {
      this.#stuck(error);
    } finally {
      this.#busy = false;
    }
  }

  async #sendOne(key, { itemId, action, title, turn }) {
    try {
      await post(this.#url, { item_id: itemId, action });
      this.#dispatch("saved", { itemId, action });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#dispatch("refused", { title, error });
    }
    const entries = this.#entries();
    if (entries[key]?.turn === turn) delete entries[key]; // otherwise a newer one waits
    this.#keep(entries);
  }

  #stuck(error) {
    if (!(error instanceof Unreachable)) throw error;
    this.#failures += 1;
    const pause = Math.min(error.retryAfterSeconds * 2 ** this.#failures, LONGEST_PAUSE_SECONDS);
    this.#timer = setTimeout(() => this.send(), pause * 1000);
    this.#dispatch("stuck", { count: Object.keys(this.#entries()).length });
  }

  #dispatch(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #entries() {
    return JSON.parse(localStorage.getItem(this.#key) ?? "{}");
  }

  #keep(entries) {
    localStorage.setItem(this.#key, JSON.stringify(entries));
  }
}
