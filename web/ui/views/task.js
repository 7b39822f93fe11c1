// One task or subtask: how it stands, the map and the list of its servers, its story, its request and its result.

import { read } from "../lib/api.js";
import { h } from "../lib/dom.js";
import { lastStep, moment } from "../lib/format.js";
import { names, operationName } from "../lib/names.js";
import { batchesOf } from "../lib/plan.js";
import { Refresher } from "../lib/refresher.js";
import { isLive } from "../lib/states.js";
import { Subtasks } from "../lib/subtasks.js";
import { taskUri } from "../lib/uris.js";
import { subtaskMap } from "../parts/map.js";
import { note, refusals } from "../parts/messages.js";
import { requestPanel, resultPanel } from "../parts/request.js";
import { subtaskTable } from "../parts/subtask-table.js";
import { sumOf } from "../parts/sum.js";
import { taskHead } from "../parts/task-head.js";
import { timeline } from "../parts/timeline.js";

const GENERATIONS = 5;

export function taskView([first, second]) {
  const [id, parent] = second ? [second, first] : [first, ""];
  const uri = taskUri(id, parent);
  const problems = refusals();
  const gone = h("div", { hidden: true }, note("warn", h("strong", {}, "There is no such task any more."), " It was deleted, or made room for others. ", h("a", { href: "#/tasks" }, "See the tasks.")));
  const head = taskHead(id, parent, () => refresher.now());
  const story = timeline();
  const request = requestPanel();
  const result = resultPanel();
  const servers = h("div", { class: "servers-part", hidden: true });
  const element = h("div", { class: "view view-task" }, head.element, problems.element, gone, servers, h("div", { class: "panels" }, story.element, h("div", { class: "panel-column" }, request.element, result.element)));
  const parts = { subtasks: null, map: null, sum: null, table: null, settled: false, sized: false, batches: undefined };
  let task = null;

  const refresher = new Refresher(look, {
    concerns: (events) => events.some((event) => (event.OriginOfCondition?.["@odata.id"] ?? "").startsWith(uri)),
    onError: tell,
  });
  const paintNames = () => task && paint();
  names.addEventListener("change", paintNames);
  const timer = setInterval(() => document.hidden || !task || !isLive(task) || paint(), 1000);
  names.load().catch(() => {});

  async function look(signal) {
    task = await read(uri, { signal });
    paint();
    if (task.SubTasks) await lookBelow(signal);
  }

  async function lookBelow(signal) {
    if (!parts.subtasks) begin();
    if (!parts.sized) {
      parts.batches = await findBatches(signal);
      parts.map.batches(parts.batches.size);
      parts.sized = true;
    }
    const over = !isLive(task);
    if (!parts.settled) await parts.subtasks.refresh(signal, { settled: over });
    parts.settled = over;
    await parts.table.look(signal);
    paint();
  }

  function begin() {
    parts.subtasks = new Subtasks(uri);
    parts.map = subtaskMap(id, parts.subtasks);
    parts.sum = sumOf();
    parts.table = subtaskTable(id, parts.subtasks, () => refresher.now());
    servers.append(h("section", { class: "panel", "aria-label": "Map" }, parts.sum.element, parts.map.element), parts.table.element);
    servers.hidden = false;
    parts.subtasks.addEventListener("change", paintSum);
  }

  /** Of a retry, the batches are those of the task that it does again. */
  async function findBatches(signal) {
    let now = task;
    for (let n = 0; n < GENERATIONS; n += 1) {
      const before = now.Oem?.Taskmon?.RetryOf;
      if (!before) return batchesOf(now);
      try {
        now = await read(taskUri(before), { signal });
      } catch (error) {
        if (error.kind === "missing") return batchesOf(null);
        throw error;
      }
    }
    return batchesOf(null);
  }

  /** The sum of the servers, as it is now. */
  function paintSum() {
    parts.sum?.update(parts.subtasks, { started: moment(task.StartTime), live: isLive(task), batches: parts.batches });
  }

  function paint() {
    head.update(task, parts.subtasks?.counts());
    story.update(task);
    request.update(task);
    result.update(task);
    paintSum();
    document.title = `${operationName(task.Oem?.Taskmon?.Operation ?? lastStep(uri))}: ${task.TaskState} · taskmon`;
  }

  function tell(error) {
    gone.hidden = error?.kind !== "missing";
    head.element.hidden = error?.kind === "missing" && !task;
    if (!error) problems.clear();
    else if (error.kind === "refused") problems.show(error);
  }

  refresher.now();
  return {
    element,
    title: "Task",
    close() {
      refresher.close();
      clearInterval(timer);
      names.removeEventListener("change", paintNames);
      parts.map?.close();
    },
  };
}
