// Which view an address means.

import { h } from "../lib/dom.js";
import { eventsView } from "./events.js";
import { fleetView } from "./fleet.js";
import { groupView } from "./group.js";
import { groupsView } from "./groups.js";
import { resetView } from "./reset.js";
import { taskView } from "./task.js";
import { tasksView } from "./tasks.js";

/** `{element, title, update(options), close()}` for this path. */
export function viewFor(path, options) {
  const [view, ...ids] = path;
  if (view === "tasks" && ids.length === 0) return tasksView(options);
  if (view === "tasks" && ids.length <= 2) return taskView(ids, options);
  if (view === "fleet" && ids.length === 0) return fleetView(options);
  if (view === "groups" && ids.length === 0) return groupsView(options);
  if (view === "groups" && ids.length === 1) return groupView(ids[0], options);
  if (view === "reset" && ids.length === 0) return resetView(options);
  if (view === "events" && ids.length === 0) return eventsView(options);
  return {
    title: "Nothing here",
    element: h("div", { class: "view" }, h("h1", {}, "Nothing here"), h("p", {}, "This address means no view. ", h("a", { href: "#/tasks" }, "See the tasks."))),
  };
}
