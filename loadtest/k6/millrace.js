// k6 run -e URL=http://127.0.0.1:8080 -e SCENARIO=smoke -e TRANSPORT=ws millrace.js
import { check } from "k6";
import { setTimeout } from "k6/timers";
import { scenario, transport } from "./config.js";
import { generateFrame, resumeFrame, stream, tokensOf } from "./generation.js";
import * as grpc from "./grpc.js";
import * as http from "./http.js";
import { StreamTimes, counted, resumed } from "./metrics.js";
import { scenarios, thresholds } from "./scenarios.js";
import * as websocket from "./websocket.js";

if (!(scenario in scenarios)) {
  throw new Error(`SCENARIO is "${scenario}"; there are ${Object.keys(scenarios).join(", ")}`);
}
if (!["ws", "grpc", "http"].includes(transport)) {
  throw new Error(`TRANSPORT is "${transport}"; there are ws, grpc and http`);
}
if (transport === "http" && scenario === "slow-readers") {
  throw new Error("k6 reads HTTP bodies as fast as it can: slow-readers needs TRANSPORT=ws or grpc");
}

const connect = transport === "grpc" ? grpc.connect : websocket.connect;

/** @type {import("k6/options").Options} */
export const options = {
  scenarios: { [scenario]: scenarios[scenario] },
  thresholds,
  summaryTrendStats: ["min", "med", "p(95)", "p(99)", "max", "count"],
};

/** Asks and reads to the end. */
export function generate() {
  return transport === "http" ? overHttp() : overFrames();
}

/** Takes 2 tokens every 250 ms. */
export async function slowReader() {
  const times = new StreamTimes();
  const outcome = await stream(connect, generateFrame(2), 0, {
    onTokens: (frame, send) => {
      times.arrived(tokensOf(frame));
      setTimeout(() => send({ channel: 1, credit: { tokens: tokensOf(frame) } }), 125 * tokensOf(frame));
    },
  });
  ended(outcome, times);
}

/** Breaks the connection after a few tokens. Where it carries frames the same stream is then read to its end. */
export function disconnect() {
  return transport === "http" ? leave() : leaveAndResume();
}

async function overFrames() {
  const times = new StreamTimes();
  ended(await stream(connect, generateFrame(), 0, { onTokens: (frame) => times.arrived(tokensOf(frame)) }), times);
}

async function leaveAndResume() {
  const times = new StreamTimes();
  const cut = await stream(connect, generateFrame(), 0, {
    onTokens: (frame, send, go) => {
      times.arrived(tokensOf(frame));
      go();
    },
  });
  if (cut.why !== "left") {
    ended(cut, times);
    return;
  }
  const lost = Date.now();
  let first = true;
  const rest = await stream(connect, resumeFrame(cut), cut.lastEvent, {
    onTokens: (frame) => {
      if (first) {
        resumed(Date.now() - lost);
      }
      first = false;
      counted(tokensOf(frame));
    },
  });
  ended(rest, times);
}

async function overHttp() {
  const times = new StreamTimes();
  const response = await http.complete();
  if (response.status === 429) {
    times.refused();
    check(response, { "a refusal says when to come back": (it) => "Retry-After" in it.headers });
    return;
  }
  const { tokens, why } = response.status === 200 ? http.read(response.body) : { tokens: 0, why: `status ${response.status}` };
  counted(tokens);
  if (check(why, { "the stream ended well": (it) => it === "" })) {
    times.finished();
  } else {
    times.failed(why);
  }
}

/** k6 gives nothing of a body that it did not read to its end, so there is no handle to resume by. */
async function leave() {
  await http.complete(200);
  check(await http.ready(), { "the node is well after a client has left": (it) => it.status === 200 });
}

/** @param {import("./generation.js").Outcome} outcome @param {StreamTimes} times */
function ended(outcome, times) {
  const { finished, rejected } = outcome.frame;
  if (outcome.why === "" && rejected && rejected.error.code === "overloaded") {
    times.refused();
    return;
  }
  const reasons = ["FINISH_REASON_LENGTH", "FINISH_REASON_STOP"];
  const well = outcome.why === "" && finished !== undefined && reasons.includes(finished.reason);
  if (check(well, { "the stream ended well": (it) => it })) {
    times.finished();
  } else {
    times.failed(outcome.why || JSON.stringify(outcome.frame));
  }
}
