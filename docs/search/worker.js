// The search: it takes the place of Material's worker and speaks its messages,
// but ranks places by whole words, weighed by how rare they are, with the names
// of the page they stand on, what links say of them and what readers ask. A hook
// puts words.yml, those links' words and those questions into the index.

const W = {
  // How much a word counts, by where it stands; 1 in the text.
  title: 2.7,
  cause: 3, // in a title "what is seen: why", the second half
  said: 1.1, // what links to the place say
  asked: 1.5, // what readers ask who are answered there, as the page's head has it
  code: 0.062,
  // How soon a word said again counts no more; how much longer texts must say it more.
  K: 7.5,
  KP: 2.6, // for a whole page
  B: 0.35,
  BP: 0.44,
  BT: 0.027, // for titles
  NAMED: 0.69, // the page has this word in its title, names or address
  PAGE: 0.33, // or elsewhere
  TOP: 0.31, // the top of a page has its title as all its sections have
  COV: 0.43, // how much what isn't found at all costs
  IDF: 0.53, // how much rare words count more
  NAME: 0.81, // what was typed is the page's name
  HEAD: 0.64, // or a section's
  FULL: 0.25, // a section's title was typed, or part of it
  MEANT: 0.68, // a name of the page is among what was typed
  TASK: 0.27, // a task's name, which may only say where it happens
  PAIR: 0.5, // Chinese is counted in pairs of characters, two a word
  TABLE: 0.8, // the top of a page on training: its sections answer better
  BARE: 0.75, // and so is its name without "loss"
  GENERAL: 0.84, // a page of no single loss, when one is named
  SLIP: 0.91, // a slip of one loss, when none is named
  TOPS: 0.49, // or the top of its page
  TOLD: 1.2, // a symptom, told in more words than a keyword is, when none is named
  PHRASE: 0.3, // all that was typed stands in the title, as it was typed
  OTHER: 0.8, // another name for the same
  STEM: 0.85, // a name but for the word "loss"
  ALSO: 0.95, // another name of the page
  AMONG: 0.9, // one of those in its title
  ANSWER: 1.1, // options and pitfalls answer more often
  USUAL: 0.3, // than what every page has
  RELATED: 0.77, // or than what names other pages
  PREFIX: 0.4, // the last word may be only begun
  TYPO: 0.8, // a word unlike any, but almost one
  PART: 0.3, // a part of a name that is known as a whole
  SAME: 0.3, // a word of an expression that has others for the same
  NUMBER: 0.3, // a number, as in an error message or a log
};
const FIELDS = ["title", "cause", "said", "asked", "text", "code"];
const [TITLE, CAUSE, SAID, ASKED, TEXT, CODE] = FIELDS.keys();
const NOWHERE = FIELDS.map(() => 0);
const STRIDE = FIELDS.length + 1; // a place, and how often a word is in each field
const USUAL = ["copy-this", "formula", "shapes-and-dtypes", "by-hand", "gradient"];
const SLIPS = ["pitfalls", "what-the-slips-cost"]; // below: "what is seen: why"
const ANSWERS = ["options", ...SLIPS]; // what stands below them answers
const ENDS = ["precision", "related-and-sources", "sources"]; // no longer below
const [SETUP, READY, QUERY, RESULT] = [0, 1, 2, 3];
const [PAGES, SECTIONS] = [12, 6]; // shown
const FEWEST = 0.1; // of the best score
const TEASER = 240; // characters
const FORMS = 30; // words to mark
const LONGEST = 12; // parts of a name
const SENTENCE = 4; // words, at least
const [LEAST, RUNS] = [4, 100]; // words of a run, runs of a query

