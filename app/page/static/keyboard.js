// Keys on the cards: arrows move, letters are actions, Enter opens the title.
//
// Keys count by position: on a Russian keyboard the key L types д, and still likes.

import { isTyping } from "./dialogs.js";
import { undoLast } from "./toasts.js";

const ACTIONS = { KeyL: "like", KeyD: "dislike", KeyW: "want", KeyS: "watched", KeyN: "not_now" };

export function listenToKeys(list, tab) {
  list.addEventListener("focusin", (event) => makeTabStop(event.target.closest(".card")));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const card = event.target.closest?.("#cards .card");
    const handled =
      move(tab.grid, card, event.code) ||
      press(tab, card, event.code) ||
      open(card, event) ||
      (event.code === "KeyU" && undo());
    if (handled) event.preventDefault();
  });
  makeTabStop(tab.grid.cards[0]);

  // The Tab key stops only once in the grid, as in a toolbar; the arrow keys move inside.
  function makeTabStop(card) {
    for (const other of list.querySelectorAll('.card[tabindex="0"]')) other.tabIndex = -1;
    if (card) card.tabIndex = 0;
  }
}

function move({ cards, columns }, card, code) {
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[code];
  if (!step) return false;
  if (!card) {
    if (code === "ArrowUp" || code === "ArrowDown") return false; // scrolls the page, as usual
    cards[0]?.focus();
    return true;
  }
  cards[cards.indexOf(card) + step]?.focus();
  return true;
}

function press(tab, card, code) {
  if (!card || !ACTIONS[code] || card.closest(".leaving")) return false;
  if (card.querySelector("[data-action]")) tab.interact(card, ACTIONS[code]);
  return true;
}

function open(card, event) {
  if (!card || event.key !== "Enter" || event.target !== card) return false;
  location.assign(card.querySelector("h2 a").href);
  return true;
}

function undo() {
  undoLast();
  return true;
}
