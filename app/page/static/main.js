// Brings the page to life. Without it, everything works by plain forms.

import { listenToKeys } from "./keyboard.js";
import { watchLoading } from "./loading.js";
import { searchWhileTyping } from "./search.js";
import { Shelf } from "./shelf.js";

const form = document.getElementById("shelf");
const shelf = new Shelf(form);
listenToKeys(document.getElementById("cards"), shelf);
if (form.dataset.tab === "search") searchWhileTyping(document.getElementById("q"), form, shelf.grid);
if ("loading" in form.dataset) watchLoading(form.dataset.progressUrl);