const HAN = /[\u3400-\u9fff]/;
const LATIN = "[A-Za-z0-9\u00c0-\u024f\u0370-\u03ff]";
const TOKEN = new RegExp(
  `([\u3400-\u9fff]+)|(\\d+(?:\\.\\d+)+)|${LATIN}+(?:[-_]${LATIN}+)*`,
  "g",
);
const PARTS = /[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+|[^A-Za-z0-9_-]+/g;
// What is left has three letters, four before -ing: mining is no minimum.
const ENDING = /(?<=.{4})(?:ings?|ences?|ent)$|(?<=.{3})(?:ed|(?<!s)s|es|ely|ly|e)$/;
const NAMES = /[,，、:：()（）/;；]|\band\b|与|和/;
const PREFIXES = /\b(?:pytorch|torch|nn|functional|F)\b/g;
const PRE = /<pre>.*?<\/pre>/gs;
const BLOCK = /<(p|pre|ul)>.*?<\/\1>|(?:(?!<(?:p|pre|ul)>).)+/gs;

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

/** How a word is written, one or many: sampling isn't samples. */
const written = ({ form }) => (form.length > 3 ? form.replace(/s$/, "") : form);

const stops = new Set(); // words that mean nothing
let cut; // finds those of them in Chinese
let same = []; // lists of other words for the same
let implied = {}; // what is asked for by which words, where every page has it
let simple = new Map(); // a traditional character to the simplified
const sets = new Map(); // the first token of each leads to the others
const apart = new Set(); // plurals that mean something else: negatives are samples
const synonyms = new Map(); // a name to the others, with "loss" or without

/** Take in the words of words.yml. */
function learn(words) {
  same = words.same;
  implied = words.implied ?? {};
  simple = new Map((words.simple ?? []).map(([from, to]) => [from, to]));
  for (const word of words.stop) stops.add(word);
  const han = words.stop.filter((word) => HAN.test(word));
  han.sort((one, other) => other.length - one.length);
  cut = new RegExp(han.join("|") || "(?!)", "g");
  for (const word of words.apart ?? []) apart.add(word);
  same.forEach((texts, i) => {
    for (const text of texts) {
      const list = tokens(text);
      const parts = list.length > 1 ? list.filter((x) => !x.whole) : list;
      const [one, ...rest] = parts.map(written);
      const first = apart.has(text) ? text : one;
      sets.set(first, [...(sets.get(first) ?? []), { rest, id: `=${i}` }]);
    }
    const list = texts.flatMap((text) => names(text).map(([name]) => [name, W.OTHER]));
    for (const [name] of list) synonyms.set(name, list);
  });
  for (const list of sets.values())
    list.sort((one, other) => other.rest.length - one.rest.length);
}

/** Find the sets that a word begins: negatives alone is not negative. */
function begunBy(token) {
  const found = sets.get(written(token)) ?? [];
  if (!apart.has(token.form)) return found;
  return [...found.filter(({ rest }) => rest.length), ...sets.get(token.form)];
}

/** Find what has other words: the set, and its first and last token. */
function* alike(list) {
  for (let i = 0; i < list.length; i++)
    for (const { rest, id } of begunBy(list[i])) {
      let at = i;
      const goesOn = rest.every((word) => {
        at += list[at + 1]?.whole ? 2 : 1;
        return at < list.length && written(list[at]) === word;
      });
      if (goesOn) yield [id, i, at];
    }
}

/** Leave out what is asked for again. */
function once(asked) {
  const best = new Map();
  for (const one of asked) {
    const [word] = one.words[0];
    if (!(best.get(word)?.factor >= one.factor)) best.set(word, one);
  }
  return [...best.values()];
}

/** Leave out what stands within a longer expression, or reaches into it. */
function longest(found) {
  const list = [...found].sort((x, y) => y[2] - y[1] - (x[2] - x[1]));
  const taken = new Set();
  return list.filter(([, start, end]) => {
    for (let i = start; i <= end; i++) if (taken.has(i)) return false;
    for (let i = start; i <= end; i++) taken.add(i);
    return true;
  });
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
// A loss is asked for by 焦点损失的梯度, not by 训练时损失变大.
const A_LOSS = /[^的，。时练证试总型\s]损失(?=$|的|[^\p{L}\p{N}])|\s损失$/u;
const BARE = /^(?:loss|classification|损失函数|损失|分类)$/; // is no name
/** List what a name is, however it is written, and what without "loss". */
function names(text) {
  const name = joined(text);
  const bare = name.replace(KIND, "");
  return bare === name ? [[name, 1]] : [[name, 1], [bare, W.STEM]];
}

/** Cut a text where a name may begin or end: CrossEntropy is cross, entropy. */
function pieces(text, han = (run) => [...run], whole = () => false) {
  const cutRun = (run) =>
    HAN.test(run) ? han(run) : whole(run) ? [joined(run)] : (run.match(PARTS) ?? []);
  return (text.match(TOKEN) ?? []).flatMap(cutRun).map((part) => part.toLowerCase());
}

/** Write words apart: cross_entropy and CrossEntropy are cross entropy. */
const spaced = (text) => ` ${pieces(text, (run) => [run]).join(" ")} `;

class Index {
  constructor(docs) {
    this.words = new Map(); // word → where, how often in each field, where, …
    this.forms = new Map(); // word as written → word
    this.initials = new Map(); // first letter → words as written
    this.names = new Map(); // name → where → how much it is
    this.known = new Map(); // name → pages → how much it is
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
    const [loss, task] = ["losses/", "tasks/"].map((x) => path.startsWith(x));
    if (!id) this.pages.push({ path, docs: [], loss, task });
    const page = this.pages.at(-1);
    const i = this.docs.push(doc) - 1;
    page.docs.push(i);
    Object.assign(doc, { page: this.pages.length - 1, id });
    this.place(doc, page);
    const tags = (!id && doc.tags) || [];
    const address = id ?? path.split("/").filter(Boolean).at(-1) ?? "";
    for (const { form } of tokens(doc.title)) if (!stops.has(form)) this.titles.add(form);
    this.called(i, doc.title, 1);
    doc.spaced = spaced(doc.title);
    const parts = id ? [] : doc.title.split(NAMES);
    for (const part of parts) this.called(i, part, W.AMONG);
    for (const tag of tags) this.called(i, tag, W.ALSO);
    for (const part of [...parts, ...tags]) this.know(part, doc.page);
    const [seen, ...why] = doc.slip ? doc.title.split(/[:：]/) : [doc.title];
    doc.seen = seen;
    this.count(i, TITLE, [seen, ...tags, id ? "" : address.replaceAll("-", " ")].join("; "));
    this.count(i, CAUSE, [...why, id ? address.replaceAll("-", " ") : ""].join("; "));
    this.count(i, SAID, `${doc.said ?? ""}; ${implied[doc.says] ?? ""}`);
    this.count(i, ASKED, doc.asked ?? "");
    this.count(i, TEXT, plain(doc.text.replace(PRE, " ")).replace(/\\[a-zA-Z]+/g, " "));
    this.count(i, CODE, plain((doc.text.match(PRE) ?? []).join(" ")));
  }

  /** Tell options and slips from what every page has. */
  place(doc, page) {
    const { id } = doc;
    if (ANSWERS.includes(id)) page.under = id;
    if (ENDS.includes(id)) page.under = "";
    doc.slip = id && (SLIPS.includes(page.under) || page.path === "symptoms/");
    doc.says = page.under === "options" && id !== "options" ? "option" : id;
    doc.scope = !id ? "TOPS" : doc.slip ? "SLIP" : "";
    if (id === "related-and-sources") doc.kind = "RELATED";
    else if (page.under) doc.kind = "ANSWER";
    else if (USUAL.includes(id)) doc.kind = "USUAL";
    else if (!id && page.path.startsWith("training/")) doc.kind = "TABLE";
  }

  called(i, text, much) {
    for (const [name, x] of names(text)) {
      const where = this.names.get(name) ?? new Map();
      this.names.set(name, where.set(i, Math.max(where.get(i) ?? 0, much * x)));
    }
  }

  /** Remember a name of a page, to find it in a sentence. */
  know(text, page) {
    for (const [name, much] of names(text)) {
      if (name.length < 2 || stops.has(name) || BARE.test(name)) continue;
      const where = this.known.get(name) ?? new Map();
      const x = much === 1 ? 1 : W.BARE;
      this.known.set(name, where.set(page, Math.max(where.get(page) ?? 0, x)));
    }
  }

  count(i, field, text) {
    const list = tokens(text);
    this.sizes[i] ??= [0, 0];
    if (field === TITLE) this.sizes[i][0] += list.length;
    if (field === TEXT) this.sizes[i][1] += list.length;
    const add = (word) => {
      const where = this.words.get(word) ?? [];
      if (where.at(-STRIDE) !== i) where.push(i, ...NOWHERE);
      where[where.length - FIELDS.length + field]++;
      this.words.set(word, where);
    };
    for (const { word, form } of list) {
      if (!this.forms.has(form)) {
        const others = this.initials.get(form[0]) ?? [];
        this.initials.set(form[0], others);
        others.push(form);
      }
      this.forms.set(form, word);
      add(word);
    }
    for (const [id] of longest(alike(list))) add(id);
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
    for (const doc of this.docs) doc.heads = doc.id ? this.parts(doc.seen) : [];
  }

  /** List the words of a title as those of a query, each with how rare it is. */
  parts(title) {
    const { asked } = this.asks(`${title} `); // its last word is whole
    const own = asked.filter(({ factor }) => factor > W.SAME);
    return own.map(({ words: [[word]] }) => [word, this.rare(word)]);
  }

  /** Say how much of a title was typed: all of it, and only it, is most. */
  typed({ heads }, exact) {
    let [whole, found] = [0, 0];
    for (const [word, rare] of heads) {
      whole += rare;
      found += rare * (exact.get(word) ?? 0);
    }
    return found && (found * found) / whole;
  }

  /** Cut a query into expressions, the longest first: others' words, and none. */
  expressions(list, query) {
    const found = [];
    const within = this.identifiers(list);
    for (const [id, start, end] of alike(list)) {
      const one = { id, at: list[start].at, end: list[end].end };
      const part = within.some((x) => x.at <= one.at && one.end <= x.end && !x.is(one));
      if (this.words.has(id) && !part) found.push(one);
    }
    for (const { 0: text, index } of query.matchAll(cut))
      found.push({ at: index, end: index + text.length });
    found.sort((x, y) => y.end - y.at - (x.end - x.at) || !!y.id - !!x.id || x.at - y.at);
    const owner = new Array(query.length); // which expression a character is in
    for (const one of found) {
      const free = owner.slice(one.at, one.end).every((x) => x === undefined);
      if (free) owner.fill(one, one.at, one.end);
    }
    return owner;
  }

  /** Find identifiers: no part of zero_infinity is a word, but MSE of MSELoss. */
  identifiers(list) {
    const known = list.filter(({ word, whole }) => whole && this.words.has(word));
    return known.map(({ at, end, form }) => {
      const rest = form.replace(/[-_]?loss$/, "").length;
      return { at, end, is: (one) => one.at === at && one.end >= at + rest };
    });
  }

  /** List what a query asks for: words alike, each with how much it is. */
  asks(typed) {
    const begun = typed.match(/(?<=[^\p{L}\p{N}_])[a-zA-Z]{2,}$/u)?.[0] ?? "";
    const [whole] = this.forms.has(begun.toLowerCase()) ? [] : suggest(this, begun);
    if (!whole) return this.understood(typed);
    // What is begun is also the title's word that it begins.
    const done = this.understood(`${typed.slice(0, -begun.length)}${whole} `);
    const { asked } = this.understood(typed);
    return { asked: once([...done.asked, ...asked]), read: done.read.trim() };
  }

  understood(typed) {
    const query = [...typed.replace(/(?<=[A-Za-z])['’][a-z]+/g, (x) => " ".repeat(x.length))]
      .map((x) => simple.get(x) ?? x)
      .join("");
    const list = tokens(query);
    const asked = [];
    let read = query; // as it was understood
    const owner = this.expressions(list, query);
    for (const one of new Set(owner))
      if (one?.id) asked.push({ factor: 1, words: [[one.id, 1]] });
    let within = 0; // the end of a name that is known as a whole
    for (const { word, form, at, end, whole } of list) {
      const known = this.words.has(word);
      const last = end === query.length;
      const inside = owner[at];
      if (!inside?.id && (stops.has(form) || (whole && !known && !last))) continue;
      if (HAN.test(form) && (inside !== owner[end - 1] || (inside && !inside.id))) continue;
      let factor = inside?.id ? W.SAME : 1;
      if (/^\d+(?:\.\d+)?$/.test(word)) factor *= W.NUMBER;
      if (at < within) factor *= W.PART;
      if (whole && known) within = end;
      const { groups, instead } = this.meant(word, form, last, whole);
      if (instead) read = read.replace(query.slice(at, end), instead);
      for (const words of groups) asked.push({ factor, words, within: !!inside });
    }
    return { asked: once(asked), read };
  }

  /** Find a word, or what else could be meant by it. */
  meant(word, form, last, whole) {
    const found = new Map();
    const look = (test, much) => {
      let first;
      for (const other of this.initials.get(form[0]) ?? []) {
        const root = this.forms.get(other);
        if (found.has(root) || !test(other)) continue;
        found.set(root, much);
        first ??= other;
      }
      return first;
    };
    if (this.words.has(word)) found.set(word, 1);
    // A word that is known is not also the beginning of others, but gam, which
    // is no game yet, is that of gamma.
    const begun = HAN.test(form)
      ? form.length === 1
      : last && form.length > 1 && !this.forms.has(form);
    if (begun) look((other) => other.startsWith(form), W.PREFIX);
    if (found.size) return { groups: [[...found]] };
    const bare = form.replace(/\d+$/, ""); // lambda1 and lambda2 are lambda
    const known = bare.length > 2 && bare !== form && this.forms.get(bare);
    if (known) return { groups: [[[known, 1]]] };
    if (HAN.test(form) || form.length < 5 || whole) return { groups: [] };
    for (let i = 3; i < form.length - 1; i++) {
      const two = [form.slice(0, i), form.slice(i)];
      const words = two.map((x) => this.forms.get(x));
      if (words[0] && words[1])
        return { groups: words.map((x) => [[x, 1]]), instead: two.join(" ") };
    }
    const instead = look((other) => nearly(other, form), W.TYPO);
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
          for (let j = 0; j < there.length; j += STRIDE) {
            const one = most.get(there[j]) ?? new Array(FIELDS.length).fill(0);
            for (let field = 0; field < FIELDS.length; field++)
              one[field] = Math.max(one[field], much * there[j + 1 + field]);
            most.set(there[j], one);
          }
        }
        list = [...most].flatMap(([i, one]) => [i, ...one]);
      }
      const n = list.length / STRIDE;
      const rare = Math.log(1 + (size - n + 0.5) / (n + 0.5));
      return n ? [{ factor, rare, list: Float64Array.from(list) }] : [];
    });
  }

  /** Find the names of pages in a query, the longest first. */
  mentions(read) {
    const parts = pieces(read, undefined, (run) => this.identifier(run));
    const taken = new Array(parts.length).fill(false);
    const pages = new Map();
    for (let size = Math.min(LONGEST, parts.length); size > 0; size--)
      for (let i = 0; i + size <= parts.length; i++) {
        const name = parts.slice(i, i + size);
        const free = !taken.slice(i, i + size).includes(true);
        const where = free && this.pagesOf(name.join(""));
        if (!where) continue;
        taken.fill(true, i, i + size);
        for (const [page, much] of where)
          pages.set(page, Math.max(pages.get(page) ?? 0, much * this.rarity(name)));
      }
    return pages;
  }

  /** Tell identifiers from words written together: no part is a name. */
  identifier(run) {
    const several = (run.match(PARTS) ?? []).length > 1;
    return several && this.words.has(stem(joined(run)));
  }

  /** Sum how rare the words of a name are. */
  rarity(parts) {
    const text = parts.map((part) => (HAN.test(part) ? part : ` ${part} `)).join("");
    const list = tokens(text).filter(({ whole }) => !whole);
    const han = (word) => (HAN.test(word) ? W.PAIR : 1);
    return list.reduce((sum, { word }) => sum + han(word) * this.rare(word), 0);
  }

  /** Find whose name it is, with "loss" or without. */
  pagesOf(name) {
    return this.known.get(name) ?? this.known.get(name.replace(KIND, ""));
  }

  /** Say how much what was typed is a name. */
  is(read) {
    const is = new Map();
    const typed = names(read.replace(PREFIXES, ""));
    const others = typed.flatMap(([name]) => synonyms.get(name) ?? []);
    for (const [name, x] of [...typed, ...others])
      for (const [i, y] of this.names.get(name) ?? [])
        is.set(i, Math.max(is.get(i) ?? 0, x * y));
    return is;
  }

  /** What of the score no weight changes. */
  facts({ asked, read }) {
    const exact = new Map();
    for (const { factor, words } of asked)
      for (const [word, much] of words) if (much === 1) exact.set(word, factor);
    return {
      counts: this.counts(asked),
      meant: this.mentions(read),
      is: this.is(read),
      phrases: runs(spaced(read)),
      exact,
      read,
    };
  }

  score(query, facts = this.facts(query)) {
    const { docs, pages } = this;
    const { counts, meant, is, phrases, exact, read } = facts;
    const own = new Float64Array(docs.length);
    const covered = new Float64Array(docs.length);
    const pageScore = new Float64Array(pages.length);
    const pageCovered = new Float64Array(pages.length);
    let all = 0;
    for (const { factor, rare, list } of counts) {
      // What every second place has says little.
      const weight = factor * rare ** W.IDF * Math.min(1, rare);
      all += weight;
      const said = new Float64Array(pages.length);
      const named = new Float64Array(pages.length);
      for (let j = 0; j < list.length; j += STRIDE) {
        const { page, id } = docs[list[j]];
        const head = id ? list[j + 1 + TITLE] + list[j + 1 + CAUSE] : 0;
        said[page] += list[j + 1 + TEXT] + W.code * list[j + 1 + CODE] + head;
        if (!id) named[page] = Math.min(1, list[j + 1 + TITLE]);
      }
      for (let page = 0; page < pages.length; page++) {
        const sum = said[page] / this.longPage[page];
        const elsewhere = (W.PAGE * sum) / (sum + W.KP);
        pageScore[page] += weight * (W.NAMED * named[page] + elsewhere);
        pageCovered[page] += weight * named[page];
      }
      for (let j = 0; j < list.length; j += STRIDE) {
        const i = list[j];
        const { page, id } = docs[i];
        const title = W.title * list[j + 1 + TITLE] + W.cause * list[j + 1 + CAUSE];
        const head = (title * (id ? 1 : W.TOP)) / this.longTitle[i];
        const text = (list[j + 1 + TEXT] + W.code * list[j + 1 + CODE]) / this.long[i];
        const linked = W.said * Math.min(2, list[j + 1 + SAID]);
        const asked = W.asked * Math.min(2, list[j + 1 + ASKED]);
        const sum = head + linked + asked + text;
        own[i] += (weight * sum) / (sum + W.K);
        covered[i] += weight * (1 - named[page]);
      }
    }
    const named = [...meant.keys()].some((page) => pages[page].loss);
    const loss = named || A_LOSS.test(read); // or is one asked for
    const told = !named && counts.length >= SENTENCE;
    let most = 0;
    const found = [];
    for (let i = 0; i < docs.length; i++) {
      if (!own[i]) continue;
      const { page, id, kind, boost } = docs[i];
      const part = (covered[i] + pageCovered[page]) / all;
      let score = ((own[i] + pageScore[page]) / all) * part ** W.COV;
      score += (is.get(i) ?? 0) * (id ? W.HEAD : W.NAME);
      const much = pages[page].task ? W.TASK : W.MEANT;
      score += (much * (meant.get(page) ?? 0)) / all;
      const typed = phrases.find(([run]) => docs[i].spaced.includes(run));
      if (typed) score += W.PHRASE * typed[1];
      score += (W.FULL * this.typed(docs[i], exact)) / all;
      score *= (W[kind] ?? 1) * (boost ?? 1);
      if (told && pages[page].path === "symptoms/") score *= W.TOLD;
      if (loss !== pages[page].loss) score *= W[loss ? "GENERAL" : docs[i].scope] ?? 1;
      most = Math.max(most, score);
      found.push({ i, score });
    }
    return found
      .filter(({ score }) => score >= FEWEST * most)
      .sort((one, other) => other.score - one.score);
  }

  rare(word) {
    const n = (this.words.get(word)?.length ?? 0) / STRIDE;
    return Math.log(1 + (this.docs.length - n + 0.5) / (n + 0.5));
  }
}

/** List the runs of words of a query, each with its share: all, then the longest. */
function runs(words) {
  if (words.length < 5) return [];
  const list = words.trim().split(" ");
  const found = [[words, 1]];
  for (let size = list.length - 1; size >= LEAST; size--)
    for (let i = 0; i + size <= list.length; i++)
      found.push([` ${list.slice(i, i + size).join(" ")} `, size / list.length]);
  return found.slice(0, RUNS);
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

  /** Cut a text into blocks, once, each with its words. */
  blocks(doc) {
    doc.blocks ??= (doc.text.match(BLOCK) ?? []).map((html) => {
      const list = tokens(plain(html));
      const ids = [...alike(list)].map(([id]) => id);
      return { html, words: new Set([...list.map(({ word }) => word), ...ids]) };
    });
    return doc.blocks;
  }

  /** Cut out the part of a text that holds most of what was asked. */
  teaser(doc) {
    const blocks = this.blocks(doc);
    let [best, most] = [blocks[0]?.html ?? "", 0];
    for (const { html, words } of blocks) {
      let sum = 0;
      for (const word of this.sought) if (words.has(word)) sum += this.index.rare(word);
      if (html.startsWith("<pre>")) sum *= 0.3; // words say more
      if (sum > most) [best, most] = [html, sum];
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
    const doc = this.index.docs[i];
    const { location, title, tags, page } = doc;
    const h = this.marks(page);
    const [path, id] = location.split("#");
    return {
      location: path + (h && `?h=${h}`) + (id ? `#${id}` : ""),
      title: this.mark(title),
      text: this.teaser(doc),
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
