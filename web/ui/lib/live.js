// News from the service: its event stream where it has one, else a poll every few seconds. It says which.
//
// Nobody is told what has changed, only that it is time to look: what is shown is always what the service answers.
// Whoever shows events themselves gets those too.

import { ask, read, tokenHeaders } from "./api.js";
import { connection } from "./connection.js";
import { session } from "./session.js";
import { EventReader } from "./sse.js";
import { ROOT } from "./uris.js";

const POLL_EVERY = 2000;
const LOOK_ANYWAY_EVERY = 20000; // beside the stream: what has no event, and for the session to stay in use
const SILENT_FOR = 100000; // no heartbeat for so long: the stream is dead
const HIDDEN_FOR = 60000; // a hidden page gives its connection back
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 30000;

class Live extends EventTarget {
  /** `off`, `poll` or `stream`. */
  mode = "off";
  /** Whether the service has an event service at all: null until it is known. */
  service = null;
  /** The latest events, newest last. */
  recent = [];
  #listeners = new Set();
  #lastId = "";
  #uri = "";
  #abort = null;
  #pause = FIRST_PAUSE;
  #timer = 0;
  #retry = 0;
  #hide = 0;
  #on = false;

  constructor() {
    super();
    document.addEventListener("visibilitychange", () => this.#shown(!document.hidden));
    connection.addEventListener("found", () => this.#on && this.#begin());
  }

  /** Call `listener(events)` when it is time to look; `events` is empty at a poll. Returns how to end that. */
  listen(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  start() {
    if (this.#on) return;
    this.#on = true;
    this.#begin();
  }

  stop() {
    this.#on = false;
    this.#lastId = "";
    this.recent = [];
    this.#quiet();
    this.#turn("off");
  }

  async #begin() {
    this.#quiet();
    this.#turn("poll");
    this.#tick();
    try {
      const root = await read(ROOT);
      const uri = root.EventService?.["@odata.id"];
      const service = uri ? await read(uri) : null;
      this.service = service;
      this.#uri = service?.ServiceEnabled === false ? "" : (service?.ServerSentEventUri ?? "");
      this.dispatchEvent(new Event("change"));
      if (this.#uri && this.#on && !document.hidden) this.#follow();
    } catch {
      this.#later();
    }
  }

  async #follow() {
    const stop = new AbortController();
    this.#abort = stop;
    const reader = new EventReader((event) => this.#heard(event));
    let alarm = 0;
    try {
      const response = await fetch(this.#uri, {
        headers: { Accept: "text/event-stream", ...tokenHeaders(), ...(this.#lastId ? { "Last-Event-ID": this.#lastId } : {}) },
        credentials: "omit",
        cache: "no-store",
        redirect: "error",
        signal: stop.signal,
      });
      if (!response.ok || !response.body) {
        this.#pause = Math.max(this.#pause, 1000 * Number(response.headers.get("Retry-After") ?? 10));
        throw new Error(`the stream was refused: ${response.status}`);
      }
      this.#turn("stream");
      const text = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        clearTimeout(alarm);
        alarm = setTimeout(() => stop.abort(), SILENT_FOR);
        const { value, done } = await text.read();
        if (done) break;
        this.#pause = FIRST_PAUSE;
        reader.feed(value);
      }
    } catch {
      // It ended; whether the service is there, the next look says.
    } finally {
      clearTimeout(alarm);
    }
    if (this.#abort !== stop || !this.#on) return;
    this.#abort = null;
    this.#turn("poll");
    this.#tick();
    this.#later();
  }

  #heard({ id, data }) {
    if (id) this.#lastId = id;
    let told;
    try {
      told = JSON.parse(data);
    } catch {
      return; // not for us
    }
    const events = (told.Events ?? []).map((event) => ({ ...event, sequence: id }));
    this.recent.push(...events);
    if (this.recent.length > 1000) this.recent.splice(0, this.recent.length - 1000);
    this.#tell(events);
  }

  #tell(events) {
    for (const listener of this.#listeners) listener(events);
  }

  #tick() {
    clearTimeout(this.#timer);
    if (!this.#on) return;
    if (!document.hidden && connection.lostAt === null && session.state === "in") this.#tell([]);
    this.#timer = setTimeout(() => this.#tick(), this.mode === "stream" ? LOOK_ANYWAY_EVERY : POLL_EVERY);
  }

  #later() {
    clearTimeout(this.#retry);
    if (!this.#on) return;
    this.#retry = setTimeout(() => {
      if (connection.lostAt !== null || document.hidden || session.state !== "in") return;
      if (this.#uri) this.#follow();
      else this.#begin(); // it is not known yet whether there is a stream
    }, this.#pause);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }

  #shown(visible) {
    clearTimeout(this.#hide);
    if (!this.#on) return;
    if (visible) {
      if (this.#abort) this.#tell([]);
      else this.#begin();
    } else {
      this.#hide = setTimeout(() => this.#quiet(), HIDDEN_FOR);
    }
  }

  #quiet() {
    clearTimeout(this.#timer);
    clearTimeout(this.#retry);
    const stop = this.#abort;
    this.#abort = null;
    stop?.abort();
  }

  #turn(mode) {
    if (this.mode === mode) return;
    this.mode = mode;
    this.dispatchEvent(new Event("change"));
  }
}

export const live = new Live();

/** The subscriptions of the service, with how their delivery goes. */
export async function subscriptions(service, signal) {
  const uri = service?.Subscriptions?.["@odata.id"];
  if (!uri) return [];
  const { body } = await ask("GET", `${uri}?$expand=.`, { signal });
  return body.Members;
}
