// The search: it takes the place of Material's worker and speaks its messages,
// but ranks places by whole words, weighed by how rare they are, with the names
// of the page they stand on. A hook puts words.yml into the index.

const W = {
  title: 13, // a word in a title, beside one in the text
  code: 0.2, // a word in a block of code
  K: 2.6, // how soon a word said again counts no more
  KP: 2, // the same for a whole page
  B: 0.48, // how much longer texts must say it more often
  BP: 0.67, // the same for a whole page
  BT: 0.27, // the same for titles
  NAMED: 1.7, // the page has this word in its title, names or address
  PAGE: 0.4, // or elsewhere
  TOP: 0.27, // the top of a page has its title as all its sections have
  COV: 0.58, // how much what isn't found at all costs
  IDF: 0.44, // how much rare words count more
  NAME: 0.98, // what was typed is the page's name
  HEAD: 1.7, // or a section's
  FULL: 0.2, // every word of a section's title was typed
  MEANT: 0.55, // a name of the page is among what was typed
  PHRASE: 0.3, // all that was typed stands in the title, as it was typed
  OTHER: 0.8, // another name for the same
  STEM: 0.85, // a name but for the word "loss"
  ALSO: 0.95, // another name of the page
  ANSWER: 1.1, // options and pitfalls answer more often
  USUAL: 0.3, // than what every page has
  RELATED: 0.77, // or than what names other pages
  PREFIX: 0.4, // the last word may be only begun
  TYPO: 0.8, // a word unlike any, but almost one
  PART: 0.3, // a part of a name that is known as a whole
  SAME: 0.3, // a word of an expression that has others for the same
  NUMBER: 0.3, // a whole number, as in an error message
};
const USUAL = ["copy-this", "formula", "shapes-and-dtypes", "by-hand", "gradient"];
const [SETUP, READY, QUERY, RESULT] = [0, 1, 2, 3];
const [PAGES, SECTIONS] = [12, 6]; // shown
const FEWEST = 0.1; // of the best score
const TEASER = 240; // characters
const FORMS = 30; // words to mark

