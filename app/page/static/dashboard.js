// Keeps the engine room fresh, as long as somebody looks.

const EVERY_MS = 2000;
const figures = document.getElementById("figures");

setInterval(async () => {
  // Nobody looks, or somebody reads: then the page holds still.
  if (document.hidden || figures.matches(":focus-within")) return;
  const response = await fetch(figures.dataset.url).catch(() => undefined);
  if (response?.ok) refresh(await response.text());
}, EVERY_MS);

function refresh(html) {
  const open = new Set([...figures.querySelectorAll("details[open]")].map(nameOf));
  figures.innerHTML = html;
  for (const details of figures.querySelectorAll("details")) details.open = open.has(nameOf(details));
}

function nameOf(details) {
  return details.closest("figure").id;
}
