// The servers of a task as a list, the failed ones first of all: what the map shows, in words.

import { read } from "../lib/api.js";
import { h, keyed, say } from "../lib/dom.js";
import { clock, count, moment } from "../lib/format.js";
import { names } from "../lib/names.js";
import { taskAddress } from "../lib/route.js";
import { badge } from "../lib/states.js";
import { latestOf } from "../lib/story.js";
import { KINDS, listPath } from "../lib/subtasks.js";
import { pager } from "./pager.js";

const PAGE = 20;
const TABS = [
  ["fail", "Failed", ["Exception"]],
  ["cancel", "Aborted", ["Cancelled", "Killed"]],
  ["run", "At work", ["Starting", "Running", "Interrupted", "Cancelling"]],
  ["wait", "Waiting", ["New", "Pending"]],
  ["done", "Completed", ["Completed"]],
  ["all", "All", []],
];

export function subtaskTable(parent, subtasks, refresh) {
  let tab = "";
  let page = 1;
  let counts = KINDS.map(() => 0);
  const buttons = h("div", { class: "tabs", role: "group", "aria-label": "Servers by state" });
  const rows = h("tbody", { role: "rowgroup" });
  const table = h(
    "table",
    { class: "table subtasks", role: "table", "aria-label": "Servers of this task" },
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ["State", "Server", "Last message", "Ended"].map((word) => h("th", { role: "columnheader" }, word)))),
    rows,
  );
  const none = h("p", { class: "quiet-text" });
  const pages = pager((to) => {
    page = to;
    refresh();
  }, "servers");
  const element = h("section", { class: "servers", "aria-label": "Servers" }, h("div", { class: "panel-head" }, h("h2", {}, "Servers"), buttons), table, none, pages.element);

  function numberOf(name) {
    if (name === "all") return subtasks.total;
    const of = (kind) => counts[KINDS.indexOf(kind)];
    if (name === "run") return of("run") + of("stop");
    return name === "done" ? of("done") + of("warn") : of(name);
  }

  /** Which list is shown: the failed ones as long as nobody chose another. */
  function shown() {
    return tab || (numberOf("fail") ? "fail" : "all");
  }

  async function look(signal) {
    counts = subtasks.counts();
    paintTabs();
    const states = TABS.find(([name]) => name === shown())[2];
    const found = await read(listPath(subtasks.path, states, PAGE, (page - 1) * PAGE), { signal });
    const total = found["Members@odata.count"];
    if (!found.Members.length && page > 1) {
      page = 1;
      refresh();
    }
    keyed(rows, found.Members, (task) => task.Id, row);
    table.hidden = found.Members.length === 0;
    say(none, found.Members.length ? "" : shown() === "fail" ? "None has failed." : "None.");
    none.hidden = found.Members.length > 0;
    pages.element.hidden = total <= PAGE;
    pages.update({ page, size: PAGE, total });
  }

  function paintTabs() {
    const text = TABS.map(([name]) => numberOf(name)).join() + shown();
    if (buttons.dataset.seen === text) return;
    buttons.dataset.seen = text;
    keyed(
      buttons,
      TABS.filter(([name]) => name === "all" || name === "fail" || numberOf(name) > 0 || name === tab),
      ([name]) => name,
      ([name, word]) => {
        const number = h("span", { class: "tab-count" });
        const button = h("button", { type: "button", on: { click: () => choose(name) } }, `${word} `, number);
        return {
          element: button,
          update() {
            say(number, count(numberOf(name)));
            button.setAttribute("aria-pressed", String(name === shown()));
          },
        };
      },
    );
  }

  function choose(name) {
    tab = name;
    page = 1;
    refresh();
  }

  function row(task) {
    const state = badge(task.TaskState, task.TaskStatus);
    const link = h("a", { href: taskAddress(task.Id, parent) });
    const message = h("span", {});
    const ended = h("time", {});
    return {
      element: h(
        "tr",
        { role: "row" },
        h("td", { role: "cell", class: "cell-state" }, state.element),
        h("td", { role: "cell", class: "cell-server" }, link),
        h("td", { role: "cell", class: "cell-message" }, message),
        h("td", { role: "cell", class: "cell-ended" }, ended),
      ),
      update(task) {
        state.update(task.TaskState, task.TaskStatus);
        say(link, names.target(task.Oem?.Taskmon?.Target) || task.Id);
        say(message, latestOf(task)?.words ?? "");
        say(ended, clock(moment(task.EndTime)));
      },
    };
  }

  return { element, look, show: choose };
}

