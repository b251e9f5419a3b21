// How Marp builds the deck. Everything that the deck needs goes into its one file: formulas are
// drawn when it is built, figures and the fonts are put in as data, and no emoji, which Marp would
// replace by pictures from a remote address. The rest of this file is four things that the source
// may say:
//
//   {{picture.number}}             a number that a picture drew, from figures/figures.json
//   ![](figures/picture.svg)       the picture, its alternative text, its source and its notebook
//   [text](03_fitting#leak)        a link to the cell of a notebook's page
//   <!-- 3 min. ... -->            speaker notes; the clock is added: "until 0:17"

import { readFileSync } from "node:fs";

const here = new URL("./", import.meta.url);
const catalogue = JSON.parse(readFileSync(new URL("figures/figures.json", here), "utf8"));
const pictures = Object.assign({}, ...Object.values(catalogue).map((c) => c.pictures));

function picture(name) {
  if (!(name in pictures)) {
    throw new Error(`No picture is called "${name}". There are: ${Object.keys(pictures).join(", ")}`);
  }
  return pictures[name];
}

function quote(text) {
  return text.replace(/\{\{(\w+)\.(\w+)\}\}/g, (_, name, number) => {
    const { numbers } = picture(name);
    if (!(number in numbers)) {
      throw new Error(`Picture "${name}" draws no "${number}", only ${Object.keys(numbers).join(", ")}`);
    }
    return numbers[number];
  });
}

function clock(text) {
  let minutes = 0;
  return text.replace(/^<!-- ([\d.]+) min\./gm, (_, taken) => {
    minutes += Number(taken);
    const until = `${Math.floor(minutes / 60)}:${String(Math.floor(minutes % 60)).padStart(2, "0")}`;
    return `<!-- ${taken} min, until ${until}.`;
  });
}

// "03_fitting#leak" as it lies beside the deck's folder after `make course`.
const page = (cell) => `../notebooks/${cell.replace("#", ".html#cell-id=")}`;

function caption(state, { source, notebook }) {
  const html = new state.Token("html_inline", "", 0);
  const number = Number(notebook.slice(0, 2));
  const link = `<a href="${page(notebook)}">notebook ${number}</a>`;
  html.content = `<figcaption>${state.md.utils.escapeHtml(source.replace(/\.$/, ""))} · ${link}</figcaption>`;
  return html;
}

function fill(state) {
  state.tokens.forEach((token, index) => {
    for (const child of token.children ?? []) {
      const href = child.type === "link_open" && child.attrGet("href");
      if (href && /^\d\d_\w+#/.test(href)) child.attrSet("href", page(href));
      const file = child.type === "image" && child.attrGet("src");
      if (!file || !file.startsWith("figures/")) continue;
      const shown = picture(file.slice("figures/".length, -".svg".length));
      const svg = readFileSync(new URL(file, here)).toString("base64");
      child.attrSet("src", `data:image/svg+xml;base64,${svg}`);
      const alt = new state.Token("text", "", 0);
      alt.content = shown.alt;
      child.children = [alt];
      if (token.children.length === 1) {
        state.tokens[index - 1].tag = state.tokens[index + 1].tag = "figure";
        token.children = [child, caption(state, shown)];
      }
    }
  });
}

// The theme's fonts lie in node_modules, the deck anywhere.
const theme = readFileSync(new URL("theme.css", here), "utf8").replace(
  /url\("(node_modules\/[^"]+\.woff2)"\)/g,
  (_, file) => `url("data:font/woff2;base64,${readFileSync(new URL(file, here)).toString("base64")}")`,
);

function lecture8(md) {
  md.core.ruler.before("normalize", "lecture8_source", (state) => {
    state.src = clock(quote(state.src));
  });
  md.core.ruler.after("inline", "lecture8_pictures", fill);
}

export default {
  html: true,
  engine: ({ marp }) => {
    marp.themeSet.add(theme);
    return marp.use(lecture8);
  },
  options: { emoji: { shortcode: false, unicode: false } },
};
