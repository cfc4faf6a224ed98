// Scripts of every page: suggestions, keys, colours, service worker.

import { offerKeys } from "./dialogs.js";
import { suggest } from "./suggestions.js";

const isSearchTab = document.getElementById("tab")?.dataset.tab === "search";
if (!isSearchTab) suggest(document.querySelector(".find"));
offerKeys();
switchTheme(document.getElementById("theme"));
navigator.serviceWorker?.register("/service-worker.js").catch(() => {});
const canReturn = document.getElementById("can-return");
if (canReturn) setTimeout(() => canReturn.remove(), 60_000);
if (document.getElementById("offline")) addEventListener("online", () => location.reload());

/** Change the colours at once. The server remembers them, and the link works without scripts. */
function switchTheme(link) {
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    const theme = new URL(link.href).searchParams.get("theme");
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    const response = await fetch(link.href).catch(() => undefined);
    if (!response?.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const next = page.getElementById("theme");
    link.href = next.getAttribute("href");
    link.title = next.title;
    link.setAttribute("aria-label", next.getAttribute("aria-label"));
    link.replaceChildren(...next.childNodes);
  });
}
