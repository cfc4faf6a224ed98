// The bar of a catalogue that is being loaded.

const EVERY_MS = 700;

export async function watchLoading(url) {
  const bar = document.getElementById("loaded");
  const figures = bar?.nextElementSibling;
  for (;;) {
    await new Promise((done) => setTimeout(done, EVERY_MS));
    const response = await fetch(url).catch(() => undefined);
    if (!response?.ok) continue;
    const { under_way: underWay, sent, total } = await response.json();
    if (!underWay) return location.reload();
    if (!bar) continue;
    bar.max = total || 1;
    bar.value = sent;
    figures.textContent = `${sent} / ${total}`;
  }
}
