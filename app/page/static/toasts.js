// A short message over the page with one button: at most one at a time.

import { translate } from "./messages.js";

const UNDO_MS = 5000;

const region = document.getElementById("toasts");
let offer;
let unsaved;

/** Offer to undo for five seconds; the time restarts when the mouse and the focus leave it. */
export function offerUndo(text, undo) {
  offer?.dismiss();
  const toast = show(text, translate("undo"), () => {
    dismiss();
    undo();
  });
  toast.classList.add("temporary");
  toast.hidden = Boolean(unsaved); // what is not saved is more important; U still undoes
  let timer = setTimeout(dismiss, UNDO_MS);
  for (const [pause, goOn] of [["mouseenter", "mouseleave"], ["focusin", "focusout"]]) {
    toast.addEventListener(pause, () => clearTimeout(timer));
    toast.addEventListener(goOn, () => (timer = setTimeout(dismiss, UNDO_MS)));
  }
  const mine = { dismiss, toast, press: () => toast.querySelector("button").click() };
  offer = mine;

  function dismiss() {
    clearTimeout(timer);
    toast.remove();
    if (offer === mine) offer = undefined;
  }
}

/** Undo the last action, if its five seconds have not passed. */
export function undoLast() {
  offer?.press();
}

/** Show that something is not saved, until it is. */
export function showUnsaved(count, retry) {
  alarm(translate("unsaved", { count }), translate("retry"), retry);
}

/** Show that this page belongs to an earlier viewer. */
export function showStale() {
  alarm(translate("stale"), translate("reload"), () => location.reload());
}

export function hideUnsaved() {
  unsaved?.remove();
  unsaved = undefined;
  if (offer) offer.toast.hidden = false;
}

function alarm(text, label, act) {
  const [message, button] = unsaved?.children ?? [];
  if (button?.textContent === label) {
    // A retry has failed: the button keeps the focus, and the same text is not said again.
    if (message.textContent !== text) message.textContent = text;
    return;
  }
  hideUnsaved();
  unsaved = show(text, label, act);
  unsaved.classList.add("failed");
  unsaved.setAttribute("role", "alert");
  if (offer) offer.toast.hidden = true;
}

function show(text, label, act) {
  const toast = document.createElement("div");
  const message = document.createElement("p");
  const button = document.createElement("button");
  toast.className = "toast";
  message.textContent = text;
  button.type = "button";
  button.textContent = label;
  button.addEventListener("click", act);
  toast.append(message, button);
  region.append(toast);
  return toast;
}
