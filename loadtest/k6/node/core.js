// Stands in for "k6".
import { Rate } from "./metrics.js";

const checks = new Rate("checks");

export function check(value, sets) {
  const results = Object.entries(sets).map(([name, holds]) => {
    const held = Boolean(holds(value));
    if (!held) {
      console.error(`check failed: ${name}`);
    }
    checks.add(held);
    return held;
  });
  return results.every(Boolean);
}
