// The cards on the page: each is in a place (li) of the list.

import { post } from "./api.js";

const LEAVING_MS = 200;
const SHOWN_AT_MOST = 100;
const GRID = 12;

export class Grid {
  #list = document.getElementById("cards");
  #empty = document.getElementById("empty");
  #form;
  #shown = new Set(this.cards.map((card) => card.dataset.itemId)); // none is shown twice

  constructor(form) {
    this.#form = form;
  }

  get cards() {
    return [...this.#list.querySelectorAll("li:not(.leaving) > .card")];
  }

  /** Cards in a row. */
  get columns() {
    return getComputedStyle(this.#list).gridTemplateColumns.split(" ").length;
  }

  /**
   * Replace a card by the next one, when `ready` is fulfilled.
   * Returns the next card; null if there is none; undefined if the card was restored meanwhile.
   */
  async replace(card, ready) {
    const place = card.parentElement;
    const hadFocus = place.contains(document.activeElement);
    place.classList.add("leaving");
    const asked = ready.then(() => this.#ask(1, card.dataset.itemId)).catch(() => []);
    const [[next = null]] = await Promise.all([asked, pause(LEAVING_MS)]);
    if (!place.classList.contains("leaving")) return undefined;
    place.classList.remove("leaving");
    if (next) fillPlace(place, next);
    else place.remove();
    this.#updateEmpty();
    if (hadFocus && document.activeElement === document.body) (next ?? this.cards[0])?.focus({ preventScroll: true });
    return next;
  }

  /** Put a replaced card back in its place. */
  restore(card, place) {
    place.classList.remove("leaving");
    if (!place.isConnected) this.#list.append(place);
    fillPlace(place, card);
    this.#updateEmpty();
    card.focus({ preventScroll: true });
  }

  /** Add k more cards at the end. Returns them. */
  async more(k = GRID) {
    const cards = await this.#ask(k);
    this.#list.append(...cards.map(inPlace));
    this.#updateEmpty();
    return cards;
  }

  /** Fill the last row of a wide screen. */
  async fillRow() {
    const missing = (this.columns - (this.cards.length % this.columns)) % this.columns;
    if (missing && this.cards.length >= GRID) await this.more(missing);
  }

  async #ask(k, instead) {
    const { cardsUrl, tab, about, filters } = this.#form.dataset;
    const shown = [...this.#shown].slice(-SHOWN_AT_MOST);
    const { cards } = await post(cardsUrl, { tab, about, filters, k, shown, instead });
    for (const card of cards) this.#shown.add(card.item_id);
    return cards.map(({ html }) => parse(html));
  }

  #updateEmpty() {
    this.#empty.hidden = this.#list.childElementCount > 0;
  }
}

/** Make a card from our own server's HTML, in which every text is escaped. */
function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.querySelector(".card");
}

function inPlace(card) {
  const place = document.createElement("li");
  place.append(card);
  return place;
}

function fillPlace(place, card) {
  place.replaceChildren(card);
  place.classList.remove("entering");
  void place.offsetWidth; // restarts the animation
  place.classList.add("entering");
}

function pause(ms) {
  return new Promise((done) => setTimeout(done, ms));
}
