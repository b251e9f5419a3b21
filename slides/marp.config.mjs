// How Marp builds the deck. Everything that the deck needs goes into its one file: formulas are
// drawn when it is built, figures and the fonts are put in as data, and no emoji, which Marp would
// replace by pictures from a remote address. Formulas are said, too (speech.mjs). The rest of this
// file is what the source may say:
//
//   {{picture.number}}             a number that a picture drew, from figures/figures.json
//   ![](figures/picture.svg)       the picture, its alternative text, its source and its notebook
//   ![steps](figures/picture.svg)  the same, what `style.appear` marked coming key by key
//   [text](03_fitting#leak)        a link to the cell of a notebook's page
//   <!-- 3 min. ... -->            speaker notes; the clock is added: "until 0:17"

import { readFileSync } from "node:fs";
import { spoken } from "./speech.mjs";

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

function caption(state, name, { source, notebook, description }) {
  const escape = state.md.utils.escapeHtml;
  const html = new state.Token("html_inline", "", 0);
  const number = Number(notebook.slice(0, 2));
  const where = `href="${page(notebook)}" data-cell="${notebook}" target="_blank"`;
  const link = `<a ${where}>notebook ${number}</a>`;
  const more = description && `<span class="more" id="more-${name}">${escape(description)}</span>`;
  html.content = `<figcaption>${escape(source.replace(/\.$/, ""))} · ${link}${more}</figcaption>`;
  return html;
}

function fill(state) {
  state.tokens.forEach((token, index) => {
    for (const child of token.children ?? []) {
      const href = child.type === "link_open" && child.attrGet("href");
      if (href && /^\d\d_\w+#/.test(href)) {
        child.attrs = [["href", page(href)], ["data-cell", href], ["target", "_blank"]];
      }
      const file = child.type === "image" && child.attrGet("src");
      if (!file || !file.startsWith("figures/")) continue;
      const name = file.slice("figures/".length, -".svg".length);
      const shown = picture(name);
      const svg = readFileSync(new URL(file, here), "utf8");
      const moves = svg.includes('<g class="moving">');
      const steps = [...new Set(Array.from(svg.matchAll(STEP), ([, step]) => step))];
      const byKey = child.content === "steps";
      child.type = "as_it_is";
      child.content = inPage(state, name, byKey ? inSteps(svg, steps) : svg, shown);
      if (byKey) child.meta = { steps: steps.length };
      if (token.children.length === 1) {
        state.tokens[index - 1].tag = state.tokens[index + 1].tag = "figure";
        if (moves) state.tokens[index - 1].attrJoin("class", "clip");
        token.children = [child, caption(state, name, shown)];
      }
    }
  });
}

const STEP = /<g id="step-(\d+)"/g;
const DARK = /<style>@media \(prefers-color-scheme: dark\).*?<\/style>/s;

// What comes with one key: Marp shows the first part, and the others follow it.
function inSteps(svg, steps) {
  const known = new Set();
  const marked = svg.replace(STEP, (_, step) => {
    const part = known.has(step) ? "data-with" : "data-marpit-fragment";
    known.add(step);
    return `<g ${part}="${step}"`;
  });
  const waits = (step) => `[data-marpit-fragment="${step}"][data-bespoke-marp-fragment="inactive"]`;
  const rule = (step) => `svg:has(${waits(step)}) [data-with="${step}"] { visibility: hidden }`;
  return marked.replace("</svg>", `<style>${steps.map(rule).join("\n")}</style></svg>`);
}

// A picture as part of the page: its letters are text in the deck's font, its steps come key by key
// as the points of a list do, and clips.js stops and starts it. What it names gets its own name in
// front; the rules that matplotlib writes for all lines of a file become its lines' own, and those
// for a dark slide, the same in every file, stand in the deck once.
function inPage(state, name, svg, { alt, description }) {
  const label = `role="img" aria-label="${state.md.utils.escapeHtml(alt)}"`;
  const more = description ? ` aria-describedby="more-${name}"` : "";
  return svg
    .slice(svg.indexOf("<svg "))
    .replace(/<style type="text\/css">\*\{.*?\}<\/style>/s, "")
    .replace(DARK, "")
    .replace(/ id="/g, ` id="${name}-`)
    .replace(/(href="#|url\(#)/g, `$1${name}-`)
    .replace("<svg ", `<svg ${label}${more} stroke-linejoin="round" `);
}

// Marp's buttons, which come when the mouse moves, lie over the middle of the footer, not of the
// last line.
const BUTTONS = "<style>body .bespoke-marp-parent > .bespoke-marp-osc { bottom: 4px !important }</style>";

// What stops and starts the clips, and what leads to live notebooks, at the end of every deck.
function addScripts(state) {
  if (state.inlineMode) return; // a footer
  const style = new state.Token("as_it_is", "", 0);
  const [any] = Object.keys(pictures);
  const [dark] = readFileSync(new URL(`figures/${any}.svg`, here), "utf8").match(DARK);
  style.content = BUTTONS + dark;
  state.tokens.push(style);
  for (const file of ["clips.js", "live.js"]) {
    const script = new state.Token("as_it_is", "", 0);
    script.content = `<script>${readFileSync(new URL(file, here), "utf8")}</script>`;
    state.tokens.push(script);
  }
}

function countSteps(state) {
  let slide;
  for (const token of state.tokens) {
    if (token.meta?.marpitSlideElement === 1) slide = token;
    for (const { meta } of token.children ?? []) {
      if (meta?.steps) slide.attrSet("data-marpit-fragments", meta.steps);
    }
  }
}

// Formulas with what is said for them.
function speak(md, rule) {
  const draw = md.renderer.rules[rule];
  md.renderer.rules[rule] = (tokens, index, ...rest) => {
    const said = md.utils.escapeHtml(spoken(tokens[index].content));
    const label = `<mjx-container role="img" aria-label="${said}"`;
    const drawn = draw(tokens, index, ...rest).replace('role="img" focusable', 'aria-hidden="true" focusable');
    return drawn.replace("<mjx-container", label);
  };
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
  // Marp's own rule for HTML closes an SVG's shapes before what moves them.
  md.renderer.rules.as_it_is = (tokens, index) => tokens[index].content;
  md.core.ruler.after("lecture8_pictures", "lecture8_scripts", addScripts);
  md.core.ruler.after("marpit_apply_fragment", "lecture8_steps", countSteps);
  for (const rule of ["marp_math_inline", "marp_math_block"]) speak(md, rule);
}

export default {
  html: true,
  engine: ({ marp }) => {
    marp.themeSet.add(theme);
    return marp.use(lecture8);
  },
  options: { emoji: { shortcode: false, unicode: false } },
};
