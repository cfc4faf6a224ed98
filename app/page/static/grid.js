// The cards on the page: places (li) in a row, each with a card in it.

import { post } from "./api.js";

const LEAVING_MS = 200;
const ASKED_TO_LEAVE_OUT = 100;

export class Grid {
  #list = document.getElementById("cards");
  #empty = document.getElementById("empty");
  #shelf;
  #seen; // never shown twice on this page, for the lists may lag behind
  #spare = []; // cards that were shown, and had to make room for an undone one

  constructor(shelf) {
    this.#shelf = shelf;
    this.#seen = new Set(this.cards.map((card) => card.dataset.itemId));
  }

  get cards() {
    return [...this.#list.querySelectorAll("li:not(.going) > .card")];
  }

  /** Let a card give way to the next one. Returns the next card; null when there is none. */
  async giveWay(card) {
    const place = card.parentElement;
    const hadFocus = place.contains(document.activeElement);
    place.classList.add("going");
    const [next] = await Promise.all([this.#next().catch(() => null), pause(LEAVING_MS)]);
    if (!place.classList.contains("going")) {
      if (next) this.#spare.push(next); // the card was brought back before the next one came
      return undefined;
    }
    place.classList.remove("going");
    if (next) fillPlace(place, next);
    else place.remove();
    this.#sayIfEmpty();
    if (hadFocus && document.activeElement === document.body) (next ?? this.cards[0])?.focus();
    return next;
  }

  /** Put a card that had given way back where it was. */
  bringBack(card, place) {
    place.classList.remove("going");
    const newcomer = place.querySelector(".card");
    if (newcomer && newcomer !== card) this.#spare.push(newcomer);
    if (!place.isConnected) this.#list.append(place);
    fillPlace(place, card);
    this.#sayIfEmpty();
    card.focus();
  }

  /** Renew all cards, save the one that somebody is at. Returns how many. */
  async renew() {
    const old = this.cards.filter((card) => !card.matches(":focus-within, :hover"));
    if (!old.length) return 0;
    const fresh = await this.#ask(old.length);
    fresh.forEach((card, n) => {
      const place = old[n].parentElement;
      if (place?.isConnected && !place.classList.contains("going")) fillPlace(place, card);
      else this.#spare.push(card);
    });
    return fresh.length;
  }

  /** Show other cards altogether. */
  replaceAll(cards) {
    this.#list.replaceChildren(
      ...cards.map((card) => {
        const place = document.createElement("li");
        place.append(card);
        return place;
      }),
    );
    this.#sayIfEmpty();
  }

  async #next() {
    return this.#spare.shift() ?? (await this.#ask(1))[0] ?? null;
  }

  /** Ask for cards. What is asked for counts as shown, so never more than there is room for. */
  async #ask(k) {
    const { cardsUrl, tab, about } = this.#shelf.dataset;
    const shown = [...this.#seen].slice(-ASKED_TO_LEAVE_OUT);
    const { cards } = await post(cardsUrl, { tab, about, k, shown });
    cards.forEach((card) => this.#seen.add(card.item_id));
    return cards.map(({ html }) => parse(html));
  }

  #sayIfEmpty() {
    this.#empty.hidden = this.#list.childElementCount > 0;
  }
}

/** Make a card of our own server's HTML, in which every text is escaped. */
export function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.querySelector(".card");
}

function fillPlace(place, card) {
  place.replaceChildren(card);
  place.classList.remove("coming");
  void place.offsetWidth; // lets the animation begin again
  place.classList.add("coming");
}

function pause(ms) {
  return new Promise((done) => setTimeout(done, ms));
}
