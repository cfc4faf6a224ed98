// What a screen reader says: one sentence at a time.

const region = document.getElementById("spoken");

export function speak(...sentences) {
  region.textContent = sentences.filter(Boolean).join(" ");
}
