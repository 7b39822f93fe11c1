// Times, durations and numbers as a person reads them.

const NUMBER = new Intl.NumberFormat("en");
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const DAY = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });

export const NEVER = "0001-01-01T00:00:00Z";

export function count(number) {
  return NUMBER.format(number);
}

/** "1 server", "2,000 servers". */
export function plural(number, one, many = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** The moment in milliseconds, or null where it is not known or has not come. */
export function moment(text) {
  if (!text || text === NEVER) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : at;
}

/** A time of day; with the day where it is not today. */
export function clock(at) {
  if (at === null) return "";
  const date = new Date(at);
  return date.toDateString() === new Date().toDateString() ? CLOCK.format(date) : `${DAY.format(date)}, ${CLOCK.format(date)}`;
}

/** All of a time, for a tooltip. */
export function full(at) {
  return at === null ? "" : FULL.format(new Date(at));
}

/** "0.4 s", "8 s", "3 min 20 s", "2 h 5 min", "3 d 4 h". */
export function duration(milliseconds) {
  if (milliseconds >= 50 && milliseconds < 1950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 && minutes < 10 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return hours % 24 ? `${days} d ${hours % 24} h` : `${days} d`;
}

/** "just now", "3 min ago". */
export function ago(at, now = Date.now()) {
  if (at === null) return "";
  const past = now - at;
  if (past < 5000) return "just now";
  return `${duration(past < 60000 || past >= 3600000 ? past : Math.floor(past / 60000) * 60000)} ago`;
}

/** The first eight characters of what tells this id from others. */
export function shortId(id) {
  return id.replace(/^task/, "").slice(0, 8);
}

/** The last step of a URI. */
export function lastStep(uri) {
  return uri.replace(/\/$/, "").split("/").pop() ?? "";
}
