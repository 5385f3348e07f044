// Our own metrics. Times are milliseconds.
import { Counter, Rate, Trend } from "k6/metrics";

const ttft = new Trend("ttft", true);
const itl = new Trend("itl", true);
const duration = new Trend("stream_duration", true);
const resume = new Trend("resume", true);
const tokens = new Counter("tokens");
const failed = new Rate("failed");
const refused = new Rate("refused");

/** Measures one stream from the moment it is asked for. */
export class StreamTimes {
  constructor() {
    this.began = Date.now();
    this.last = 0;
  }

  /**
   * Tokens that arrive in one frame are one arrival: the gap is what a reader waits.
   * @param {number} count
   */
  arrived(count) {
    const now = Date.now();
    if (this.last === 0) {
      ttft.add(now - this.began);
    } else {
      itl.add(now - this.last);
    }
    this.last = now;
    tokens.add(count);
  }

  finished() {
    duration.add(Date.now() - this.began);
    failed.add(false);
    refused.add(false);
  }

  /** The server said that it has no room, which is not a failure: a spike is there to see it. */
  refused() {
    failed.add(false);
    refused.add(true);
  }

  /** @param {string} why */
  failed(why) {
    console.error(`stream failed: ${why}`);
    failed.add(true);
  }
}

/**
 * What HTTP can tell: k6 hands out a body when it is whole, so there is no time of a first token.
 * @param {number} count
 */
export function counted(count) {
  tokens.add(count);
}

/** From a lost connection to the first event on the next one. @param {number} milliseconds */
export function resumed(milliseconds) {
  resume.add(milliseconds);
}
