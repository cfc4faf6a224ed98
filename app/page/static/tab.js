// What happens after a click on Like or Dislike.

import { Grid } from "./grid.js";
import { Outbox } from "./outbox.js";
import { speak } from "./spoken.js";
import { hideUnsaved, offerUndo, showUnsaved } from "./toasts.js";
import { say } from "./words.js";

const INTERACTIONS_TO_FOLLOW = 4;
const LIST_IS_READY_MS = 500;

export class Shelf {
  #form;
  #outbox;
  #savedSinceFollowing = 0;

  constructor(form) {
    const { viewer, interactionsUrl } = form.dataset;
    this.#form = form;
    this.grid = new Grid(form);
    this.#outbox = new Outbox(viewer, interactionsUrl);
    this.#listen();
    this.#outbox.send(); // what an earlier visit could not save
  }

  /** React to a card, or with its pressed button take the interaction back. */
  react(card, wanted) {
    const { interaction } = card.dataset;
    const action = interaction === wanted ? "undo" : wanted;
    if (this.#form.dataset.givesWay === "true") this.#giveWay(card, action);
    else this.#press(card, action);
  }

  async #giveWay(card, action) {
    const { itemId, name: title } = card.dataset;
    const place = card.parentElement;
    this.#outbox.put(itemId, action, title);
    offerUndo(say(action, { title }), () => {
      this.#outbox.put(itemId, "undo", title);
      this.grid.bringBack(card, place);
      speak(say("undone", { title }));
    });
    speak(say(action, { title }));
    const next = await this.grid.giveWay(card);
    if (next) speak(say(action, { title }), say("next", { title: next.dataset.name }));
    if (next === null) speak(say(action, { title }), say("no_next"));
  }

  #press(card, action) {
    const { itemId, name: title } = card.dataset;
    this.#outbox.put(itemId, action, title);
    if (action === "undo") delete card.dataset.interaction;
    else card.dataset.interaction = action;
    for (const button of card.querySelectorAll("[data-action]")) {
      button.setAttribute("aria-pressed", button.dataset.action === action);
    }
    speak(say(action === "undo" ? "undone" : action, { title }));
    if (action !== "undo") offerUndo(say(action, { title }), () => this.#press(card, "undo"));
  }

  #listen() {
    this.#form.addEventListener("submit", (event) => event.preventDefault());
    this.#form.addEventListener("click", (event) => {
      const button = event.target.closest("[data-action]");
      if (button) this.react(button.closest(".card"), button.dataset.action);
    });
    this.#outbox.addEventListener("saved", () => this.#follow());
    this.#outbox.addEventListener("stuck", ({ detail }) =>
      showUnsaved(detail.count, () => this.#outbox.send()),
    );
    this.#outbox.addEventListener("refused", ({ detail }) => speak(say("refused", detail)));
    this.#outbox.addEventListener("empty", () => {
      hideUnsaved();
      speak(say("saved"));
    });
  }

  /** After a few interactions, let the other titles follow what they say. */
  async #follow() {
    this.#savedSinceFollowing += 1;
    if (this.#form.dataset.tab !== "for_you" || this.#savedSinceFollowing < INTERACTIONS_TO_FOLLOW) return;
    this.#savedSinceFollowing = 0;
    await new Promise((done) => setTimeout(done, LIST_IS_READY_MS));
    const renewed = await this.grid.renew().catch(() => 0);
    if (renewed) speak(say("followed"));
  }
}
