// What a page's links do where there is a script; without, they just lead.
document.addEventListener("click", async (event) => {
  if (event.target.closest(".search")) {
    const open = document.getElementById("__search");
    if (!open.checked) open.click();
    document.querySelector("[name=query]").focus();
  }
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  // The other language, at this place: the names of places are the same.
  if (link.hreflang) {
    const here = document.querySelector(".md-nav__link--active[href^='#']");
    link.hash = location.hash || (here ? here.hash : "");
  }
  // The page as Markdown: into the clipboard, or shown where that is refused.
  if (link.type === "text/markdown" && window.ClipboardItem) {
    event.preventDefault();
    const text = fetch(link.href).then((got) => got.text());
    const item = new ClipboardItem({ "text/plain": text });
    try {
      await navigator.clipboard.write([item]);
      const config = document.getElementById("__config").textContent;
      alert$.next(JSON.parse(config).translations["clipboard.copied"]);
    } catch {
      location.assign(link.href);
    }
  }
});
// On paper a block's output stands beside it, if both fit.
addEventListener("beforeprint", () => {
  const outputs = ".language-python + .language-text:not(.pair > *)";
  for (const output of document.querySelectorAll(outputs)) {
    const pair = document.createElement("div");
    pair.className = "pair";
    output.previousElementSibling.before(pair);
    pair.append(pair.nextElementSibling, output);
  }
});
