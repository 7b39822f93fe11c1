// The groups of servers (Redfish's Aggregates): how many servers each has, and what to do with it.

import { readAll } from "../lib/api.js";
import { h, keyed, say } from "../lib/dom.js";
import { count, plural, shortId } from "../lib/format.js";
import { icon } from "../lib/icons.js";
import { names } from "../lib/names.js";
import { Refresher } from "../lib/refresher.js";
import { address } from "../lib/route.js";
import { session } from "../lib/session.js";
import { AGGREGATES } from "../lib/uris.js";

const NAMED = 4;

export function groupsView() {
  const total = h("span", { class: "title-count" });
  const list = h("ul", { class: "cards" });
  const empty = h("div", { class: "empty", hidden: true }, h("p", {}, "There are no groups yet. A group is reset as a whole, batch by batch."));
  const element = h(
    "div",
    { class: "view view-groups" },
    h("div", { class: "view-head" }, h("h1", {}, "Groups"), total, h("div", { class: "view-actions" }, session.can("POST", "AggregateCollection") ? h("a", { class: "button primary", href: "#/groups/new" }, icon("plus"), "Make a group") : null)),
    list,
    empty,
  );
  const refresher = new Refresher(look, { every: 5000 });

  async function look(signal) {
    const [groups] = await Promise.all([readAll(AGGREGATES, { $expand: "." }, { signal }), names.load()]);
    say(total, count(groups.length));
    empty.hidden = groups.length > 0;
    keyed(list, groups, (group) => group.Id, card);
  }

  function card(group) {
    const number = h("strong", {});
    const some = h("p", { class: "quiet-text names" });
    return {
      element: h(
        "li",
        { class: "panel card" },
        h("h2", {}, h("a", { href: address(["groups", group.Id]) }, `Group ${shortId(group.Id)}`)),
        h("p", {}, number),
        some,
        h(
          "div",
          { class: "buttons" },
          session.can("POST", "Aggregate") ? h("a", { class: "button", href: address(["reset"], { group: group.Id }) }, icon("reset"), "Reset") : null,
          h("a", { class: "button", href: address(["tasks"], { q: group.Id }) }, icon("tasks"), "Its tasks"),
        ),
      ),
      update(now) {
        say(number, plural(now.ElementsCount, "server"));
        const shown = now.Elements.slice(0, NAMED).map((link) => names.target(link["@odata.id"]));
        say(some, shown.join(", ") + (now.ElementsCount > NAMED ? ` and ${count(now.ElementsCount - NAMED)} more` : ""));
      },
    };
  }

  refresher.now();
  return { element, title: "Groups", close: () => refresher.close() };
}

