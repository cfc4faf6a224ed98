// Refreshes the dashboard while it is visible.

const EVERY_MS = 2000;
const charts = document.getElementById("charts");

setInterval(async () => {
  // Not while the page is hidden or a table has the focus.
  if (document.hidden || charts.matches(":focus-within")) return;
  const response = await fetch(charts.dataset.url).catch(() => undefined);
  if (response?.ok) refresh(await response.text());
}, EVERY_MS);

function refresh(html) {
  const open = new Set([...charts.querySelectorAll("details[open]")].map(nameOf));
  charts.innerHTML = html;
  for (const details of charts.querySelectorAll("details")) details.open = open.has(nameOf(details));
}

function nameOf(details) {
  return details.closest("figure").id;
}
