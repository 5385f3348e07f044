// Stands in for "k6/timers".
export const setTimeout = globalThis.setTimeout;
export const clearTimeout = globalThis.clearTimeout;
