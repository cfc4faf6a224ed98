// Announces to screen readers what has just happened.

const region = document.getElementById("announcements");

export function announce(...sentences) {
  region.textContent = sentences.filter(Boolean).join(" ");
}
