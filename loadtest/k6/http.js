// One generation over HTTP, as server-sent events. k6 hands out a body when it is whole.
import http from "k6/http";
import { deadline, headers, maxTokens, prompt, url } from "./config.js";

/** @param {number} timeout milliseconds; then the connection is closed */
export function complete(timeout = deadline) {
  const body = JSON.stringify({ prompt, max_tokens: maxTokens, stream: true });
  return http.asyncRequest("POST", `${url}/v1/completions`, body, {
    headers: { ...headers(), "Content-Type": "application/json" },
    responseType: "text",
    timeout,
    responseCallback: http.expectedStatuses(200, 429),
  });
}

export function ready() {
  return http.asyncRequest("GET", `${url}/health/ready`, null, { responseType: "text" });
}

/**
 * The tokens of a body, or why it is none that ended well.
 * @param {string | null} body @returns {{ tokens: number, why: string }}
 */
export function read(body) {
  const data = (body || "")
    .split("\n")
    .filter((line) => line.startsWith("data: "))
    .map((line) => line.slice("data: ".length));
  if (data.pop() !== "[DONE]") {
    return { tokens: 0, why: "no [DONE] at the end" };
  }
  const events = data.map((text) => JSON.parse(text));
  const reasons = events.filter((event) => event.choices.length > 0 && event.choices[0].finish_reason !== null);
  const tokens = events.length - reasons.length;
  return { tokens, why: reasons.length === 1 ? "" : `${reasons.length} finish reasons` };
}
