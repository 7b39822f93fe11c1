// The states of tasks as they are shown: a word, a shape and a colour for each.

import { h } from "./dom.js";
import { icon } from "./icons.js";

const STATES = {
  New: { word: "New", shape: "wait", tone: "wait" },
  Pending: { word: "Waiting", shape: "wait", tone: "wait" },
  Starting: { word: "Starting", shape: "start", tone: "run" },
  Running: { word: "Running", shape: "run", tone: "run" },
  Interrupted: { word: "Interrupted", shape: "pause", tone: "warn" },
  Cancelling: { word: "Aborting", shape: "cancel", tone: "warn" },
  Completed: { word: "Completed", shape: "done", tone: "done" },
  Exception: { word: "Failed", shape: "fail", tone: "fail" },
  Cancelled: { word: "Aborted", shape: "cancel", tone: "cancel" },
  Killed: { word: "Killed", shape: "cancel", tone: "cancel" },
};
const UNKNOWN = { word: "Unknown", shape: "wait", tone: "wait" };

export const ENDED = ["Completed", "Exception", "Cancelled", "Killed"];
export const LIVE = ["New", "Pending", "Starting", "Running", "Interrupted", "Cancelling"];
export const ACTIVE = ["Starting", "Running", "Interrupted", "Cancelling"];
export const ALL = Object.keys(STATES);

/** How a state is shown. A service may come to know others than these. */
export function shownAs(state) {
  return STATES[state] ?? { ...UNKNOWN, word: String(state) };
}

export function isLive(task) {
  return LIVE.includes(task.TaskState);
}

/** A task that completed with something to look at is shown so. */
function look(state, status) {
  const shown = shownAs(state);
  return state === "Completed" && status === "Warning" ? { word: "Completed, see messages", shape: "warn", tone: "warn" } : shown;
}

/** The state as a badge that follows its task. */
export function badge(state, status, size = "") {
  const element = h("span", { class: `badge ${size}` });
  const made = { element, update };
  let seen = "";
  function update(newState, newStatus) {
    if (seen === `${newState} ${newStatus}`) return;
    seen = `${newState} ${newStatus}`;
    const { word, shape, tone } = look(newState, newStatus);
    element.dataset.tone = tone;
    element.dataset.state = newState;
    element.replaceChildren(icon(shape), h("span", {}, word));
  }
  update(state, status);
  return made;
}
