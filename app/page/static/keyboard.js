// Keys: arrows move between cards, L likes, D dislikes, U undoes.
//
// Keys are known by their place: on a Russian keyboard L types д, and still likes.

import { undoLast } from "./toasts.js";

const VERDICTS = { KeyL: "like", KeyD: "dislike" };

export function listenToKeys(list, shelf) {
  list.addEventListener("focusin", (event) => makeOnlyStop(event.target.closest(".card")));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return;
    const card = event.target.closest?.("#cards .card");
    const handled =
      move(shelf.grid.cards, card, event.code, columns(list)) ||
      judge(shelf, card, event.code) ||
      (event.code === "KeyU" && (undoLast(), true));
    if (handled) event.preventDefault();
  });
  makeOnlyStop(shelf.grid.cards[0]);

  // One stop of the Tab key per grid, as in a toolbar; the arrows do the rest.
  function makeOnlyStop(card) {
    for (const other of list.querySelectorAll('.card[tabindex="0"]')) other.tabIndex = -1;
    if (card) card.tabIndex = 0;
  }
}

function move(cards, card, code, perRow) {
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -perRow, ArrowDown: perRow }[code];
  if (!step) return false;
  if (!card) {
    if (code === "ArrowUp" || code === "ArrowDown") return false; // the page scrolls, as everywhere
    cards[0]?.focus();
    return true;
  }
  cards[cards.indexOf(card) + step]?.focus();
  return true;
}

function judge(shelf, card, code) {
  if (!card || !VERDICTS[code] || card.closest(".going")) return false;
  if (card.querySelector("[data-action]")) shelf.react(card, VERDICTS[code]);
  return true;
}

function columns(list) {
  return getComputedStyle(list).gridTemplateColumns.split(" ").length;
}

function isTyping(element) {
  return element.matches?.("input:not([type=hidden]), textarea, select");
}
