// The list of tasks: live, filtered and paged by the service, steered by what is selected.

import { ask, read } from "../lib/api.js";
import { fill, h, keyed, say } from "../lib/dom.js";
import { count } from "../lib/format.js";
import { icon } from "../lib/icons.js";
import { names } from "../lib/names.js";
import { Refresher } from "../lib/refresher.js";
import { address, go } from "../lib/route.js";
import { session } from "../lib/session.js";
import { pageNumber, pageSize, tasksPath } from "../lib/task-query.js";
import { TASK_SERVICE } from "../lib/uris.js";
import { bulkBar } from "../parts/bulk.js";
import { askOnce } from "../parts/dialog.js";
import { refusals } from "../parts/messages.js";
import { notice } from "../parts/notice.js";
import { pager } from "../parts/pager.js";
import { taskFilters } from "../parts/task-filters.js";
import { taskRow } from "../parts/task-row.js";

export function tasksView(firstOptions) {
  let options = firstOptions;
  let members = [];
  let emptied = false; // whether this page may have lost all its tasks by what was done here
  const chosen = new Map(); // by id: the task as it was seen last
  const total = h("span", { class: "title-count" });
  const problems = refusals();
  const filters = taskFilters((name, value) => turn({ [name]: value, page: "" }));
  const order = h("button", { class: "sort", type: "button", on: { click: turnOrder } });
  const tickAll = h("input", { type: "checkbox", on: { change: chooseAll } });
  const rows = h("tbody", { role: "rowgroup" });
  const empty = h("div", { class: "empty", hidden: true });
  const table = h(
    "table",
    { class: "table tasks", role: "table", "aria-label": "Tasks" },
    h(
      "thead",
      { role: "rowgroup" },
      h(
        "tr",
        { role: "row" },
        h("th", { role: "columnheader", class: "cell-tick" }, h("label", { class: "tick" }, tickAll, h("span", { class: "unseen" }, "Select all on this page"))),
        ["State", "What"].map((word) => h("th", { role: "columnheader" }, word)),
        h("th", { role: "columnheader", class: "cell-owner" }, "Owner"),
        h("th", { role: "columnheader", class: "cell-since" }, order),
        h("th", { role: "columnheader", class: "cell-times" }, "How long"),
      ),
    ),
    rows,
  );
  const pages = pager((page) => turn({ page: page === 1 ? "" : page }));
  const bulk = bulkBar({ after, clear: () => (chosen.clear(), paint()) });
  const deleteEnded = h("button", { class: "button quiet", type: "button", on: { click: askDeleteEnded } }, icon("bin"), "Delete all ended");
  const element = h(
    "div",
    { class: "view view-tasks" },
    h("div", { class: "view-head" }, h("h1", {}, "Tasks"), total, h("div", { class: "view-actions" }, session.can("POST", "Aggregate") ? h("a", { class: "button primary", href: "#/reset" }, icon("reset"), "Reset servers") : null)),
    filters.element,
    problems.element,
    table,
    empty,
    h("div", { class: "view-foot" }, pages.element, session.can("POST", "TaskService") ? deleteEnded : null),
    bulk.element,
  );

  const refresher = new Refresher(look, { onError: (error) => tell(error) });
  const named = () => {
    filters.update(options);
    paint();
  };
  names.addEventListener("change", named);
  const clockTimer = setInterval(() => document.hidden || paint(), 1000);

  async function look(signal) {
    const page = await read(tasksPath(options), { signal });
    members = page.Members;
    const size = pageSize(options);
    const there = page["Members@odata.count"];
    const gone = emptied && !members.length && there > 0;
    emptied = false;
    const last = Math.ceil(there / size);
    if (gone) return turn({ page: last === 1 ? "" : last });
    for (const task of members) if (chosen.has(task.Id)) chosen.set(task.Id, task);
    pages.update({ page: pageNumber(options), size, total: there });
    say(total, count(there));
    fill(empty, ...nothing(there));
    empty.hidden = members.length > 0;
    table.hidden = members.length === 0;
    paint();
    names.load().catch(() => {});
    return undefined;
  }

  function nothing(there) {
    if (there > 0) return [h("p", {}, "There is nothing on this page. "), h("a", { class: "button", href: address(["tasks"], { ...Object.fromEntries(options), page: "" }) }, "To the first page")];
    if ([...options.keys()].some((name) => name !== "order" && name !== "page")) {
      return [h("p", {}, "No task meets these filters."), h("a", { class: "button", href: "#/tasks" }, "Clear filters")];
    }
    return [h("p", {}, "There are no tasks. What takes longer than a moment, such as a reset, becomes one."), h("a", { class: "button", href: "#/fleet" }, "See the servers")];
  }

  function paint() {
    keyed(rows, members, (task) => task.Id, (task) => taskRow(task, { isChosen: (id) => chosen.has(id), chosen: choose }));
    const here = members.filter((task) => chosen.has(task.Id)).length;
    tickAll.checked = here > 0 && here === members.length;
    tickAll.indeterminate = here > 0 && here < members.length;
    bulk.update([...chosen.values()]);
  }

  function choose(task, whether) {
    if (whether) chosen.set(task.Id, task);
    else chosen.delete(task.Id);
    paint();
  }

  function chooseAll() {
    for (const task of members) {
      if (tickAll.checked) chosen.set(task.Id, task);
      else chosen.delete(task.Id);
    }
    paint();
  }

  function after() {
    chosen.clear();
    emptied = true;
    refresher.now();
  }

  function tell(error) {
    if (!error) problems.clear();
    else if (error.kind === "refused") problems.show(error);
  }

  function turn(changes) {
    go(address(["tasks"], { ...Object.fromEntries(options), ...changes }));
  }

  function turnOrder() {
    turn({ order: options.get("order") === "oldest" ? "" : "oldest", page: "" });
  }

  async function askDeleteEnded() {
    const done = await askOnce({
      title: "Delete all that have ended?",
      says: h("p", { class: "says" }, session.seesAll ? "The records of all tasks that have ended, of everybody, " : "The records of all your tasks that have ended ", "are removed with their subtasks. Live tasks stay."),
      submit: "Delete all ended",
      tone: "fail",
      act: async () => {
        await ask("POST", `${TASK_SERVICE}/Actions/TaskService.DeleteAllCompletedTasks`, { body: {} });
        notice("done", "All ended tasks are deleted.");
        return true;
      },
    });
    if (done) after();
  }

  function update(newOptions) {
    options = newOptions;
    const oldest = options.get("order") === "oldest";
    fill(order, "Started", icon(oldest ? "up" : "down"), h("span", { class: "unseen" }, oldest ? "oldest first; show the newest first" : "newest first; show the oldest first"));
    filters.update(options);
    refresher.now();
  }
  update(options);

  return {
    element,
    title: "Tasks",
    update,
    close() {
      refresher.close();
      names.removeEventListener("change", named);
      clearInterval(clockTimer);
    },
  };
}
