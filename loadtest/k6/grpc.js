// Frames over gRPC: the method Exchange, a call for each generation.
import { Client, Stream } from "k6/net/grpc";
import { headers, transport, url } from "./config.js";

const PROTO = "../../codecs/wire/src/main/proto";
const METHOD = "millrace.v1.Streams/Exchange";

const client = new Client();
if (transport === "grpc") {
  client.load([PROTO], "millrace/v1/stream.proto");
}

/**
 * k6 writes messages with the names that protobuf's JSON prefers.
 * @typedef {{ tokens?: { firstEvent: number, ids: number[] } }} Message
 */

/** @type {import("./generation.js").Connect} */
export function connect(first, onFrame, onEnd) {
  try {
    client.connect(url.replace(/^https?:\/\//, ""), { plaintext: url.startsWith("http:") });
  } catch (error) {
    onEnd(`connection: ${error}`);
    return { send: () => {}, close: () => {} };
  }
  const stream = new Stream(client, METHOD, { metadata: headers() });
  stream.on("data", (data) => {
    const message = /** @type {Message} */ (data);
    const { tokens } = message;
    onFrame(tokens ? { tokens: { first_event: tokens.firstEvent, ids: tokens.ids } } : /** @type {import("./generation.js").Frame} */ (message));
  });
  // After a terminal frame that is no success comes its status, as an error: the frame was first.
  stream.on("error", (error) => onEnd(`call: ${JSON.stringify(error)}`));
  stream.on("end", () => onEnd("ended without a terminal frame"));
  /** @param {object} frame */
  const send = (frame) => stream.write({ ...frame, channel: 0 });
  send(first);
  return {
    send,
    close: () => {
      stream.end();
      client.close();
    },
  };
}
