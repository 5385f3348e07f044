// One generation over a WebSocket, as codecs/wire/README.md has it; frames are JSON.
import { setTimeout, clearTimeout } from "k6/timers";
import { WebSocket } from "k6/websockets";
import { deadline, headers, maxTokens, prompt, url } from "./config.js";

/**
 * @typedef {{ tokens?: { first_event: number, ids: number[] }, accepted?: { handle: string },
 *   finished?: { event: number, reason: string }, rejected?: { error: { code: string, message: string } } }} Frame
 * @typedef {{ handle: string, lastEvent: number, frame: Frame, why: string }} Outcome  frame: the last one; why: set where there is none
 * @typedef {{ onTokens: (frame: Frame, send: (frame: object) => void, leave: () => void) => void }} Reader
 */

/** @param {number} credit tokens that the server may send at first; 0 for all @returns {object} */
export function generateFrame(credit = 0) {
  const generate = { text: prompt, max_tokens: maxTokens, ...(credit > 0 ? { initial_credit: credit } : {}) };
  return { channel: 1, generate };
}

/** @param {Outcome} cut @returns {object} */
export function resumeFrame(cut) {
  return { channel: 1, resume: { handle: cut.handle, last_event: cut.lastEvent } };
}

/**
 * Sends the first frame on a connection of its own and reads to the terminal frame, or until the reader leaves.
 * Events must be numbered without gap or repeat.
 * @param {object} first @param {number} lastEvent @param {Reader} reader @returns {Promise<Outcome>}
 */
export function stream(first, lastEvent, reader) {
  return new Promise((resolve) => {
    const outcome = { handle: "", lastEvent, frame: /** @type {Frame} */ ({}), why: "" };
    const socket = new WebSocket(url.replace(/^http/, "ws") + "/v1/stream", null, {
      headers: { ...headers(), "Sec-WebSocket-Protocol": "millrace.v1" },
    });
    const timer = setTimeout(() => end(`took more than ${deadline} ms`), deadline);
    let over = false;
    /** @param {string} why */
    function end(why) {
      if (!over) {
        over = true;
        outcome.why = why;
        clearTimeout(timer);
        socket.close();
        resolve(outcome);
      }
    }
    /** @param {object} frame */
    const send = (frame) => {
      if (!over) {
        socket.send(JSON.stringify(frame));
      }
    };
    socket.onopen = () => send(first);
    socket.onerror = (event) => end(`connection: ${event ? event.error : ""}`);
    socket.onclose = () => end("closed without a terminal frame");
    socket.onmessage = (event) => {
      if (over || !event) {
        return;
      }
      const frame = /** @type {Frame} */ (JSON.parse(String(event.data)));
      outcome.frame = frame;
      if (frame.accepted) {
        outcome.handle = frame.accepted.handle;
      } else if (frame.tokens) {
        if (frame.tokens.first_event !== outcome.lastEvent + 1) {
          end(`event ${frame.tokens.first_event} came after ${outcome.lastEvent}`);
          return;
        }
        outcome.lastEvent += frame.tokens.ids.length;
        reader.onTokens(frame, send, () => end("left"));
      } else if (frame.finished && frame.finished.event !== outcome.lastEvent + 1) {
        end(`finish ${frame.finished.event} came after ${outcome.lastEvent}`);
      } else {
        end("");
      }
    };
  });
}
