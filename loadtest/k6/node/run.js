// node --import ./node/register.js node/run.js ITERATIONS NAME=VALUE...: runs the scenario's function so many times, one after
// the other as a VU does, and prints all samples as JSON. It checks the logic of the scripts; it is no load generator.
import { samples } from "./metrics.js";

const [iterations, ...environment] = process.argv.slice(2);
globalThis.__ENV = Object.fromEntries(environment.map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
const script = await import("../millrace.js");
const [scenario] = Object.values(script.options.scenarios);
for (let i = 0; i < Number(iterations); i++) {
  await script[scenario.exec]();
}
for (const name of Object.keys(script.options.thresholds)) {
  if (!(name in samples)) {
    throw new Error(`a threshold on ${name}, which nothing measures`);
  }
}
console.log(JSON.stringify(samples));
process.exit(0);
