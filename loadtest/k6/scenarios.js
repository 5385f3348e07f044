// Who comes when. Rates are requests a second of the whole test; scale them with RATE, which is what the server bears.
const rate = Number(__ENV.RATE || "2");
const streams = Number(__ENV.STREAMS || "16");
const pool = { timeUnit: "1s", preAllocatedVUs: 50, maxVUs: 1000 };

/** @type {Record<string, import("k6/options").Scenario>} */
export const scenarios = {
  // Does it work at all: one client, three requests.
  smoke: { executor: "per-vu-iterations", vus: 1, iterations: 3, maxDuration: "5m", exec: "generate" },
  // The load of an ordinary hour. Arrivals do not wait for answers, as people do not.
  steady: { executor: "constant-arrival-rate", rate, duration: "5m", exec: "generate", ...pool },
  // Where the knee is: streams at once, a step a minute.
  ramp: {
    executor: "ramping-vus",
    startVUs: 1,
    stages: [1, 2, 4, 8, 16].map((factor) => ({ duration: "1m", target: Math.max(1, (streams * factor) / 16) })),
    exec: "generate",
  },
  // Ten times the load for half a minute: refused at once rather than slow for all, and well again after.
  spike: {
    executor: "ramping-arrival-rate",
    startRate: rate,
    stages: [
      { duration: "1m", target: rate },
      { duration: "5s", target: 10 * rate },
      { duration: "30s", target: 10 * rate },
      { duration: "5s", target: rate },
      { duration: "2m", target: rate },
    ],
    exec: "generate",
    ...pool,
  },
  // Leaks show after hours.
  soak: { executor: "constant-vus", vus: streams, duration: "4h", exec: "generate" },
  // Readers that take 8 tokens a second, by credit: their streams stall, nobody else's may.
  "slow-readers": { executor: "constant-vus", vus: streams, duration: "5m", exec: "slowReader" },
  // Connections that break in the middle of a stream, and come back for the rest.
  disconnects: { executor: "constant-vus", vus: streams, duration: "5m", exec: "disconnect" },
};

/** Thresholds by metric: a run that misses one ends with exit code 99. @type {Record<string, string[]>} */
export const thresholds = {
  ttft: [`p(95)<${__ENV.TTFT_P95_MS || "5000"}`],
  itl: [`p(99)<${__ENV.ITL_P99_MS || "500"}`],
  failed: ["rate<0.001"],
  checks: ["rate>0.999"],
};