const HAN = /[\u3400-\u9fff]/;
const LATIN = "[A-Za-z0-9\u00c0-\u024f\u0370-\u03ff]";
const TOKEN = new RegExp(
  `([\u3400-\u9fff]+)|(\\d+(?:\\.\\d+)+)|${LATIN}+(?:[-_]${LATIN}+)*`,
  "g",
);
const PARTS = /[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+|[^A-Za-z0-9_-]+/g;
const ENDING = /(?<=.{3})(?:ings?|ed|(?<!s)s|es|ely|ly|e|ences?|ent)$/;
const NAMES = /[,，、:：()（）/;；]|\band\b|与|和/;
const PREFIXES = /\b(?:pytorch|torch|nn|functional|F)\b/g;
const PRE = /<pre>.*?<\/pre>/gs;

const stems = new Map();
/** Take off how an English word ends, alike in queries and in pages. */
function stem(word) {
  if (!stems.has(word)) {
    const plain = word.length > 3 && !/[^a-z]/.test(word);
    stems.set(word, plain ? word.replace(ENDING, "") : word);
  }
  return stems.get(word);
}

/**
 * Cut a text into words: focal_loss, focal-loss and FocalLoss are focalloss,
 * focal and loss; Chinese is cut into pairs, which needs no dictionary.
 */
function tokens(text) {
  const found = [];
  const add = (word, at, end, whole = false) => {
    const form = text.slice(at, end).toLowerCase();
    found.push({ word: stem(word ?? form), form, at, end, whole });
  };
  for (const { 0: run, 1: han, 2: decimal, index } of text.matchAll(TOKEN)) {
    const end = index + run.length;
    if (han) {
      for (let i = index; i < Math.max(index + 1, end - 1); i++)
        add(null, i, Math.min(end, i + 2));
      continue;
    }
    const parts = decimal ? [] : [...run.matchAll(PARTS)];
    const several = parts.length > 1;
    add(several ? parts.join("").toLowerCase() : null, index, end, several);
    for (const { 0: part, index: i } of several ? parts : [])
      if (part.length > 1) add(null, index + i, index + i + part.length);
  }
  return found;
}

const stops = new Set(); // words that mean nothing
let cut; // finds those of them in Chinese
let same = []; // lists of other words for the same
const sets = new Map(); // the first token of each leads to the others
const synonyms = new Map(); // a name to the others, with "loss" or without

/** Take in the words of words.yml. */
function learn(words) {
  same = words.same;
  for (const word of words.stop) stops.add(word);
  const han = words.stop.filter((word) => HAN.test(word));
  han.sort((one, other) => other.length - one.length);
  cut = new RegExp(han.join("|") || "(?!)", "g");
  same.forEach((texts, i) => {
    for (const text of texts) {
      const list = tokens(text);
      const parts = list.length > 1 ? list.filter((x) => !x.whole) : list;
      const [first, ...rest] = parts.map(({ word }) => word);
      sets.set(first, [...(sets.get(first) ?? []), { rest, id: `=${i}` }]);
    }
    const list = texts.flatMap((text) => names(text).map(([name]) => [name, W.OTHER]));
    for (const [name] of list) synonyms.set(name, list);
  });
  for (const list of sets.values())
    list.sort((one, other) => other.rest.length - one.rest.length);
}

/** Find what has other words: the set, and its first and last token. */
function* alike(list) {
  for (let i = 0; i < list.length; i++)
    for (const { rest, id } of sets.get(list[i].word) ?? []) {
      let at = i;
      const goesOn = rest.every((word) => {
        at += list[at + 1]?.whole ? 2 : 1;
        return list[at]?.word === word;
      });
      if (goesOn) yield [id, i, at];
    }
}

const plain = (html) =>
  html
    .replace(/<[^>]+>/g, " ")
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, "&");
const joined = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");

const KIND = /(?<=.)(?:loss|classification|损失函数|损失|分类)$/;
/** List what a name is, however it is written, and what without "loss". */
function names(text) {
  const name = joined(text);
  const bare = name.replace(KIND, "");
  return bare === name ? [[name, 1]] : [[name, 1], [bare, W.STEM]];
}

/** Write words apart: cross_entropy and CrossEntropy are cross entropy. */
function spaced(text) {
  const runs = text.match(TOKEN) ?? [];
  const cut = (run) => (HAN.test(run) ? [run] : (run.match(PARTS) ?? []));
  return ` ${runs.flatMap(cut).join(" ").toLowerCase()} `;
}

class Index {
  constructor(docs) {
    this.words = new Map(); // word → where, how often in title, text, code, …
    this.forms = new Map(); // word as written → word
    this.names = new Map(); // name → where → how much it is
    this.known = new Map(); // name in words → pages
    this.docs = [];
    this.pages = [];
    this.titles = new Set(); // words of titles, as written
    this.sizes = []; // of title and text
    for (const doc of docs) this.add(doc);
    this.settle();
  }

  add(entry) {
    const clean = (text) => text.replaceAll("\u200b", "");
    const doc = { ...entry, title: clean(entry.title), text: clean(entry.text) };
    if (entry.tags) doc.tags = entry.tags.map(clean);
    const [path, id] = doc.location.split("#");
    if (!id) this.pages.push({ path, docs: [] });
    const page = this.pages.at(-1);
    const i = this.docs.push(doc) - 1;
    page.docs.push(i);
    Object.assign(doc, { page: this.pages.length - 1, id });
    doc.kind = this.kind(id, page);
    const tags = (!id && doc.tags) || [];
    const address = id ?? path.split("/").filter(Boolean).at(-1) ?? "";
    const heads = [doc.title, ...tags, address.replaceAll("-", " ")];
    const words = tokens(doc.title).filter(({ form }) => !stops.has(form));
    for (const { form } of words) this.titles.add(form);
    doc.heads = [...new Set(words.map(({ word }) => word))];
    this.called(i, doc.title, 1);
    doc.spaced = spaced(doc.title);
    for (const part of id ? [] : [...doc.title.split(NAMES), ...tags]) {
      this.called(i, part, W.ALSO);
      const name = HAN.test(part) ? spaced(part).trim() : spaced(part);
      if (name.trim().length < 2 || stops.has(name.trim())) continue;
      this.known.set(name, [...(this.known.get(name) ?? []), doc.page]);
    }
    this.count(i, 0, heads.join("; "));
    this.count(i, 1, plain(doc.text.replace(PRE, " ")).replace(/\\[a-zA-Z]+/g, " "));
    this.count(i, 2, plain((doc.text.match(PRE) ?? []).join(" ")));
  }

