// The head of a task: what it is and how it stands, the facts, and what may be done to it.

import { canCancel, canDelete, canRetry, requestNames, retry } from "../lib/actions.js";
import { fill, h, say } from "../lib/dom.js";
import { ago, clock, full, moment, shortId } from "../lib/format.js";
import { icon } from "../lib/icons.js";
import { names, operationName } from "../lib/names.js";
import { go, taskAddress } from "../lib/route.js";
import { badge, shownAs } from "../lib/states.js";
import { askAbort, askDelete } from "./bulk.js";
import { askOnce } from "./dialog.js";
import { checkField } from "./field.js";
import { notice } from "./notice.js";
import { progressBar, timesOf } from "./progress.js";

export function taskHead(id, parent, refresh) {
  const title = h("h1", {});
  const target = h("p", { class: "task-head-target" });
  const state = badge("New", "OK", "big");
  const actions = h("div", { class: "view-actions" });
  const bar = progressBar("Progress of the task");
  const facts = h("dl", { class: "facts" });
  const crumbs = h(
    "nav",
    { class: "crumbs", "aria-label": "Where this is" },
    h("a", { href: "#/tasks" }, "Tasks"),
    parent ? [" / ", h("a", { href: taskAddress(parent) }, shortId(parent))] : null,
    " / ",
    h("span", { class: "mono" }, id),
  );
  const element = h("header", { class: "task-head" }, crumbs, h("div", { class: "view-head" }, title, state.element, actions), target, bar.element, facts);
  let offered = "";
  let aborted = 0;

  function update(task, counts) {
    const oem = task.Oem?.Taskmon ?? {};
    aborted = counts?.[6] ?? 0;
    say(title, operationName(oem.Operation ?? task.Name));
    say(target, names.target(oem.Target));
    state.update(task.TaskState, task.TaskStatus);
    bar.element.hidden = Boolean(task.SubTasks); // the sum of its servers says more
    bar.update(task.PercentComplete, shownAs(task.TaskState).tone);
    const started = moment(task.StartTime);
    const ended = moment(task.EndTime);
    const rows = [
      ["Owner", names.owner(oem.Owner)],
      ["Started", started === null ? "" : h("time", { datetime: task.StartTime, title: full(started) }, `${clock(started)}, ${ago(started)}`)],
      ended === null ? null : ["Ended", h("time", { datetime: task.EndTime, title: full(ended) }, clock(ended))],
      task.SubTasks ? ["Progress", `${task.PercentComplete} %`] : null,
      ["How long", timesOf(task, { guess: !task.SubTasks })],
      oem.RetryOf ? ["Retry of", link(oem.RetryOf)] : null,
      oem.RetriedBy ? ["Retried by", link(oem.RetriedBy)] : null,
    ].filter((row) => row && row[1]);
    const text = rows.map(([name, value]) => `${name} ${value.textContent ?? value}`).join("|");
    if (facts.dataset.seen !== text) {
      facts.dataset.seen = text;
      fill(facts, rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
    }
    offer(task);
  }

  function link(other) {
    return h("a", { href: taskAddress(other), class: "mono" }, shortId(other));
  }

  function offer(task) {
    const now = [canCancel(task), canRetry(task), canDelete(task), aborted > 0].join();
    if (now === offered) return;
    offered = now;
    fill(
      actions,
      canRetry(task) ? h("button", { class: "button primary", type: "button", on: { click: () => askRetry(task) } }, icon("reset"), "Retry what failed") : null,
      canCancel(task) ? h("button", { class: "button", type: "button", on: { click: () => abort(task) } }, icon("stop"), "Abort") : null,
      canDelete(task) ? h("button", { class: "button", type: "button", on: { click: () => drop(task) } }, icon("bin"), "Delete") : null,
    );
  }

  async function abort(task) {
    await askAbort([task]);
    refresh();
  }

  async function drop(task) {
    if (await askDelete([task])) go("#/tasks");
  }

  async function askRetry(task) {
    const too = checkField("Subtasks", "Also what was aborted", { value: false });
    const naming = requestNames();
    const made = await askOnce({
      title: "Retry what failed?",
      says: h("p", { class: "says" }, "A new task does again what failed of this one, with the same parameters. This record stays as it is."),
      fields: aborted > 0 || task.TaskState === "Cancelled" ? [too] : [],
      submit: "Start the retry",
      act: () => retry(task, { cancelledToo: too.value, naming }),
    });
    if (made) {
      notice("done", "The retry has started.");
      go(taskAddress(made));
    }
  }

  return { element, update };
}
