// Keys of every page: "?" shows all keys, "/" goes to the search, Escape closes.

export function isTyping(element) {
  return element.matches?.("input:not([type=hidden], [type=checkbox]), textarea, select");
}

export function offerKeys() {
  const dialog = document.getElementById("keys");
  const button = document.getElementById("show-keys");
  button.hidden = false;
  button.addEventListener("click", () => dialog.showModal());
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Escape") return void closeOpen(event);
    if (isTyping(event.target) || dialog.open) return;
    // A Russian keyboard has "/" and "?" elsewhere, so their position on an English one counts, too.
    const isSlash = event.code === "Slash";
    if (event.key === "?" || (isSlash && event.shiftKey)) dialog.showModal();
    else if (event.key === "/" || isSlash) document.getElementById("q").select();
    else return;
    event.preventDefault();
  });
}

/** Close what is open over the page, and give the focus back to its opener. */
function closeOpen(event) {
  const open = event.target.closest?.("details[open]") ?? document.querySelector(".more[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
}