  /** Tell options and pitfalls from what every page has. */
  kind(id, page) {
    if (["options", "pitfalls"].includes(id)) page.answers = true;
    if (["precision", "related-and-sources"].includes(id)) page.answers = false;
    if (id === "related-and-sources") return "RELATED";
    if (page.answers) return "ANSWER";
    return USUAL.includes(id) ? "USUAL" : undefined;
  }

  called(i, text, much) {
    for (const [name, x] of names(text)) {
      const where = this.names.get(name) ?? new Map();
      this.names.set(name, where.set(i, Math.max(where.get(i) ?? 0, much * x)));
    }
  }

  count(i, field, text) {
    const list = tokens(text);
    this.sizes[i] ??= [0, 0];
    if (field < 2) this.sizes[i][field] += list.length;
    const add = (word) => {
      const where = this.words.get(word) ?? [];
      if (where.at(-4) !== i) where.push(i, 0, 0, 0);
      where[where.length - 3 + field]++;
      this.words.set(word, where);
    };
    for (const { word, form } of list) {
      this.forms.set(form, word);
      add(word);
    }
    for (const [id] of alike(list)) add(id);
  }

  /** Weigh lengths. */
  settle() {
    const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;
    const norm = (sizes, b) => {
      const usual = mean(sizes);
      return sizes.map((size) => 1 - b + (b * size) / usual);
    };
    this.long = norm(this.sizes.map(([, text]) => text), W.B);
    this.longTitle = norm(this.sizes.map(([title]) => title), W.BT);
    const whole = this.pages.map(({ docs }) =>
      docs.reduce((sum, i) => sum + this.sizes[i][1], 0),
    );
    this.longPage = norm(whole, W.BP);
  }

