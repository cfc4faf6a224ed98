// Starts the scripts of a tab. Without JavaScript, everything works by plain forms.

import { listenToKeys } from "./keyboard.js";
import { watchLoading } from "./loading.js";
import { searchWhileTyping } from "./search.js";
import { Tab } from "./tab.js";

const form = document.getElementById("tab");
const tab = new Tab(form);
listenToKeys(document.getElementById("cards"), tab);
if (form.dataset.tab === "search") searchWhileTyping(document.getElementById("q"), form, tab.grid);
if ("loading" in form.dataset) watchLoading(form.dataset.progressUrl);
