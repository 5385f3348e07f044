// What the environment says: k6 run -e URL=... -e SCENARIO=...
/** @param {string} name @param {string} otherwise */
function env(name, otherwise) {
  return __ENV[name] || otherwise;
}

export const url = env("URL", "http://127.0.0.1:8080").replace(/\/$/, "");
export const apiKey = env("API_KEY", "");
export const transport = env("TRANSPORT", "ws");
export const scenario = env("SCENARIO", "smoke");
export const maxTokens = Number(env("MAX_TOKENS", "128"));
export const prompt = env("PROMPT", "Write a long story about a mill on a river, and about the people who live there.");
/** How long a stream may take, milliseconds; then it has failed. */
export const deadline = Number(env("DEADLINE_MS", "120000"));

/** @returns {Record<string, string>} */
export function headers() {
  return apiKey ? { Authorization: `Bearer ${apiKey}` } : {};
}
