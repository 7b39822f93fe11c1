// A reader of server-sent events (HTML, "Server-sent events"), for a stream that was fetched with a header.

/** Feed it text as it comes; it calls `onEvent({id, type, data})`, and tells of everything that it hears. */
export class EventReader {
  #rest = "";
  #data = [];
  #id = "";
  #type = "";
  #onEvent;
  #begun = false;

  constructor(onEvent) {
    this.#onEvent = onEvent;
  }

  feed(text) {
    let all = this.#rest + text;
    if (!this.#begun && all) {
      all = all.replace(/^\uFEFF/, "");
      this.#begun = true;
    }
    // A line that ends in \r may go on with \n in the next piece.
    const whole = all.endsWith("\r") ? all.slice(0, -1) : all;
    const lines = whole.split(/\r\n|\n|\r/);
    this.#rest = lines.pop() + (whole === all ? "" : "\r");
    for (const line of lines) this.#line(line);
  }

  #line(line) {
    if (line === "") {
      if (this.#data.length) this.#onEvent({ id: this.#id, type: this.#type || "message", data: this.#data.join("\n") });
      this.#data = [];
      this.#type = "";
      return;
    }
    if (line.startsWith(":")) return; // a heartbeat
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#type = value;
    else if (field === "id" && !value.includes("\0")) this.#id = value;
  }
}
