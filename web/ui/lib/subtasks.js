// The subtasks of a task, up to tens of thousands, kept up to date by what has changed alone.
//
// All are read once, page by page. After that only those are asked for that have ended lately or are at work: what
// waits does not change. Their facts lie in arrays, not in objects, so that ten thousand cost little.

import { query, readAll } from "./api.js";
import { moment } from "./format.js";
import { ACTIVE, ALL, ENDED } from "./states.js";

const SHOWN = "Id,TaskState,TaskStatus,EndTime,Oem/Taskmon/Target";
const OVERLAP = 2000; // an end may be seen a little after one that is later
const AT_WORK = ACTIVE.map((state) => `TaskState eq '${state}'`).join(" or ");

/** What a cell looks like: several states look alike. */
export const KINDS = ["wait", "run", "stop", "done", "warn", "fail", "cancel"];
const KIND_OF = { New: 0, Pending: 0, Starting: 1, Running: 1, Interrupted: 2, Cancelling: 2, Completed: 3, Exception: 5, Cancelled: 6, Killed: 6 };

export class Subtasks extends EventTarget {
  ids = [];
  targets = [];
  kinds = new Uint8Array(0);
  states = new Uint8Array(0);
  ends = new Float64Array(0);
  total = 0;
  #path;
  #index = new Map();
  #loaded = false;
  #latestEnd = 0;

  constructor(taskUri) {
    super();
    this.#path = `${taskUri}/SubTasks`;
  }

  get path() {
    return this.#path;
  }

  /** Read what is new. `settled`: the task has ended, and so have all of these. Dispatches `change` with the places. */
  async refresh(signal, { settled = false } = {}) {
    if (!this.#loaded) return this.#load(signal);
    const changed = [];
    const since = new Date(this.#latestEnd - OVERLAP).toISOString();
    const take = (members) => {
      for (const member of members) this.#take(member, changed);
    };
    await readAll(this.#path, { $expand: ".", $select: SHOWN, $filter: `EndTime ge ${since}` }, { signal, each: take });
    if (!settled) await readAll(this.#path, { $expand: ".", $select: SHOWN, $filter: AT_WORK }, { signal, each: take });
    this.#tell(changed);
    if (settled && this.#someLive()) return this.#load(signal);
    return undefined;
  }

  async #load(signal) {
    const changed = [];
    await readAll(
      this.#path,
      { $expand: ".", $select: SHOWN },
      {
        signal,
        each: (members, total) => {
          this.#makeRoom(total);
          for (const member of members) this.#take(member, changed);
          this.#tell(changed.splice(0));
        },
      },
    );
    this.#loaded = true;
  }

  #makeRoom(total) {
    if (total <= this.kinds.length) return;
    this.total = total;
    this.kinds = grown(this.kinds, total);
    this.states = grown(this.states, total);
    this.ends = grown(this.ends, total);
  }

  #take(member, changed) {
    let place = this.#index.get(member.Id);
    const isNew = place === undefined;
    if (isNew) {
      place = this.ids.length;
      if (place >= this.kinds.length) this.#makeRoom(place + 1);
      this.#index.set(member.Id, place);
      this.ids.push(member.Id);
      this.targets.push(member.Oem?.Taskmon?.Target ?? "");
    }
    const state = ALL.indexOf(member.TaskState);
    if (!isNew && this.states[place] === state) return;
    this.states[place] = state;
    this.kinds[place] = member.TaskState === "Completed" && member.TaskStatus === "Warning" ? 4 : (KIND_OF[member.TaskState] ?? 0);
    const ended = ENDED.includes(member.TaskState) ? moment(member.EndTime) : null;
    this.ends[place] = ended ?? 0;
    if (ended !== null && ended > this.#latestEnd) this.#latestEnd = ended;
    changed.push(place);
  }

  #tell(changed) {
    if (changed.length) this.dispatchEvent(new CustomEvent("change", { detail: { changed } }));
  }

  #someLive() {
    return this.kinds.some((kind) => kind <= 2);
  }

  /** How many there are of each kind, in the order of `KINDS`. */
  counts() {
    const counts = KINDS.map(() => 0);
    for (let place = 0; place < this.ids.length; place += 1) counts[this.kinds[place]] += 1;
    return counts;
  }

  stateAt(place) {
    return ALL[this.states[place]];
  }

  /** The moments at which they ended, oldest first. */
  endMoments() {
    return Array.from(this.ends)
      .filter((at) => at > 0)
      .sort((a, b) => a - b);
  }
}

function grown(array, length) {
  const larger = new array.constructor(length);
  larger.set(array);
  return larger;
}

/** The path of a page of subtasks as they are listed, with their messages. */
export function listPath(path, states, top, skip) {
  return (
    path +
    query({
      $expand: ".",
      $select: "Id,TaskState,TaskStatus,StartTime,EndTime,PercentComplete,Oem,Messages",
      $top: top,
      $skip: skip || "",
      $filter: states.map((state) => `TaskState eq '${state}'`).join(" or "),
    })
  );
}
