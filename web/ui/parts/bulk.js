// What is done to many tasks at once: asked once, done one after another, and told of each that was refused.

import { cancel, canCancel, canDelete, canRetry, each, remove, retry } from "../lib/actions.js";
import { fill, h } from "../lib/dom.js";
import { plural } from "../lib/format.js";
import { icon } from "../lib/icons.js";
import { names, operationName } from "../lib/names.js";
import { askOnce } from "./dialog.js";
import { textField } from "./field.js";
import { notice } from "./notice.js";

/** Ask once whether to abort these, and why. Resolves when it is done, or was left. */
export async function askAbort(tasks) {
  const reason = textField("Reason", "Reason (kept with the task)", { maxlength: "200", hint: "At most 200 characters. Whoever looks at the task will read it." });
  const one = tasks.length === 1;
  return askOnce({
    title: one ? "Abort this task?" : `Abort ${plural(tasks.length, "task")}?`,
    says: h("p", { class: "says" }, "Nothing more is sent to the servers for ", one ? nameOf(tasks[0]) : "them", ". What has been done stays done, and the record stays to be seen."),
    fields: [reason],
    submit: one ? "Abort the task" : `Abort ${plural(tasks.length, "task")}`,
    tone: "fail",
    act: () => all(tasks, (task) => cancel(task, reason.value.trim()), "aborted"),
  });
}

export async function askDelete(tasks) {
  const one = tasks.length === 1;
  return askOnce({
    title: one ? "Delete this record?" : `Delete ${plural(tasks.length, "record")}?`,
    says: h("p", { class: "says" }, one ? `The record of ${nameOf(tasks[0])}` : "The records", " and all subtasks below are removed for everybody. What was done to the servers stays as it is."),
    submit: one ? "Delete the record" : `Delete ${plural(tasks.length, "record")}`,
    tone: "fail",
    act: () => all(tasks, remove, "deleted"),
  });
}

/** Retry what failed of these; of a single one, the new task's id. */
export async function retryAll(tasks) {
  return all(tasks, (task) => retry(task), "started again");
}

export function nameOf(task) {
  const oem = task.Oem?.Taskmon ?? {};
  return `“${operationName(oem.Operation)}: ${names.target(oem.Target)}”`;
}

/** Do it to each. What was refused goes on to the dialog in the service's words; done again, it is for the rest alone. */
async function all(tasks, act, done) {
  const many = tasks.length > 1;
  const result = await each(tasks, act);
  tasks.splice(0, tasks.length, ...result.left);
  if (result.refused.length) {
    if (!many) throw result.refused[0].error;
    const { error } = result.refused[0];
    error.messages = result.refused.flatMap(({ task, error: one }) => one.messages.map((message) => ({ ...message, text: `${nameOf(task)}: ${message.text}` })));
    if (result.done) notice("warn", `${plural(result.done, "task")} ${done}, ${result.refused.length} refused.`);
    throw error;
  }
  notice("done", `${plural(result.done, "task")} ${done}.`);
  return true;
}

/** The bar that appears while tasks are chosen. `after()` is called when something was done. */
export function bulkBar({ after, clear }) {
  const text = h("span", { class: "bulk-text", role: "status" });
  const buttons = h("span", { class: "buttons" });
  const element = h("div", { class: "bulk", role: "region", "aria-label": "Selected tasks", hidden: true }, text, buttons);
  return {
    element,
    update(tasks) {
      element.hidden = tasks.length === 0;
      const [live, failed, ended] = [tasks.filter(canCancel), tasks.filter(canRetry), tasks.filter(canDelete)];
      const seen = [tasks.length, live.length, failed.length, ended.length].join();
      if (element.dataset.seen === seen && !tasks.some((task) => !element.chosen?.includes(task))) return;
      element.dataset.seen = seen;
      element.chosen = tasks;
      fill(text, `${tasks.length} selected`);
      fill(
        buttons,
        button("stop", "Abort", live, async () => (await askAbort(live)) && after()),
        button("reset", "Retry", failed, async () => {
          try {
            await retryAll(failed);
          } catch (error) {
            notice("fail", error.messages?.[0]?.text ?? error.message);
          }
          after();
        }),
        button("bin", "Delete", ended, async () => (await askDelete(ended)) && after()),
        h("button", { class: "button quiet", type: "button", on: { click: clear } }, "Clear selection"),
      );
    },
  };
}

function button(shape, word, tasks, act) {
  return tasks.length ? h("button", { class: "button", type: "button", on: { click: act } }, icon(shape), `${word} ${tasks.length}`) : null;
}
