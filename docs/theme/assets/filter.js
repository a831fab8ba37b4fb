// A field above messages or rows: only those that fit are shown, before the
// page is painted (choose.js says why). The address keeps what was asked.
document.documentElement.classList.toggle("choosing", location.search !== "");
const filter = () => {
  const form = document.querySelector("form.filter");
  const fields = [...form.elements].filter((field) => field.name);
  const status = form.querySelector("[role=status]");
  const { all, one, many, none } = form.dataset;
  const items = form.dataset.of === "rows" ? rows() : messages();

  const show = () => {
    const asked = fields.map((field) => field.value.trim());
    const fit = new Set(items.fit(...asked));
    items.show(fit);
    const words = !asked.some(Boolean) ? all : [none, one][fit.size] ?? many;
    status.textContent = words.replace("{}", fit.size);
  };
  const changed = () => {
    show();
    const asked = fields.filter((x) => x.value.trim());
    const query = new URLSearchParams(asked.map((x) => [x.name, kept(x.value)]));
    history.replaceState(null, "", location.pathname + (asked.length ? `?${query}` : ""));
  };
  // A whole traceback is too long for an address; its end says what is wrong.
  const kept = (value) => value.trim().slice(-500);

  const given = new URLSearchParams(location.search);
  for (const field of fields) {
    field.value = given.get(field.name) ?? "";
    if (field.selectedIndex < 0) field.value = ""; // of an older table
  }
  form.addEventListener("input", changed);
  form.addEventListener("reset", () => setTimeout(changed)); // once it's done
  form.addEventListener("submit", (event) => event.preventDefault());
  // A link to what is hidden shows all.
  const land = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target || !target.closest("article")) return;
    if (target.hidden) {
      form.reset();
      show();
      target.scrollIntoView();
    }
    items.open?.(target);
  };
  addEventListener("hashchange", land);
  show();
  land();
};

