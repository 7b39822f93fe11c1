// From what a person filters by to what the service is asked: pure, so that an address means the same to everybody.

import { query, quoted } from "./api.js";
import { ENDED, LIVE } from "./states.js";
import { TASKS } from "./uris.js";

export const PAGE_SIZES = [25, 50, 100, 200];
export const PAGE_SIZE = 50;
export const SHOWN = "Id,TaskState,TaskStatus,StartTime,EndTime,PercentComplete,Oem,Actions,SubTasks,Messages";

/** Groups of states that people ask for by one word. */
export const GROUPS = { all: [], live: LIVE, ended: ENDED, failed: ["Exception"], done: ["Completed"], aborted: ["Cancelled", "Killed"] };

const SPANS = { h: 3600e3, d: 86400e3, m: 60e3 };

/** The moment that "24h", "7d", "30m" or a date-time means; null for what means nothing. To the minute. */
export function sinceMoment(text, now = Date.now()) {
  const span = /^(\d{1,5})([mhd])$/.exec(text ?? "");
  if (span) return new Date(Math.floor((now - Number(span[1]) * SPANS[span[2]]) / 60e3) * 60e3).toISOString();
  const at = Date.parse(text ?? "");
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

/** The states that an option `state` names: a group, or states with commas between. */
export function statesOf(text) {
  if (!text) return [];
  return GROUPS[text] ?? text.split(",").filter((one) => /^[A-Za-z]+$/.test(one));
}

/** The `$filter` for these options. */
export function filterOf(options, now = Date.now()) {
  const parts = [];
  const states = statesOf(options.get("state"));
  if (states.length) parts.push(states.length === 1 ? `TaskState eq ${quoted(states[0])}` : `(${states.map((one) => `TaskState eq ${quoted(one)}`).join(" or ")})`);
  if (options.get("op")) parts.push(`Oem/Taskmon/Operation eq ${quoted(options.get("op"))}`);
  if (options.get("owner")) parts.push(`Oem/Taskmon/Owner eq ${quoted(options.get("owner"))}`);
  const since = sinceMoment(options.get("since"), now);
  const until = sinceMoment(options.get("until"), now);
  if (since) parts.push(`StartTime ge ${since}`);
  if (until) parts.push(`StartTime le ${until}`);
  return parts.join(" and ");
}

export function pageSize(options) {
  const size = Number(options.get("size"));
  return PAGE_SIZES.includes(size) ? size : PAGE_SIZE;
}

export function pageNumber(options) {
  const page = Number(options.get("page"));
  return Number.isInteger(page) && page > 0 ? page : 1;
}

/** The path of the page of tasks that these options show. */
export function tasksPath(options, now = Date.now()) {
  const size = pageSize(options);
  return (
    TASKS +
    query({
      $expand: ".",
      $select: SHOWN,
      $top: size,
      $skip: (pageNumber(options) - 1) * size || "",
      $filter: filterOf(options, now),
      "taskmon.order": options.get("order") === "oldest" ? "oldest" : "",
      "taskmon.text": (options.get("q") ?? "").slice(0, 200),
    })
  );
}
