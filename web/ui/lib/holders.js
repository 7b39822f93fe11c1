// Which task holds which server, and what went wrong with it last: gathered from the tasks that the person may see.

import { read, query } from "./api.js";
import { moment } from "./format.js";
import { taskAddress } from "./route.js";
import { ACTIVE, LIVE } from "./states.js";
import { latestOf } from "./story.js";
import { TASKS } from "./uris.js";

const MOST_TASKS = 100;
const MOST_FAILED = 20;
const MOST_BELOW = 1000;
const either = (states) => states.map((state) => `TaskState eq '${state}'`).join(" or ");
const below = new Map(); // the failed subtasks of tasks that have ended: they do not change

/** By the URI of a system or source: `{state, address, operation}` of the live task that is at work on it. */
export async function holders(signal) {
  const found = new Map();
  const live = await read(TASKS + query({ $expand: ".", $select: "Id,TaskState,Oem,SubTasks", $filter: either(LIVE), $top: MOST_TASKS }), { signal });
  for (const task of live.Members) {
    const { Target: target, Operation: operation } = task.Oem.Taskmon;
    if (!task.SubTasks) {
      found.set(target, { state: task.TaskState, operation, address: taskAddress(task.Id) });
      continue;
    }
    const path = task.SubTasks["@odata.id"] + query({ $expand: ".", $select: "Id,TaskState,Oem/Taskmon/Target", $filter: either(ACTIVE), $top: MOST_BELOW });
    const { Members: members } = await read(path, { signal });
    for (const one of members) {
      found.set(one.Oem.Taskmon.Target, { state: one.TaskState, operation, address: taskAddress(task.Id) });
    }
  }
  return found;
}

/** By URI: the latest failure `{words, at, address}` among the tasks that failed last. */
export async function lastErrors(signal) {
  const found = new Map();
  const failed = await read(TASKS + query({ $expand: ".", $select: "Id,TaskState,EndTime,Oem,SubTasks,Messages", $filter: "TaskState eq 'Exception'", $top: MOST_FAILED }), { signal });
  const note = (task, address) => {
    const at = moment(task.EndTime) ?? 0;
    const target = task.Oem.Taskmon.Target;
    if (at > (found.get(target)?.at ?? -1)) found.set(target, { words: latestOf(task)?.words ?? "Failed.", at, address });
  };
  for (const task of failed.Members) {
    if (!task.SubTasks) {
      note(task, taskAddress(task.Id));
      continue;
    }
    if (!below.has(task.Id)) {
      const path = task.SubTasks["@odata.id"] + query({ $expand: ".", $select: "Id,TaskState,EndTime,Oem,Messages", $filter: "TaskState eq 'Exception'", $top: MOST_BELOW });
      const { Members: members } = await read(path, { signal });
      below.set(task.Id, members);
      if (below.size > 2 * MOST_FAILED) below.delete(below.keys().next().value);
    }
    for (const one of below.get(task.Id)) note(one, taskAddress(one.Id, task.Id));
  }
  return found;
}
