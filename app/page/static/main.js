// Starts the scripts of a page with cards. Without JavaScript, everything works by plain forms.

import { listenToKeys } from "./keyboard.js";
import { Sight } from "./sight.js";
import { Tab } from "./tab.js";
import { welcome } from "./welcome.js";

const LOADING_EVERY_MS = 700;
const form = document.getElementById("tab");
if (form) start(document.getElementById("cards"));

function start(list) {
  const tab = new Tab(form);
  listenToKeys(list, tab);
  new Sight(list, form.dataset.seenUrl);
  if ("loading" in form.dataset) watchLoading(form.dataset.progressUrl);
  const strip = document.getElementById("welcome");
  if (strip) welcome(strip, tab);
  document.querySelector("[data-focus-card]")?.addEventListener("click", (event) => {
    if (!tab.grid.cards.length) return;
    event.preventDefault();
    tab.grid.cards[0].focus();
  });
  for (const current of document.querySelectorAll(".tabs [aria-current], .genres [aria-current]")) {
    current.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
}

/** Show the progress while the catalogue is loaded; then load the page again. */
async function watchLoading(url) {
  const bar = document.getElementById("loaded");
  const counts = bar?.nextElementSibling;
  for (;;) {
    await new Promise((done) => setTimeout(done, LOADING_EVERY_MS));
    const response = await fetch(url).catch(() => undefined);
    if (!response?.ok) continue;
    const { under_way: underWay, sent, total } = await response.json();
    if (!underWay) return location.reload();
    if (!bar) continue;
    bar.max = total || 1;
    bar.value = sent;
    counts.textContent = `${sent} / ${total}`;
  }
}
