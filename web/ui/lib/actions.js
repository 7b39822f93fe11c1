// What a person can have done to tasks, if the task offers it and the person may.

import { ask } from "./api.js";
import { session } from "./session.js";
import { isLive } from "./states.js";
import { taskUri } from "./uris.js";

const targetOf = (task, action) => task.Actions?.Oem?.[action]?.target ?? null;

export const canCancel = (task) => targetOf(task, "#Taskmon.Cancel") !== null && session.can("POST", "Task");
export const canRetry = (task) => targetOf(task, "#Taskmon.Retry") !== null && session.can("POST", "Task");
export const canDelete = (task) => !isLive(task) && !isSubtask(task) && session.can("DELETE", "Task");

export function isSubtask(task) {
  return /\/SubTasks\//.test(task["@odata.id"]);
}

/** Abort it; the record stays. Resolves once nothing more goes to a server. */
export async function cancel(task, reason) {
  await ask("POST", targetOf(task, "#Taskmon.Cancel"), { body: reason ? { Reason: reason } : {} });
}

/** Do again what failed; the id of the new task. */
export async function retry(task, { cancelledToo = false, naming = () => ({}) } = {}) {
  const body = cancelledToo ? { Subtasks: "FailedAndCancelled" } : {};
  const { headers } = await ask("POST", targetOf(task, "#Taskmon.Retry"), { body, headers: naming(body) });
  return idOf(headers);
}

/** Remove the record of a task that has ended. */
export async function remove(task) {
  await ask("DELETE", task["@odata.id"] ?? taskUri(task.Id));
}

/** The id of the task that an answer of 202 names. */
export function idOf(headers) {
  return decodeURIComponent((headers.get("Location") ?? "").split("/").pop());
}

/**
 * Names for the requests of one form: the same request, sent again because no answer came, has the same name and makes
 * no second task; another one has another name.
 */
export function requestNames() {
  let before = null;
  let name = "";
  return (request) => {
    const text = JSON.stringify(request);
    if (text !== before) name = newKey();
    before = text;
    return { "Idempotency-Key": name };
  };
}

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Do one thing after another: how many are done, which were refused with which words, and which are left to be done.
 * It stops where the service does not answer, or does not know the session any more.
 */
export async function each(tasks, act) {
  const refused = [];
  const done = new Set();
  for (const task of tasks) {
    try {
      await act(task);
      done.add(task);
    } catch (error) {
      refused.push({ task, error });
      if (error.kind === "lost" || error.kind === "expired") break;
    }
  }
  return { done: done.size, refused, left: tasks.filter((task) => !done.has(task)) };
}