// Messages: a heading each, and what stands below it.
const messages = () => {
  const below = (heading) => {
    const parts = [heading];
    for (let x = heading.nextElementSibling; x && !/^H[123]$/.test(x.tagName); )
      (parts.push(x), (x = x.nextElementSibling));
    return parts;
  };
  const title = (heading) => heading.firstChild.textContent;
  const titles = [...document.querySelectorAll("article :is(h2, h3)")];
  const toc = new Map(
    [...document.querySelectorAll(".md-nav--secondary .md-nav__link")].map((x) => [
      x.hash,
      x.parentElement,
    ]),
  );
  const entries = [];
  for (const heading of titles) {
    const parts = below(heading);
    const words = [...heading.parentElement.querySelectorAll("p > code")];
    const said = words.filter((x) => parts.includes(x.parentElement));
    entries.push({
      heading,
      parts,
      group: heading.tagName === "H2",
      // Other words for it, and how older torch said it, are in its code.
      says: [
        heading.textContent.replace(/¶$/, ""),
        ...said.filter((x) => x.parentElement.matches(".says")).map((x) => x.textContent),
      ],
      text: plain(parts.filter((x) => x.tagName !== "DETAILS").map((x) => x.textContent).join(" ")),
    });
  }
  const found = entries.filter((entry) => !entry.group);
  const groups = new Map();
  for (const entry of entries)
    if (entry.group) groups.set(entry, []);
    else [...groups.values()].at(-1).push(entry);

  // The words of a message, in order; “…” stands for any. In what was pasted
  // or, if that is a part of it, in that.
  const within = (said, text) => {
    let end = 0;
    return said.every((part) => {
      const at = text.indexOf(` ${part}`, end); // tensor: tensors
      end = at + part.length;
      return at >= 0;
    });
  };
  const parts = (said, clean) =>
    said.split("…").map((x) => clean(x).trim()).filter(Boolean);
  // Those whose heading it is go before those that it is another word for.
  const saying = (clean) => (text) => {
    const said = clean(text);
    const says = (words) => words.some((x) => within(parts(x, clean), said));
    const named = found.filter(({ says: [heading] }) => says([heading]));
    return [...new Set([...named, ...found.filter((entry) => says(entry.says))])];
  };
  // The last error that was pasted goes first, with what a kernel asserted.
  const last = (text) => {
    const starts = (sign) => [...text.matchAll(sign)].map((x) => x.index).reverse();
    const [asserted = text.length] = starts(/Assertion `/g);
    const tails = starts(/(?:Error|Exception|Warning)[:(]/g).map((at) => text.slice(at));
    return [...tails, text].map((tail) => `${text.slice(asserted).split("\n")[0]} ${tail}`);
  };
  const saidLast = (clean) => (texts) =>
    texts.reduce((fits, text) => (fits.length ? fits : saying(clean)(text)), []);
  const typed = (text) => {
    const words = plain(text).trim().split(" ");
    return found.filter((entry) => words.every((x) => entry.text.includes(` ${x}`)));
  };
  const fit = (text) => {
    if (!plain(text).trim()) return found;
    const bare = uncoloured(text);
    const texts = [...last(bare), ...last(unprefixed(bare))];
    const ways = [saidLast(plain), saidLast(untyped), () => typed(bare)];
    return ways.reduce((fits, way) => (fits.length ? fits : way(texts)), []);
  };
  const show = (fits) => {
    const best = [...new Set([...fits, ...found])];
    for (const [group, now] of groups) {
      const order = best.filter((x) => now.includes(x));
      if (order.every((x, i) => x === now[i])) continue;
      group.parts.at(-1).after(...order.flatMap((x) => x.parts));
      groups.set(group, order);
    }
    let group;
    for (const entry of entries) {
      const hidden = !fits.has(entry);
      for (const part of entry.parts) part.hidden = hidden;
      if (entry.group) group = entry;
      else if (!hidden) for (const part of group.parts) part.hidden = false;
    }
    for (const { heading } of entries) {
      const item = toc.get(`#${heading.id}`);
      if (item) item.hidden = heading.hidden;
    }
  };
  // The block of a message that a link leads to is open.
  const open = (heading) => {
    const entry = found.find((x) => x.heading === heading);
    for (const part of entry?.parts ?? []) if (part.tagName === "DETAILS") part.open = true;
  };
  return { fit, show, open };
};
// What a terminal, a notebook or JSON adds to a message: colours, tags, escapes.
const uncoloured = (text) =>
  text
    .replace(/(?:\x1b|\^\[|\\(?:x1b|u001b|033|e))?\[\d+(?:;\d+)*m/g, "")
    .replace(/<\/?[a-z][^<>\n]*>|&#?\w+;|\\[nrt]/g, " ");
// A log breaks a message with what its lines begin with, side by side.
const unprefixed = (text) => {
  const lines = text.split("\n");
  const begin = (x = "", y = "") => {
    const [a, b] = [x, y].map((line) => line.replace(/\d/g, "0"));
    let same = 0;
    while (same < a.length && a[same] === b[same]) same++;
    return Math.max(...[":", "]", ")", "|"].map((x) => a.lastIndexOf(x, same - 1) + 1));
  };
  return lines
    .map((x, i) => x.slice(Math.max(begin(x, lines[i - 1]), begin(x, lines[i + 1]))))
    .join("\n");
};
// Only words: neither numbers, shapes, quotes nor, below, types of data.
const plain = (text) =>
  ` ${text.toLowerCase().replace(/torch\.size\(\[[^\]]*\]\)/g, " ").replace(/[^a-z_\u3400-\u9fff…]+/g, " ")} `
    .replace(/[\u3400-\u9fff](?=[a-z_])|[a-z_](?=[\u3400-\u9fff])/g, "$& ")
    .replace(/ +/g, " ");
const TYPES =
  /(?<= )(b?float|double|half|bfloat|complex|long|int|uint|short|char|byte|bool|torch|cuda|(float|double|half|long|int|short|char|byte|bool)tensor) /g;
const untyped = (text) => plain(text).replace(TYPES, "");

// Rows of tables: their words, and the task in their second cell.
const rows = () => {
  const tables = [...document.querySelectorAll("article .wide table")];
  const found = tables.flatMap((table) => [...table.tBodies[0].rows]);
  const task = (row) => row.cells[1].textContent.trim();
  const select = document.querySelector("form.filter select");
  for (const value of new Set(found.map(task))) select.append(new Option(value, value));
  const lower = new Map(found.map((row) => [row, row.textContent.toLowerCase()]));
  const fit = (text, chosen) => {
    const words = text.toLowerCase().split(/\s+/);
    return found.filter(
      (row) => (!chosen || task(row) === chosen) && words.every((x) => lower.get(row).includes(x)),
    );
  };
  const show = (fits) => {
    for (const row of found) row.hidden = !fits.has(row);
    for (const table of tables)
      table.parentElement.classList.toggle("none", [...table.tBodies[0].rows].every((x) => x.hidden));
  };
  return { fit, show };
};
