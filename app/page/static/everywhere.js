// Scripts of every page: suggestions, keys, colours, service worker.

import { offerKeys } from "./dialogs.js";
import { suggest } from "./suggestions.js";
import { switchTheme } from "./theme.js";

const isSearchTab = document.getElementById("tab")?.dataset.tab === "search";
if (!isSearchTab) suggest(document.querySelector(".find"));
offerKeys();
switchTheme(document.getElementById("theme"));
navigator.serviceWorker?.register("/service-worker.js").catch(() => {});
const canReturn = document.getElementById("can-return");
if (canReturn) setTimeout(() => canReturn.remove(), 60_000);
