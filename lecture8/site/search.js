// The search of the start page. It reads the address (#q=verlet), so that "back" finds it again.
const [query, found, hits] = ["query", "found", "hits"].map((id) => document.getElementById(id));
let drawn = MathJax.startup?.promise ?? Promise.resolve(); // formulas, one list after another
const MOST = 30; // hits shown
const AROUND = 14; // words of an excerpt before and after what was found

const plain = (term) => term.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const search = new MiniSearch({
  idField: "address",
  fields: ["heading", "text", "later", "code"],
  storeFields: ["where", "heading", "text"],
  processTerm: plain,
  searchOptions: {
    boost: { heading: 4, text: 2 },
    combineWith: "AND",
    prefix: (term) => term.length > 2,
    fuzzy: (term) => (term.length > 5 ? 0.15 : 0),
  },
});
search.addAll(LECTURE8_SECTIONS);

// An element with text in it, in which what was found is marked.
function marked(tag, words, terms) {
  const element = document.createElement(tag);
  for (const word of words) {
    const parts = word.startsWith("$") ? [] : plain(word).split(/[^\p{L}\p{N}]+/u);
    const hit = parts.some((part) => terms.has(part));
    element.append(hit ? Object.assign(document.createElement("mark"), { textContent: word }) : word, " ");
  }
  return element;
}

// A formula stays whole, or it could not be drawn.
const wordsOf = (text) => text.match(/\$[^$]*\$\S*|[^\s$]+/g) ?? [];

function excerpt({ text, match }, terms) {
  const fields = new Set(Object.values(match).flat());
  if (!fields.has("text") && !fields.has("heading")) {
    const where = fields.has("later") ? "behind a prediction of this section" : "in the code of this section";
    return Object.assign(document.createElement("p"), { className: "hidden", textContent: where });
  }
  const words = wordsOf(text);
  const place = words.findIndex((w) => plain(w).split(/[^\p{L}\p{N}]+/u).some((part) => terms.has(part)));
  const from = Math.max(0, place - AROUND);
  const shown = words.slice(from, Math.max(place, 0) + AROUND);
  return marked("p", [from ? "…" : "", ...shown, from + shown.length < words.length ? "…" : ""], terms);
}

function hit(result) {
  const terms = new Set(Object.keys(result.match));
  const item = document.createElement("li");
  const link = Object.assign(document.createElement("a"), { href: result.id });
  link.append(marked("span", wordsOf(result.heading || result.where), terms));
  const where = Object.assign(document.createElement("p"), { className: "where", textContent: result.where });
  item.append(link, where, excerpt(result, terms));
  return item;
}

function show() {
  const results = search.search(query.value);
  const none = query.value.trim() ? "Nothing found." : "";
  const most = results.length > MOST ? `, the first ${MOST}` : "";
  found.textContent = results.length ? `${results.length} found${most}` : none;
  hits.replaceChildren(...results.slice(0, MOST).map(hit));
  drawn = drawn.then(() => MathJax.typesetPromise?.([hits]));
}

function read() {
  const [name, value] = location.hash.slice(1).split("=");
  if (name === "q") query.value = decodeURIComponent(value);
  if (name === "q" || name === "search") query.focus();
  show();
}

query.addEventListener("input", () => {
  history.replaceState(null, "", `#q=${encodeURIComponent(query.value)}`);
  show();
});
query.form.addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", read);
read();
