// The texts of the page, in the language of the page.

const texts = JSON.parse(document.getElementById("words").textContent);

export function say(key, facts = {}) {
  return texts[key].replace(/\{(\w+)\}/g, (_, name) => facts[name]);
}
