// The texts of the page, in its language, and telling screen readers what has just happened.

const messages = JSON.parse(document.getElementById("messages").textContent);
const region = document.getElementById("announcements");

export function translate(key, values = {}) {
  return messages[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export function announce(...sentences) {
  region.textContent = sentences.filter(Boolean).join(" ");
}
