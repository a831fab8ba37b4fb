// Formulas in (JSON: [[tex, display], ...]), HTML out, in the same order.
import { readFileSync } from "node:fs";
import katex from "katex";

const render = ([tex, displayMode]) =>
  katex.renderToString(tex, { displayMode, strict: "error" });
const formulas = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(formulas.map(render)));