  /** List what a query asks for: words alike, each with how much it is. */
  asks(query) {
    const list = tokens(query.replace(/(?<=[A-Za-z])['’][a-z]+/g, (x) => " ".repeat(x.length)));
    const asked = [];
    let read = query; // as it was understood
    const covered = new Set();
    for (const [id, start, end] of alike(list)) {
      if (covered.has(start) || !this.words.has(id)) continue;
      asked.push({ factor: 1, words: [[id, 1]] });
      for (let i = start; i <= end; i++) covered.add(i);
    }
    const gone = new Set();
    for (const { 0: found, index } of query.matchAll(cut))
      for (let i = 0; i < found.length; i++) gone.add(index + i);
    let within = 0; // the end of a name that is known as a whole
    list.forEach(({ word, form, at, end, whole }, i) => {
      const known = this.words.has(word);
      const last = end === query.length;
      if (stops.has(form) || (whole && !known && !last)) return;
      const removed = HAN.test(form) && (gone.has(at) || gone.has(end - 1));
      if (removed && !covered.has(i)) return;
      let factor = covered.has(i) ? W.SAME : 1;
      if (/^\d+$/.test(word)) factor *= W.NUMBER;
      if (at < within) factor *= W.PART;
      if (whole && known) within = end;
      const { groups, instead } = this.meant(word, form, last, whole);
      if (instead) read = read.replace(query.slice(at, end), instead);
      for (const words of groups) asked.push({ factor, words, within: covered.has(i) });
    });
    return { asked, read };
  }

  /** Find a word, or what else could be meant by it. */
  meant(word, form, last, whole) {
    const found = new Map();
    const look = (test, much) => {
      let first;
      for (const [other, root] of this.forms)
        if (!found.has(root) && test(other)) {
          found.set(root, much);
          first ??= other;
        }
      return first;
    };
    if (this.words.has(word)) found.set(word, 1);
    const begun = HAN.test(form) ? form.length === 1 : last && form.length > 1;
    if (begun) look((other) => other.startsWith(form), W.PREFIX);
    if (found.size) return { groups: [[...found]] };
    if (HAN.test(form) || form.length < 5 || whole) return { groups: [] };
    for (let i = 3; i < form.length - 1; i++) {
      const two = [form.slice(0, i), form.slice(i)];
      const words = two.map((x) => this.forms.get(x));
      if (words[0] && words[1])
        return { groups: words.map((x) => [[x, 1]]), instead: two.join(" ") };
    }
    const alike = (other) => other[0] === form[0] && nearly(other, form);
    const instead = look(alike, W.TYPO);
    return { groups: instead ? [[...found]] : [], instead };
  }

  /** Collect where each thing asked stands, as in words. */
  counts(asked) {
    const size = this.docs.length;
    return asked.flatMap(({ factor, words }) => {
      let list = this.words.get(words[0][0]) ?? [];
      if (words.length > 1 || words[0][1] !== 1) {
        const most = new Map();
        for (const [word, much] of words) {
          const there = this.words.get(word) ?? [];
          for (let j = 0; j < there.length; j += 4) {
            const one = most.get(there[j]) ?? [0, 0, 0];
            for (let field = 0; field < 3; field++)
              one[field] = Math.max(one[field], much * there[j + 1 + field]);
            most.set(there[j], one);
          }
        }
        list = [...most].flatMap(([i, one]) => [i, ...one]);
      }
      const n = list.length / 4;
      const rare = Math.log(1 + (size - n + 0.5) / (n + 0.5));
      return n ? [{ factor, rare, list: Float64Array.from(list) }] : [];
    });
  }

  score({ asked, read }, counts = this.counts(asked)) {
    const { docs, pages } = this;
    const own = new Float64Array(docs.length);
    const covered = new Float64Array(docs.length);
    const pageScore = new Float64Array(pages.length);
    const pageCovered = new Float64Array(pages.length);
    let all = 0;
    for (const { factor, rare, list } of counts) {
      const weight = factor * rare ** W.IDF;
      all += weight;
      const said = new Float64Array(pages.length);
      const named = new Float64Array(pages.length);
      for (let j = 0; j < list.length; j += 4) {
        const { page, id } = docs[list[j]];
        said[page] += list[j + 2] + W.code * list[j + 3] + (id ? list[j + 1] : 0);
        if (!id) named[page] = Math.min(1, list[j + 1]);
      }
      for (let page = 0; page < pages.length; page++) {
        const sum = said[page] / this.longPage[page];
        const elsewhere = (W.PAGE * sum) / (sum + W.KP);
        pageScore[page] += weight * (W.NAMED * named[page] + elsewhere);
        pageCovered[page] += weight * named[page];
      }
      for (let j = 0; j < list.length; j += 4) {
        const i = list[j];
        const { page, id } = docs[i];
        const head = (W.title * list[j + 1] * (id ? 1 : W.TOP)) / this.longTitle[i];
        const sum = head + (list[j + 2] + W.code * list[j + 3]) / this.long[i];
        own[i] += (weight * sum) / (sum + W.K);
        covered[i] += weight * (1 - named[page]);
      }
    }
    const words = spaced(read);
    const meant = new Map();
    for (const [name, where] of this.known)
      if (words.includes(name)) {
        let sum = 0;
        for (const { word, whole } of tokens(name)) if (!whole) sum += this.rare(word);
        for (const page of where) meant.set(page, Math.max(meant.get(page) ?? 0, sum));
      }
    const is = new Map();
    const typed = names(read.replace(PREFIXES, ""));
    const others = typed.flatMap(([name]) => synonyms.get(name) ?? []);
    for (const [name, x] of [...typed, ...others])
      for (const [i, y] of this.names.get(name) ?? [])
        is.set(i, Math.max(is.get(i) ?? 0, x * y));
    const exact = new Map();
    for (const { factor, words } of asked)
      for (const [word, much] of words) if (much === 1) exact.set(word, factor);
    let most = 0;
    const found = [];
    for (let i = 0; i < docs.length; i++) {
      if (!own[i]) continue;
      const { page, id, kind, heads, boost } = docs[i];
      const part = (covered[i] + pageCovered[page]) / all;
      let score = ((own[i] + pageScore[page]) / all) * part ** W.COV;
      score += (is.get(i) ?? 0) * (id ? W.HEAD : W.NAME);
      score += (W.MEANT * (meant.get(page) ?? 0)) / all;
      if (words.length > 4 && docs[i].spaced.includes(words)) score += W.PHRASE;
      if (id && heads.length && heads.every((word) => exact.has(word)))
        for (const word of heads)
          score += (W.FULL * exact.get(word) * this.rare(word)) / all;
      score *= (W[kind] ?? 1) * (boost ?? 1);
      most = Math.max(most, score);
      found.push({ i, score });
    }
    return found
      .filter(({ score }) => score >= FEWEST * most)
      .sort((one, other) => other.score - one.score);
  }

  rare(word) {
    const n = (this.words.get(word)?.length ?? 0) / 4;
    return Math.log(1 + (this.docs.length - n + 0.5) / (n + 0.5));
  }
}

/** Tell whether words are one letter more, less, other, or two swapped apart. */
function nearly(one, other) {
  if (Math.abs(one.length - other.length) > 1) return false;
  let i = 0;
  while (i < one.length && one[i] === other[i]) i++;
  const [a, b] = [one.slice(i), other.slice(i)];
  const [x, y] = [a.slice(1), b.slice(1)];
  const swapped = a[0] === b[1] && b[0] === a[1] && x.slice(1) === y.slice(1);
  return x === y || x === b || a === y || swapped;
}

/** Say what was found, as Material's page shows it. */
class Answer {
  constructor(index, query) {
    this.index = index;
    const { asked, read } = index.asks(query);
    this.asked = asked;
    this.sought = this.worth();
    this.found = index.score({ asked, read });
    this.forms = this.written();
  }

  /** List the words to mark: none that every third place has. */
  worth() {
    const rare = new Set();
    for (const { words, within } of this.asked) {
      const known = words.some(([, much]) => much === 1);
      for (const [word, much] of within ? [] : words)
        if ((much === 1 || !known) && this.index.rare(word) > 1) rare.add(word);
    }
    if (rare.size) return rare;
    return new Set(this.asked.flatMap(({ words }) => words.map(([word]) => word)));
  }

  /** List how the words to mark may be written. */
  written() {
    const forms = [...this.index.forms].filter(([, word]) => this.sought.has(word));
    const others = same.filter((_, i) => this.sought.has(`=${i}`)).flat();
    const list = [...forms.map(([form]) => form), ...others];
    return [...new Set(list.map((x) => x.toLowerCase().replace(/[-_\s]+/g, "_")))];
  }

  /** List the words to mark on a page. */
  marks(page) {
    const { docs, pages } = this.index;
    pages[page].said ??= pages[page].docs
      .map((i) => `${docs[i].title} ${plain(docs[i].text)}`)
      .join(" ")
      .toLowerCase()
      .replace(/[-_\s]+/g, "_");
    const said = this.forms.filter((form) => pages[page].said.includes(form));
    return said.slice(0, FORMS).map(encodeURIComponent).join("+");
  }

  /** Find the words to mark: where they begin and end. */
  *spots(text) {
    const list = tokens(text);
    const is = ({ word }) => this.sought.has(word);
    for (const x of list) if (is(x)) yield x;
    for (const [word, from, to] of alike(list))
      if (this.sought.has(word)) yield { word, at: list[from].at, end: list[to].end };
  }

  /** Mark words, and nothing within a tag. */
  mark(html) {
    const text = html.replace(/<[^>]*>|&\w+;/g, (tag) => " ".repeat(tag.length));
    const inside = new Uint8Array(html.length);
    for (const { at, end } of this.spots(text)) inside.fill(1, at, end);
    let marked = "";
    for (let i = 0; i < html.length; i++) {
      const [here, before] = [inside[i], inside[i - 1] ?? 0];
      if (here && !before) marked += "<mark>";
      if (!here && before) marked += "</mark>";
      marked += html[i];
    }
    return inside.at(-1) ? `${marked}</mark>` : marked;
  }

  /** Cut out the part of a text that holds most of what was asked. */
  teaser(html) {
    const blocks = html.match(/<(p|pre|ul)>.*?<\/\1>|(?:(?!<(?:p|pre|ul)>).)+/gs) ?? [];
    let [best, most] = [blocks[0] ?? "", 0];
    for (const block of blocks) {
      const words = new Set([...this.spots(plain(block))].map(({ word }) => word));
      let sum = 0;
      for (const word of words) sum += this.index.rare(word);
      if (block.startsWith("<pre>")) sum *= 0.3; // words say more
      if (sum > most) [best, most] = [block, sum];
    }
    if (best.length <= TEASER && !best.startsWith("<pre>")) return this.mark(best);
    const text = plain(best).replace(/\s+/g, " ").trim();
    const [first = 0] = [...this.spots(text)].map(({ at }) => at).sort((x, y) => x - y);
    const far = first > TEASER / 2;
    const start = far ? text.lastIndexOf(" ", first - TEASER / 4) + 1 : 0;
    const end = start + TEASER;
    const part = text.slice(start, end).replace(/&/g, "&amp;").replace(/</g, "&lt;");
    return `<p>${start ? "…" : ""}${this.mark(part)}${end < text.length ? "…" : ""}</p>`;
  }

  /** Make an item; the address takes along which words to mark there. */
  item({ i, score }) {
    const { location, title, text, tags, page } = this.index.docs[i];
    const h = this.marks(page);
    const [path, id] = location.split("#");
    return {
      location: path + (h && `?h=${h}`) + (id ? `#${id}` : ""),
      title: this.mark(title),
      text: this.teaser(text),
      ...(tags && !id && { tags: tags.map((tag) => this.mark(tag)) }),
      score,
      terms: {},
    };
  }

  /** Group what was found by page, the page itself always with it. */
  get items() {
    const pages = new Map();
    for (const one of this.found) {
      const { page } = this.index.docs[one.i];
      if (!pages.has(page) && pages.size === PAGES) continue;
      const list = pages.get(page) ?? [];
      if (list.length < SECTIONS) pages.set(page, [...list, one]);
    }
    return [...pages].map(([page, list]) => {
      const [top] = this.index.pages[page].docs;
      if (!list.some(({ i }) => i === top)) list.push({ i: top, score: 0 });
      return list.map((one) => this.item(one));
    });
  }
}

/** Complete the last word from titles, as the box offers. */
function suggest(index, query) {
  const typed = query.match(/[\p{L}\p{N}_]+$/u)?.[0];
  if (!typed || typed.length < 2) return [];
  const found = [...index.titles].filter((form) => form.startsWith(typed));
  return found.sort((one, other) => one.length - other.length).slice(0, 1);
}

let index;
addEventListener("message", ({ data: { type, data } }) => {
  if (type === SETUP) {
    learn(data.config.words);
    index = new Index(data.docs);
    postMessage({ type: READY });
  } else if (type === QUERY) {
    const query = data.trim();
    const { items } = query ? new Answer(index, data) : { items: [] };
    postMessage({ type: RESULT, data: { items, suggest: suggest(index, data) } });
  }
});
