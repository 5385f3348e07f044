// One generation as frames, as codecs/wire/README.md has it, on whatever carries them.
import { setTimeout, clearTimeout } from "k6/timers";
import { deadline, maxTokens, prompt } from "./config.js";

/**
 * @typedef {{ tokens?: { first_event: number, ids: number[] }, accepted?: { handle: string },
 *   finished?: { event: number, reason: string }, rejected?: { error: { code: string, message: string } } }} Frame
 * @typedef {{ handle: string, lastEvent: number, frame: Frame, why: string }} Outcome  frame: the last one; why: set where there is none
 * @typedef {{ onTokens: (frame: Frame, send: (frame: object) => void, leave: () => void) => void }} Reader
 * @typedef {{ send: (frame: object) => void, close: () => void }} Connection
 * @typedef {(first: object, onFrame: (frame: Frame) => void, onEnd: (why: string) => void) => Connection} Connect
 *   sends the first frame as soon as it can
 */

/** @param {number} credit tokens that the server may send at first; 0 for all @returns {object} */
export function generateFrame(credit = 0) {
  return { channel: 1, generate: { text: prompt, maxTokens, ...(credit > 0 ? { initialCredit: credit } : {}) } };
}

/** @param {Outcome} cut @returns {object} */
export function resumeFrame(cut) {
  return { channel: 1, resume: { handle: cut.handle, lastEvent: cut.lastEvent } };
}

/** @param {Frame} frame */
export function tokensOf(frame) {
  return frame.tokens ? frame.tokens.ids.length : 0;
}

/**
 * Sends the first frame on a connection of its own and reads to the terminal frame, or until the reader leaves.
 * Events must be numbered without gap or repeat.
 * @param {Connect} connect @param {object} first @param {number} lastEvent @param {Reader} reader @returns {Promise<Outcome>}
 */
export function stream(connect, first, lastEvent, reader) {
  return new Promise((resolve) => {
    const outcome = { handle: "", lastEvent, frame: /** @type {Frame} */ ({}), why: "" };
    const timer = setTimeout(() => end(`took more than ${deadline} ms`), deadline);
    let over = false;
    /** @type {Connection | undefined} */
    let connection;
    /** @param {string} why */
    function end(why) {
      if (!over) {
        over = true;
        outcome.why = why;
        clearTimeout(timer);
        if (connection) {
          connection.close();
        }
        resolve(outcome);
      }
    }
    /** @param {object} frame */
    const send = (frame) => {
      if (!over && connection) {
        connection.send(frame);
      }
    };
    /** @param {Frame} frame */
    const take = (frame) => {
      if (over) {
        return;
      }
      outcome.frame = frame;
      if (frame.accepted) {
        outcome.handle = frame.accepted.handle;
      } else if (frame.tokens) {
        if (frame.tokens.first_event !== outcome.lastEvent + 1) {
          end(`event ${frame.tokens.first_event} came after ${outcome.lastEvent}`);
          return;
        }
        outcome.lastEvent += tokensOf(frame);
        reader.onTokens(frame, send, () => end("left"));
      } else if (frame.finished && frame.finished.event !== outcome.lastEvent + 1) {
        end(`finish ${frame.finished.event} came after ${outcome.lastEvent}`);
      } else {
        end("");
      }
    };
    connection = connect(first, take, end);
    if (over) {
      connection.close();
    }
  });
}
