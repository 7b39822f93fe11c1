// The filters of the list of tasks. All of them stand in the address, so that a view can be sent to someone.

import { fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { KNOWN_OPERATIONS, names, operationName } from "../lib/names.js";
import { address } from "../lib/route.js";
import { session } from "../lib/session.js";
import { ALL, shownAs } from "../lib/states.js";
import { GROUPS } from "../lib/task-query.js";

const TABS = [
  ["", "All"],
  ["live", "Live"],
  ["failed", "Failed"],
  ["done", "Completed"],
  ["aborted", "Aborted"],
];
const SPANS = [
  ["", "Any time"],
  ["1h", "Last hour"],
  ["24h", "Last 24 hours"],
  ["7d", "Last 7 days"],
  ["30d", "Last 30 days"],
];
const TYPED = 350;

/** `{element, update(options)}`; `change(name, value)` is called when a filter is another one. */
export function taskFilters(change) {
  let options = new URLSearchParams();
  const tabs = h("div", { class: "tabs", role: "group", "aria-label": "State" });
  const search = h("input", { type: "search", placeholder: "Id or target", "aria-label": "Text in the id or target", spellcheck: "false", maxlength: "200" });
  const state = select("Exact state", "state");
  const operation = select("Operation", "op");
  const owner = select("Owner", "owner");
  const since = select("Started", "since");
  const clear = h("a", { class: "button quiet", href: "#/tasks" }, "Clear filters");
  let timer = 0;
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => change("q", search.value.trim()), TYPED);
  });
  const element = h(
    "section",
    { class: "filters", "aria-label": "Filters" },
    tabs,
    h("div", { class: "filter-row" }, h("label", { class: "searchbox" }, icon("search"), search), state, operation, owner, since, clear),
  );

  function select(label, name) {
    return h("select", { "aria-label": label, on: { change: (event) => change(name, event.target.value) } });
  }

  function choices(element, list, value) {
    const all = list.some(([key]) => key === value) || !value ? list : [...list, [value, value]];
    if (element.dataset.seen === JSON.stringify(all)) {
      element.value = value;
      return;
    }
    element.dataset.seen = JSON.stringify(all);
    fill(element, all.map(([key, word]) => h("option", { value: key, selected: key === value }, word)));
  }

  function update(newOptions) {
    options = newOptions;
    const now = options.get("state") ?? "";
    fill(
      tabs,
      TABS.map(([key, word]) => {
        const target = new URLSearchParams(options);
        target.delete("page");
        const href = address(["tasks"], { ...Object.fromEntries(target), state: key });
        return h("a", { href, "aria-current": key === now ? "true" : null }, word);
      }),
    );
    if (document.activeElement !== search) search.value = options.get("q") ?? "";
    choices(state, [["", "Any state"], ...ALL.map((one) => [one, shownAs(one).word])], now in GROUPS ? "" : now);
    choices(operation, [["", "Any operation"], ...KNOWN_OPERATIONS.filter((one) => one !== "reset_server").map((one) => [one, operationName(one)]), ["reset_server", "Reset server"]], options.get("op") ?? "");
    owner.hidden = !session.seesAll && !options.get("owner");
    choices(owner, [["", "Any owner"], ...names.accounts], options.get("owner") ?? "");
    choices(since, SPANS, options.get("since") ?? "");
    clear.hidden = !["q", "state", "op", "owner", "since", "until"].some((name) => options.get(name));
  }
  return { element, update };
}
