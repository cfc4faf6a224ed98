// Scripts of every page: suggestions, keys, service worker.

import { offerKeys } from "./dialogs.js";
import { suggest } from "./suggestions.js";

suggest(document.querySelector(".find"));
offerKeys();
navigator.serviceWorker?.register("/service-worker.js").catch(() => {});
const canReturn = document.getElementById("can-return");
if (canReturn) setTimeout(() => canReturn.remove(), 60_000);
if (document.getElementById("offline")) setInterval(returnWhenAnswered, 3_000);

/** Load the page again once its server answers: to be online does not say that it does. */
function returnWhenAnswered() {
  fetch("/livez").then(() => location.reload(), () => {});
}
