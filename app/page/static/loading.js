// The progress bar while the catalogue is loaded.

const EVERY_MS = 700;

export async function watchLoading(url) {
  const bar = document.getElementById("loaded");
  const counts = bar?.nextElementSibling;
  for (;;) {
    await new Promise((done) => setTimeout(done, EVERY_MS));
    const response = await fetch(url).catch(() => undefined);
    if (!response?.ok) continue;
    const { under_way: underWay, sent, total } = await response.json();
    if (!underWay) return location.reload();
    if (!bar) continue;
    bar.max = total || 1;
    bar.value = sent;
    counts.textContent = `${sent} / ${total}`;
  }
}
