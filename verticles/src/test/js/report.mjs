// node report.mjs PAGE LEVEL: runs the script of a bench report with the little of a DOM that it uses, chooses a level, and
// prints what each element then holds, as JSON.
import { readFileSync } from "node:fs";

const [page, level] = process.argv.slice(2);
const [, data, script] = /<script id="data"[^>]*>(.*?)<\/script>\s*<script>(.*?)<\/script>/s.exec(readFileSync(page, "utf8"));
const elements = { data: { textContent: data } };
let choose;
globalThis.document = {
  getElementById: (id) => (elements[id] ??= { innerHTML: "", addEventListener: (_, handler) => (choose = handler) }),
};
new Function(script)();
choose({ target: { value: level } });
console.log(JSON.stringify(Object.fromEntries(Object.entries(elements).map(([id, element]) => [id, element.innerHTML]))));
