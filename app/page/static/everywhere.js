// Scripts of every page: suggestions, keys, service worker.

import { offerKeys } from "./dialogs.js";
import { suggest } from "./suggestions.js";

const isSearchTab = document.getElementById("tab")?.dataset.tab === "search";
if (!isSearchTab) suggest(document.querySelector(".find"));
offerKeys();
navigator.serviceWorker?.register("/service-worker.js").catch(() => {});
const canReturn = document.getElementById("can-return");
if (canReturn) setTimeout(() => canReturn.remove(), 60_000);
if (document.getElementById("offline")) addEventListener("online", () => location.reload());
