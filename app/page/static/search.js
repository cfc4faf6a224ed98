// Search while typing, on the search tab.

import { announce } from "./announcements.js";
import { post } from "./api.js";
import { parse } from "./grid.js";
import { translate } from "./messages.js";

const TYPING_PAUSE_MS = 200;

export function searchWhileTyping(field, form, grid) {
  let timer;
  let newest = 0;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(find, TYPING_PAUSE_MS);
  });

  async function find() {
    const turn = ++newest;
    const about = field.value.trim();
    const { cards } = await post(form.dataset.cardsUrl, { tab: "search", about, k: 12 }).catch(
      () => ({ cards: [] }),
    );
    if (turn !== newest) return; // a later answer has overtaken this one
    form.dataset.about = about;
    grid.replaceAll(cards.map(({ html }) => parse(html)));
    announce(translate("found", { count: cards.length }));
    const address = new URL(location);
    address.searchParams.set("q", about);
    history.replaceState(null, "", address);
  }
}
