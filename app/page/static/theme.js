// Changes the colours at once. The server remembers them, and the link works without scripts.

export function switchTheme(link) {
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    const theme = new URL(link.href).searchParams.get("theme");
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    const response = await fetch(link.href).catch(() => undefined);
    if (!response?.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const next = page.getElementById("theme");
    link.href = next.getAttribute("href");
    link.title = next.title;
    link.setAttribute("aria-label", next.getAttribute("aria-label"));
    link.replaceChildren(...next.childNodes);
  });
}
