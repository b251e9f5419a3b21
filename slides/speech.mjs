// What a screen reader says for a formula: MathJax reads the TeX, Speech Rule Engine speaks it.

import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { mathjax } = require("mathjax-full/js/mathjax.js");
const { TeX } = require("mathjax-full/js/input/tex.js");
require("mathjax-full/js/input/tex/ams/AmsConfiguration.js");
const { SerializedMmlVisitor } = require("mathjax-full/js/core/MmlTree/SerializedMmlVisitor.js");
const { STATE } = require("mathjax-full/js/core/MathItem.js");
const { liteAdaptor } = require("mathjax-full/js/adaptors/liteAdaptor.js");
const { RegisterHTMLHandler } = require("mathjax-full/js/handlers/html.js");
const engine = require("speech-rule-engine");

RegisterHTMLHandler(liteAdaptor());
const formulas = mathjax.document("", { InputJax: new TeX({ packages: ["base", "ams"] }) });
const visitor = new SerializedMmlVisitor();
await engine.setupEngine({ domain: "clearspeak", locale: "en", modality: "speech" });
await engine.engineReady();

// Letters are said without their typeface: nobody says "bold r".
const TYPEFACES = /\\(mathbf|mathrm|mathcal|boldsymbol)(?![a-zA-Z])/g;

export function spoken(tex) {
  const plain = tex.replace(TYPEFACES, " ");
  return engine.toSpeech(visitor.visitTree(formulas.convert(plain, { end: STATE.CONVERT })));
}
