// What people call things: servers by their address, accounts by their name, operations by what they do.

import { read, readAll } from "./api.js";
import { lastStep, plural, shortId } from "./format.js";
import { ACCOUNTS, AGGREGATES, SERVICE, SOURCES, SYSTEMS } from "./uris.js";

const OPERATIONS = {
  reset: "Reset servers",
  reset_server: "Reset server",
  add_server: "Add server",
  remove_server: "Remove server",
};
const ORDER = new Intl.Collator("en", { numeric: true });
const FRESH_FOR = 300000;
const AGAIN_AFTER = 3000;

export const KNOWN_OPERATIONS = ["reset", "reset_server", "add_server", "remove_server"];

export function operationName(operation) {
  return OPERATIONS[operation] ?? String(operation).replaceAll("_", " ");
}

class Names extends EventTarget {
  #hosts = new Map(); // by the URI of a source or a system
  #sources = [];
  #accounts = new Map();
  #sizes = new Map(); // of aggregates, by URI
  #unknown = new Set(); // what was not there even after a reading: it is gone
  #missed = new Set();
  #at = 0;
  #loading = null;

  /** Read them, unless that was done just now; `change` is dispatched when they are there. */
  async load({ force = false } = {}) {
    if (this.#loading) return this.#loading;
    if (!force && Date.now() - this.#at < FRESH_FOR) return undefined;
    this.#loading = this.#read().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  /** Read them if servers have come or gone since. */
  async loadIfChanged(signal) {
    const there = await read(`${SOURCES}?$top=0`, { signal });
    await this.load({ force: there["Members@odata.count"] !== this.#sources.length });
  }

  async #read() {
    const [sources, aggregates, accounts] = await Promise.all([
      readAll(SOURCES, { $expand: ".", $select: "Id,HostName,UserName,Links" }),
      readAll(AGGREGATES, { $expand: ".", $select: "Id,ElementsCount" }),
      readAll(ACCOUNTS, { $expand: ".", $select: "Id,UserName" }),
    ]);
    this.#hosts = new Map();
    this.#sources = sources.sort((a, b) => ORDER.compare(a.HostName, b.HostName));
    for (const source of sources) {
      const uri = source["@odata.id"];
      const systems = source.Links?.ResourcesAccessed ?? [];
      this.#hosts.set(uri, source.HostName);
      for (const { "@odata.id": system } of systems) {
        const more = systems.length > 1 ? ` #${lastStep(system).split(".").pop()}` : "";
        this.#hosts.set(system, `${source.HostName}${more}`);
      }
    }
    this.#sizes = new Map(aggregates.map((one) => [one["@odata.id"], one.ElementsCount]));
    this.#accounts = new Map(accounts.map((one) => [one.Id, one.UserName]));
    this.#at = Date.now();
    for (const uri of this.#missed) if (!this.#hosts.has(uri) && !this.#sizes.has(uri)) this.#unknown.add(uri);
    this.#missed.clear();
    this.dispatchEvent(new Event("change"));
  }

  forget() {
    this.#hosts = new Map();
    this.#accounts = new Map();
    this.#sources = [];
    this.#unknown.clear();
    this.#at = 0;
  }

  /** Something is named that was not there at the last reading: read again soon, once for all of them. */
  #miss(uri) {
    if (this.#at === 0 || this.#unknown.has(uri) || this.#missed.has(uri)) return;
    if (this.#missed.size === 0) setTimeout(() => this.load({ force: true }).catch(() => this.#missed.clear()), AGAIN_AFTER);
    this.#missed.add(uri);
  }

  get sources() {
    return this.#sources;
  }

  /** Every system: `{uri, label}`, in the order of their servers. */
  get systems() {
    return this.#sources.flatMap((source) =>
      (source.Links?.ResourcesAccessed ?? []).map(({ "@odata.id": uri }) => ({ uri, label: this.#hosts.get(uri) })),
    );
  }

  get accounts() {
    return [...this.#accounts];
  }

  owner(id) {
    return this.#accounts.get(id) ?? shortId(id ?? "");
  }

  /** Words with the servers that they name by URI called by their address. */
  inWords(text) {
    return text.replace(/\/redfish\/v1\/Systems\/[^\s/:,()]+/g, (uri) => this.#hosts.get(uri) ?? uri);
  }

  /** A server or system by its address; an aggregate by its size. */
  target(uri) {
    if (!uri || uri === SOURCES) return "";
    if (uri === SERVICE) return "a list of servers";
    const host = this.#hosts.get(uri);
    if (host) return host;
    if (!this.#sizes.has(uri)) this.#miss(uri);
    if (uri.startsWith(`${AGGREGATES}/`)) {
      const size = this.#sizes.get(uri);
      return `group ${shortId(lastStep(uri))}${size === undefined ? "" : `, ${plural(size, "server")}`}`;
    }
    if (uri.startsWith(`${SYSTEMS}/`)) return `system ${shortId(lastStep(uri))}`;
    if (uri.startsWith(`${SOURCES}/`)) return `server ${shortId(lastStep(uri))}`;
    return uri;
  }
}

export const names = new Names();
