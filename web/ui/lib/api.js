// Requests of the Redfish interface, with the token of the session and no other credentials.
//
// The token goes in a header that no other page can set, and no cookie exists: there is nothing that a page from
// elsewhere could have the browser send. `credentials: "omit"` also keeps the browser from asking for a password.

import { connection } from "./connection.js";

const READ_WITHIN = 20000;
const ACT_WITHIN = 150000; // an abort is answered once nothing more goes to a server
const KNOWN = 60;

let token = "";
let onExpired = () => {};
const known = new Map(); // what was read last, by path: its tag and its body

/** Whose requests these are from now on. What was read for somebody else is forgotten. */
export function useToken(newToken, expired = () => {}) {
  if (newToken !== token) known.clear();
  token = newToken;
  onExpired = expired;
}

export function tokenHeaders() {
  return token ? { "X-Auth-Token": token } : {};
}

/** A request that did not do what it was to do. `kind`: `lost`, `expired`, `missing`, `refused`. */
export class ApiError extends Error {
  constructor(kind, status, messages) {
    super(messages[0].text);
    this.kind = kind;
    this.status = status;
    this.messages = messages;
  }
}

/** What the service says: of an error or of a success, its messages in its own words. */
export function messagesIn(body) {
  const info = body?.error?.["@Message.ExtendedInfo"] ?? body?.["@Message.ExtendedInfo"] ?? [];
  return info.map((one) => ({
    id: String(one.MessageId ?? ""),
    text: String(one.Message ?? one.MessageId ?? ""),
    resolution: /^none\.?$/i.test(one.Resolution ?? "None") ? "" : String(one.Resolution),
    severity: String(one.MessageSeverity ?? one.Severity ?? ""),
    args: one.MessageArgs ?? [],
    properties: (one.RelatedProperties ?? []).map((path) => String(path).replace(/^#?\//, "")),
  }));
}

/**
 * Ask, and have `{status, headers, body}` of an answer below 400. Everything else is an ApiError; with `any`, an answer
 * of 400 and more is given as well, for a task monitor repeats what its operation was answered.
 */
export async function ask(method, path, { body, headers = {}, signal, bare = false, any = false } = {}) {
  const sent = { Accept: "application/json", ...(bare ? {} : tokenHeaders()), ...headers };
  if (body !== undefined) sent["Content-Type"] = "application/json";
  const within = AbortSignal.timeout(method === "GET" ? READ_WITHIN : ACT_WITHIN);
  const usedToken = token;
  let response;
  let answer = null;
  try {
    response = await fetch(path, {
      method,
      headers: sent,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
      signal: signal ? AbortSignal.any([signal, within]) : within,
    });
    const text = await response.text();
    if (text && (response.headers.get("Content-Type") ?? "").includes("json")) answer = JSON.parse(text);
  } catch (error) {
    if (signal?.aborted) throw error;
    connection.failed();
    throw new ApiError("lost", 0, [
      {
        text: "The service did not answer.",
        resolution: "Nothing that you entered is lost. Send it again when the connection is back.",
        properties: [],
        args: [],
      },
    ]);
  }
  connection.answered();
  if (response.ok || response.status === 304 || (any && response.status !== 401)) return { status: response.status, headers: response.headers, body: answer };
  const told = messagesIn(answer);
  const messages = told.length ? told : [{ text: `The service answered ${response.status} ${response.statusText}.`, resolution: "", properties: [], args: [] }];
  if (response.status === 401 && !bare) {
    if (usedToken === token) onExpired();
    throw new ApiError("expired", 401, messages);
  }
  throw new ApiError(response.status === 404 ? "missing" : "refused", response.status, messages);
}

/** The body of a resource. While it stays as it is, it is the same object, and costs an answer without a body. */
export async function read(path, { signal } = {}) {
  const before = known.get(path);
  const { status, headers, body } = await ask("GET", path, {
    signal,
    headers: before ? { "If-None-Match": before.etag } : {},
  });
  if (status === 304) return before.body;
  const etag = headers.get("ETag");
  if (etag) {
    known.delete(path);
    known.set(path, { etag, body });
    if (known.size > KNOWN) known.delete(known.keys().next().value);
  }
  return body;
}

/** A query string from options that are not empty; what Redfish writes with `$` stays readable. */
export function query(options) {
  const parts = Object.entries(options)
    .filter(([, value]) => value !== "" && value !== null && value !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll("%24", "$").replaceAll("%2C", ",")}`);
  return parts.length ? `?${parts.join("&")}` : "";
}

/** A text as it stands in a filter. */
export function quoted(text) {
  return `'${String(text).replaceAll("'", "''")}'`;
}

/** The member URIs or expanded members of a whole collection, page by page; `each` is told of every page. */
export async function readAll(path, options, { signal, each = () => {}, page = 1000 } = {}) {
  const found = [];
  for (;;) {
    const { body } = await ask("GET", path + query({ ...options, $top: page, $skip: found.length || "" }), { signal });
    found.push(...body.Members);
    each(body.Members, body["Members@odata.count"]);
    if (!body.Members.length || found.length >= body["Members@odata.count"]) return found;
  }
}
