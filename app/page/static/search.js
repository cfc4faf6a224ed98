// Search while typing, on the search tab.

import { post } from "./api.js";
import { parse } from "./grid.js";
import { announce, translate } from "./messages.js";

const TYPING_PAUSE_MS = 200;
const FOUND_AT_MOST = 24;

export function searchWhileTyping(field, form, grid) {
  const empty = document.getElementById("empty");
  const nothing = empty.textContent;
  let timer;
  let newest = 0;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(find, TYPING_PAUSE_MS);
  });

  async function find() {
    const turn = ++newest;
    const about = field.value.trim();
    const answer = await post(form.dataset.cardsUrl, { tab: "search", about, k: FOUND_AT_MOST }).catch(() => undefined);
    if (turn !== newest) return; // a newer query was sent
    // No answer does not mean that nothing was found.
    empty.textContent = answer ? about && nothing : translate("search_down");
    form.dataset.about = about;
    grid.replaceAll((answer?.cards ?? []).map(({ html }) => parse(html)));
    announce(answer ? translate("found", { count: answer.cards.length }) : empty.textContent);
    const address = new URL(location);
    address.searchParams.set("q", about);
    history.replaceState(null, "", address);
  }
}
