// Marks what was searched for on the page that was found: whole words, in
// ?h=, where _ stands between those of an expression. The page stays as it is.
const words = new URLSearchParams(location.search).get("h")?.match(/\S+/g);
if (words && CSS.highlights) {
  const edge = (letter) => (/[\u3400-\u9fff]/.test(letter) ? "" : "(?![A-Za-z0-9])");
  const before = (letter) => edge(letter).replace("!", "<!");
  const patterns = words
    .map((word) => word.replace(/[^\p{L}\p{N}_.]/gu, "").replace(/\./g, "\\."))
    .filter(Boolean)
    .sort((one, other) => other.length - one.length)
    .map((word) => before(word[0]) + word.replace(/_/g, "[-_\\s]?") + edge(word.at(-1)));
  const pattern = new RegExp(patterns.join("|") || "(?!)", "gi");
  const ranges = [];
  const texts = document.createTreeWalker(
    document.querySelector("article"),
    NodeFilter.SHOW_TEXT,
  );
  while (texts.nextNode()) {
    const node = texts.currentNode;
    if (node.parentElement.closest(".katex, script, style, svg")) continue;
    for (const { 0: found, index } of node.data.matchAll(pattern)) {
      const [startOffset, endOffset] = [index, index + found.length];
      const place = { startContainer: node, startOffset, endContainer: node, endOffset };
      ranges.push(new StaticRange(place)); // stays when a table is wrapped
    }
  }
  CSS.highlights.set("search", new Highlight(...ranges));
}
