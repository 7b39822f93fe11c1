// A row of the list of tasks: how it is, what it does, whose it is, since when, and what it told last.

import { h, say } from "../lib/dom.js";
import { ago, full, moment } from "../lib/format.js";
import { icon } from "../lib/icons.js";
import { names, operationName } from "../lib/names.js";
import { taskAddress } from "../lib/route.js";
import { badge, isLive, shownAs } from "../lib/states.js";
import { latestOf } from "../lib/story.js";
import { progressBar, timesOf } from "./progress.js";

/** `{element, update(task)}`; `chosen(task, whether)` is called when it is ticked. */
export function taskRow(task, { isChosen, chosen }) {
  let now = task;
  const tick = h("input", { type: "checkbox", on: { change: () => chosen(now, tick.checked) } });
  const state = badge(task.TaskState, task.TaskStatus);
  const bar = progressBar("Progress");
  const what = h("a", { class: "task-what", href: taskAddress(task.Id) });
  const target = h("span", { class: "task-target" });
  const again = h("span", { class: "task-again" }, icon("reset"), h("span", {}, "retry"));
  const latest = h("span", { class: "task-latest" });
  const owner = h("span", {});
  const since = h("time", {});
  const times = h("span", {});
  const element = h(
    "tr",
    { role: "row" },
    h("td", { role: "cell", class: "cell-tick" }, h("label", { class: "tick" }, tick, h("span", { class: "unseen" }, `Select task ${task.Id}`))),
    h("td", { role: "cell", class: "cell-state" }, state.element, bar.element),
    h("td", { role: "cell", class: "cell-what" }, h("span", { class: "task-line" }, what, target, again), latest),
    h("td", { role: "cell", class: "cell-owner" }, owner),
    h("td", { role: "cell", class: "cell-since" }, since),
    h("td", { role: "cell", class: "cell-times" }, times),
  );
  function update(task) {
    now = task;
    const oem = task.Oem?.Taskmon ?? {};
    tick.checked = isChosen(task.Id);
    state.update(task.TaskState, task.TaskStatus);
    bar.element.hidden = !isLive(task);
    bar.update(task.PercentComplete, shownAs(task.TaskState).tone);
    say(what, operationName(oem.Operation ?? task.Name));
    say(target, names.target(oem.Target));
    again.hidden = !oem.RetryOf;
    say(latest, latestOf(task)?.words ?? "");
    say(owner, names.owner(oem.Owner));
    const started = moment(task.StartTime);
    say(since, ago(started));
    since.setAttribute("datetime", task.StartTime);
    since.title = full(started);
    say(times, timesOf(task));
  }
  return { element, update };
}
