// Whether the service answers. Every request reports here; while it does not answer, it is asked again and again.

const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 15000;

class Connection extends EventTarget {
  lostAt = null;
  nextTry = null;
  #pause = FIRST_PAUSE;
  #timer = 0;

  /** The service has answered, whatever it said. */
  answered() {
    if (this.lostAt === null) return;
    clearTimeout(this.#timer);
    const lostFor = Date.now() - this.lostAt;
    this.lostAt = this.nextTry = null;
    this.#pause = FIRST_PAUSE;
    this.dispatchEvent(new CustomEvent("found", { detail: { lostFor } }));
  }

  /** A request had no answer. */
  failed() {
    if (this.lostAt !== null) return;
    this.lostAt = Date.now();
    this.dispatchEvent(new Event("lost"));
    this.#later();
  }

  /** Ask now, and not when the pause is over. */
  async tryNow() {
    clearTimeout(this.#timer);
    this.nextTry = null;
    this.dispatchEvent(new Event("trying"));
    try {
      await fetch("/redfish", { credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(10000) });
      this.answered();
    } catch {
      if (this.lostAt !== null) this.#later();
    }
  }

  #later() {
    this.nextTry = Date.now() + this.#pause;
    this.#timer = setTimeout(() => this.tryNow(), this.#pause);
    this.#pause = Math.min(this.#pause * 1.7, LONGEST_PAUSE);
    this.dispatchEvent(new Event("waiting"));
  }
}

export const connection = new Connection();
addEventListener("online", () => connection.lostAt !== null && connection.tryNow());
