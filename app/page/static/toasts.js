// Short messages over the page, each with one button.

import { translate } from "./messages.js";

const UNDO_MS = 5000;
const TOASTS_AT_MOST = 3;

const region = document.getElementById("toasts");
const undoable = [];
let unsaved;

/** Offer to undo for five seconds; the time stops while the mouse or the focus is on it. */
export function offerUndo(text, undo) {
  const toast = show(text, translate("undo"), () => {
    dismiss();
    undo();
  });
  toast.classList.add("temporary");
  const offer = { dismiss, press: () => toast.querySelector("button").click() };
  let timer = setTimeout(dismiss, UNDO_MS);
  for (const [pause, goOn] of [["mouseenter", "mouseleave"], ["focusin", "focusout"]]) {
    toast.addEventListener(pause, () => clearTimeout(timer));
    toast.addEventListener(goOn, () => (timer = setTimeout(dismiss, UNDO_MS)));
  }
  undoable.push(offer);
  if (undoable.length > TOASTS_AT_MOST) undoable[0].dismiss();

  function dismiss() {
    clearTimeout(timer);
    toast.remove();
    const place = undoable.indexOf(offer);
    if (place >= 0) undoable.splice(place, 1);
  }
}

/** Undo the last interaction, if its five seconds have not passed. */
export function undoLast() {
  undoable.at(-1)?.press();
}

/** Say that something is not saved, until it is. */
export function showUnsaved(count, retry) {
  hideUnsaved();
  unsaved = show(translate("unsaved", { count }), translate("retry"), retry);
  unsaved.classList.add("failed");
  unsaved.setAttribute("role", "alert");
}

export function hideUnsaved() {
  unsaved?.remove();
  unsaved = undefined;
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
