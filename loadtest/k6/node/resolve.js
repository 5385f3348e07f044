const STAND_INS = { k6: "core.js", "k6/http": "http.js", "k6/metrics": "metrics.js", "k6/net/grpc": "grpc.js", "k6/timers": "timers.js", "k6/websockets": "websockets.js" };

export function resolve(specifier, context, next) {
  return specifier in STAND_INS
    ? { url: new URL(STAND_INS[specifier], import.meta.url).href, shortCircuit: true }
    : next(specifier, context);
}
