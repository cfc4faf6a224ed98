// The texts of the page, in the language of the page.

const messages = JSON.parse(document.getElementById("messages").textContent);

export function translate(key, values = {}) {
  return messages[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
