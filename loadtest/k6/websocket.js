// Frames over a WebSocket, as JSON.
import { WebSocket } from "k6/websockets";
import { headers, url } from "./config.js";

/** @type {import("./generation.js").Connect} */
export function connect(first, onFrame, onEnd) {
  const socket = new WebSocket(url.replace(/^http/, "ws") + "/v1/stream", null, {
    headers: { ...headers(), "Sec-WebSocket-Protocol": "millrace.v1" },
  });
  /** @param {object} frame */
  const send = (frame) => socket.send(JSON.stringify(frame));
  socket.onopen = () => send(first);
  socket.onerror = (event) => onEnd(`connection: ${event ? event.error : ""}`);
  socket.onclose = () => onEnd("closed without a terminal frame");
  socket.onmessage = (event) => {
    if (event) {
      onFrame(JSON.parse(String(event.data)));
    }
  };
  return { send, close: () => socket.close() };
}
