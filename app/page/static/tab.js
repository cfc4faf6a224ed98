// What happens after a click on Like or Dislike.

import { announce } from "./announcements.js";
import { Grid } from "./grid.js";
import { translate } from "./messages.js";
import { Outbox } from "./outbox.js";
import { hideUnsaved, offerUndo, showUnsaved } from "./toasts.js";

const INTERACTIONS_BEFORE_RENEWAL = 4;
const LIST_IS_READY_MS = 500;

export class Tab {
  #form;
  #outbox;
  #savedSinceRenewal = 0;

  constructor(form) {
    const { userId, interactionsUrl } = form.dataset;
    this.#form = form;
    this.grid = new Grid(form);
    this.#outbox = new Outbox(userId, interactionsUrl);
    this.#listen();
    this.#outbox.send(); // what an earlier visit could not send
  }

  /** Like or dislike a card; pressing the same button again takes that back. */
  interact(card, wanted) {
    const { interaction } = card.dataset;
    const action = interaction === wanted ? "undo" : wanted;
    if (this.#form.dataset.replaces === "true") this.#replace(card, action);
    else this.#press(card, action);
  }

  async #replace(card, action) {
    const { itemId, name: title } = card.dataset;
    const place = card.parentElement;
    this.#outbox.put(itemId, action, title);
    offerUndo(translate(action, { title }), () => {
      this.#outbox.put(itemId, "undo", title);
      this.grid.restore(card, place);
      announce(translate("undone", { title }));
    });
    announce(translate(action, { title }));
    const next = await this.grid.replace(card);
    if (next) {
      announce(translate(action, { title }), translate("next", { title: next.dataset.name }));
    }
    if (next === null) announce(translate(action, { title }), translate("no_next"));
  }

  #press(card, action) {
    const { itemId, name: title } = card.dataset;
    this.#outbox.put(itemId, action, title);
    if (action === "undo") delete card.dataset.interaction;
    else card.dataset.interaction = action;
    for (const button of card.querySelectorAll("[data-action]")) {
      button.setAttribute("aria-pressed", button.dataset.action === action);
    }
    announce(translate(action === "undo" ? "undone" : action, { title }));
    if (action !== "undo") offerUndo(translate(action, { title }), () => this.#press(card, "undo"));
  }

  #listen() {
    this.#form.addEventListener("submit", (event) => event.preventDefault());
    this.#form.addEventListener("click", (event) => {
      const button = event.target.closest("[data-action]");
      if (button) this.interact(button.closest(".card"), button.dataset.action);
    });
    this.#outbox.addEventListener("saved", () => this.#renew());
    this.#outbox.addEventListener("stuck", ({ detail }) =>
      showUnsaved(detail.count, () => this.#outbox.send()),
    );
    this.#outbox.addEventListener("refused", ({ detail }) => announce(translate("refused", detail)));
    this.#outbox.addEventListener("empty", () => {
      hideUnsaved();
      announce(translate("saved"));
    });
  }

  /** After a few interactions, replace the other cards by newer recommendations. */
  async #renew() {
    this.#savedSinceRenewal += 1;
    const { tab } = this.#form.dataset;
    if (tab !== "for_you" || this.#savedSinceRenewal < INTERACTIONS_BEFORE_RENEWAL) return;
    this.#savedSinceRenewal = 0;
    await new Promise((done) => setTimeout(done, LIST_IS_READY_MS));
    const renewed = await this.grid.renew().catch(() => 0);
    if (renewed) announce(translate("renewed"));
  }
}
