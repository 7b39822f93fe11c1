// Looks again and again: when there is news, when the connection is back, when asked to. Never twice at the same time.

import { connection } from "./connection.js";
import { live } from "./live.js";
import { session } from "./session.js";

const AT_MOST_EVERY = 700;

/** `look(signal)` reads and shows. `concerns(events)` says whether news is worth a look; a poll always is. */
export class Refresher {
  #look;
  #concerns;
  #onError;
  #ends = [];
  #stop = new AbortController();
  #running = false;
  #again = false;
  #last = 0;
  #timer = 0;

  constructor(look, { concerns = () => true, onError = () => {}, every = AT_MOST_EVERY } = {}) {
    this.#look = look;
    this.#concerns = concerns;
    this.#onError = onError;
    this.every = every;
    this.#ends.push(live.listen((events) => (events.length === 0 || this.#concerns(events)) && this.soon()));
    const now = () => this.now();
    connection.addEventListener("found", now);
    this.#ends.push(() => connection.removeEventListener("found", now));
  }

  /** Look at once, or right after the look that is under way. */
  async now() {
    clearTimeout(this.#timer);
    if (this.#stop.signal.aborted || session.state !== "in") return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    this.#again = false;
    this.#last = performance.now();
    try {
      await this.#look(this.#stop.signal);
      if (!this.#stop.signal.aborted) this.#onError(null);
    } catch (error) {
      if (!this.#stop.signal.aborted) {
        if (error.kind) this.#onError(error);
        else reportError(error); // a mistake of ours, which must not pass for quiet
      }
    } finally {
      this.#running = false;
    }
    if (this.#again) this.soon();
  }

  /** Look soon: at once, unless the last look was just now. */
  soon() {
    clearTimeout(this.#timer);
    const wait = this.#last + this.every - performance.now();
    if (wait <= 0) this.now();
    else this.#timer = setTimeout(() => this.now(), wait);
  }

  close() {
    clearTimeout(this.#timer);
    this.#stop.abort();
    for (const end of this.#ends) end();
  }
}
