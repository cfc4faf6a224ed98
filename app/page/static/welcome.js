// The first visit: each tap on a poster is a like; after three, the list appears.

import { announce, translate } from "./messages.js";

const RANKED_MS = 900;

export function welcome(strip, tab) {
  const count = strip.querySelector("#welcome-count");
  let wanted = Number(strip.dataset.wanted);
  strip.addEventListener("change", async ({ target }) => {
    tab.say(target.value, target.checked ? "like" : "undo", target.getAttribute("aria-label"));
    wanted += target.checked ? -1 : 1;
    const text = wanted > 0 ? translate("welcome_more", { count: wanted }) : translate("welcome_done");
    count.textContent = text;
    announce(text);
    if (wanted > 0) return;
    for (const box of strip.querySelectorAll("[type=checkbox]")) box.disabled = true;
    await tab.saved();
    await new Promise((done) => setTimeout(done, RANKED_MS));
    // All boxes were sent already: the form only ends the step.
    strip.submit();
  });
}
