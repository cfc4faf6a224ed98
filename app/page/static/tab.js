// The buttons of a card: Like, Dislike, Want to watch, Seen it, Not now.

import { Stale } from "./api.js";
import { Grid } from "./grid.js";
import { announce, translate } from "./messages.js";
import { Outbox, isAboutWanting } from "./outbox.js";
import { hideUnsaved, offerUndo, showStale, showUnsaved } from "./toasts.js";

const SAVED_AT_LATEST_MS = 700;
const OPPOSITE = { like: "undo", dislike: "undo", watched: "undo", want: "unwant", not_now: "now", unwant: "want" };
const LEAVE = new Set(["like", "dislike", "watched", "not_now"]);

export class Tab {
  #form;
  #outbox;

  constructor(form) {
    const { userId, interactionsUrl } = form.dataset;
    this.#form = form;
    this.grid = new Grid(form);
    this.#outbox = new Outbox(userId, interactionsUrl);
    this.#listen();
    this.#paintUnsent();
    this.#outbox.send(); // what an earlier visit could not send
    if (form.dataset.replaces === "true") this.grid.fillRow().catch(() => {});
  }

  /** Do an action on a card; pressing the same button again undoes it. */
  interact(card, wanted) {
    const button = card.querySelector(`[data-action="${wanted}"]`);
    const action = button.getAttribute("aria-pressed") === "true" ? OPPOSITE[wanted] : wanted;
    for (const open of card.querySelectorAll("details[open]")) open.open = false;
    const leaves = LEAVE.has(action) && this.#form.dataset.replaces === "true" && card.closest("#cards");
    if (leaves) this.#replace(card, action);
    else this.#press(card, wanted, action);
  }

  /** Send an action on a title that has no card. */
  say(itemId, action, title) {
    this.#outbox.put(itemId, action, title);
  }

  /** Wait until all is saved, but at most SAVED_AT_LATEST_MS. */
  saved() {
    return Promise.race([this.#outbox.empty(), new Promise((done) => setTimeout(done, SAVED_AT_LATEST_MS))]);
  }

  async #replace(card, action) {
    const { itemId, name: title } = card.dataset;
    const place = card.parentElement;
    this.#outbox.put(itemId, action, title);
    offerUndo(translate(action, { title }), () => {
      this.#outbox.put(itemId, OPPOSITE[action], title);
      this.grid.restore(card, place);
      announce(translate("undone", { title }));
    });
    announce(translate(action, { title }));
    const next = await this.grid.replace(card, this.saved());
    if (next) {
      announce(translate(action, { title }), translate("next", { title: next.dataset.name }));
    }
    if (next === null) announce(translate(action, { title }), translate("no_next"));
  }

  #press(card, wanted, action) {
    const { itemId, name: title } = card.dataset;
    this.#outbox.put(itemId, action, title);
    paint(card, action);
    const isOn = action === wanted;
    announce(translate(isOn || action === "unwant" ? action : "undone", { title }));
    if (isOn) offerUndo(translate(action, { title }), () => this.#press(card, wanted, OPPOSITE[action]));
  }

  /** The server rendered these cards without knowing what the browser still has to send. */
  #paintUnsent() {
    for (const [itemId, action] of this.#outbox.unsent()) {
      for (const card of document.querySelectorAll(`[data-item-id="${CSS.escape(itemId)}"]`)) paint(card, action);
    }
  }

  #listen() {
    this.#form.addEventListener("submit", (event) => event.preventDefault());
    this.#form.addEventListener("click", (event) => {
      const button = event.target.closest("[data-action]");
      if (button) this.interact(button.closest("[data-item-id]"), button.dataset.action);
    });
    // The viewer's own lists may be long: there the link loads a longer page.
    if (this.#form.dataset.replaces === "true") {
      document.getElementById("show-more")?.addEventListener("click", (event) => this.#showMore(event));
    }
    this.#outbox.addEventListener("stuck", ({ detail }) =>
      showUnsaved(detail.count, () => this.#outbox.send()),
    );
    this.#outbox.addEventListener("refused", ({ detail }) => {
      if (detail.error instanceof Stale) showStale();
      announce(translate("refused", detail));
    });
    this.#outbox.addEventListener("empty", () => {
      hideUnsaved();
      announce(translate("saved"));
    });
  }

  async #showMore(event) {
    const button = event.currentTarget;
    event.preventDefault();
    button.setAttribute("aria-busy", "true");
    const cards = await this.grid.more().catch(() => undefined);
    button.removeAttribute("aria-busy");
    if (cards === undefined) return announce(translate("no_answer"));
    announce(translate(cards.length ? "added" : "no_next", { count: cards.length }));
    if (cards.length) cards[0].focus();
    else button.hidden = true;
  }
}

/** Show on the buttons of a card what its viewer said. */
function paint(card, action) {
  for (const button of card.querySelectorAll("[data-action]")) {
    if (isAboutWanting(button.dataset.action) !== isAboutWanting(action)) continue;
    button.setAttribute("aria-pressed", button.dataset.action === action);
  }
}
