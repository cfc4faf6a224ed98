// Suggestions under the search field, on every page: a list box with arrow keys.

import { get } from "./api.js";
import { translate } from "./messages.js";

const PAUSE_MS = 120;

export function suggest(form) {
  const field = form.querySelector("[type=search]");
  const list = form.querySelector("#suggestions");
  let timer;
  let newest = 0;
  let chosen = -1;
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-autocomplete", "list");
  hide();

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  });
  field.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "Escape") hide();
    else if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen - 1);
    else if (event.key === "Enter" && chosen >= 0) location.assign(options()[chosen].dataset.url);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  form.addEventListener("focusout", (event) => {
    if (!form.contains(event.relatedTarget)) hide();
  });
  // Otherwise the field would lose the focus, which hides the list, before the click.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.url);
  });

  async function ask() {
    const turn = ++newest;
    const query = field.value.trim();
    if (!query) return hide();
    const url = `${form.dataset.suggestionsUrl}${form.dataset.suggestionsUrl.includes("?") ? "&" : "?"}q=${encodeURIComponent(query)}`;
    const answer = await get(url).catch(() => undefined);
    if (turn !== newest || document.activeElement !== field) return;
    show(answer?.titles);
  }

  /** Show titles; undefined means that there was no answer. */
  function show(titles) {
    chosen = -1;
    field.removeAttribute("aria-activedescendant");
    const made = (titles ?? []).map(option);
    if (!made.length) {
      const told = document.createElement("li");
      told.setAttribute("role", "presentation");
      told.textContent = translate(titles ? "nothing" : "search_down");
      made.push(told);
    }
    list.replaceChildren(...made);
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
  }

  function hide() {
    list.hidden = true;
    chosen = -1;
    newest += 1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  }

  function choose(place) {
    const all = options();
    if (!all.length) return;
    chosen = (place + all.length) % all.length;
    for (const [n, each] of all.entries()) each.setAttribute("aria-selected", n === chosen);
    field.setAttribute("aria-activedescendant", all[chosen].id);
  }

  function options() {
    return [...list.querySelectorAll("[role=option]")];
  }
}

function option({ name, year, url }, place) {
  const item = document.createElement("li");
  item.id = `suggestion-${place}`;
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  item.dataset.url = url;
  const text = document.createElement("span");
  text.textContent = name;
  text.dir = "auto";
  const when = document.createElement("small");
  when.textContent = year ?? "";
  item.append(text, when);
  return item;
}
