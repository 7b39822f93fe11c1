// One group: picked anew, or changed by picking. What is sent is only the difference.

import { ask } from "../lib/api.js";
import { fill, h, say } from "../lib/dom.js";
import { lastStep, plural, shortId } from "../lib/format.js";
import { icon } from "../lib/icons.js";
import { names } from "../lib/names.js";
import { picked } from "../lib/picked.js";
import { address, go } from "../lib/route.js";
import { session } from "../lib/session.js";
import { AGGREGATES } from "../lib/uris.js";
import { askOnce } from "../parts/dialog.js";
import { form } from "../parts/field.js";
import { note, refusals } from "../parts/messages.js";
import { notice } from "../parts/notice.js";
import { picker } from "../parts/picker.js";

export function groupView(id) {
  const isNew = id === "new";
  const uri = `${AGGREGATES}/${encodeURIComponent(id)}`;
  const chosen = new Set(isNew ? picked : []);
  let there = new Set();
  let etag = "";
  const mayChange = isNew ? session.can("POST", "AggregateCollection") : session.can("POST", "Aggregate");
  const problems = refusals();
  const changes = h("p", { class: "says", role: "status" });
  const choose = picker(chosen, tell, { mayChange });
  const made = form({ fields: [], extra: [changes], submit: isNew ? "Make the group" : "Save the changes", send: isNew ? make : save });
  const actions = h("div", { class: "view-actions" });
  const element = h(
    "div",
    { class: "view view-group" },
    h("div", { class: "view-head" }, h("h1", {}, isNew ? "Make a group" : `Group ${shortId(id)}`), actions),
    isNew ? h("p", { class: "says" }, "Pick the servers that belong together, such as a rack or a row. The group can then be reset as a whole.") : null,
    problems.element,
    h("div", { class: "panel" }, choose.element, mayChange ? made.element : null),
  );

  const linksTo = (uris) => uris.map((one) => ({ "@odata.id": one }));
  const added = () => [...chosen].filter((one) => !there.has(one));
  const dropped = () => [...there].filter((one) => !chosen.has(one));

  async function load() {
    try {
      await names.load();
      if (isNew) return tell();
      const { body, headers } = await ask("GET", uri);
      etag = headers.get("ETag");
      there = new Set(body.Elements.map((link) => link["@odata.id"]));
      chosen.clear();
      for (const one of there) chosen.add(one);
      choose.paint();
      fill(
        actions,
        session.can("POST", "Aggregate") ? h("a", { class: "button primary", href: address(["reset"], { group: id }) }, icon("reset"), "Reset") : null,
        session.can("DELETE", "Aggregate") ? h("button", { class: "button", type: "button", on: { click: drop } }, icon("bin"), "Delete the group") : null,
      );
      tell();
    } catch (error) {
      if (error.kind === "missing") fill(element, note("warn", h("strong", {}, "There is no such group any more. "), h("a", { href: "#/groups" }, "See the groups.")));
      else problems.show(error);
    }
    return undefined;
  }

  function tell() {
    if (isNew) {
      say(changes, `The group will have ${plural(chosen.size, "server")}.`);
      return;
    }
    const [more, less] = [added().length, dropped().length];
    say(changes, more || less ? `${plural(more, "server")} will come in, ${plural(less, "server")} will go out.` : `It has ${plural(there.size, "server")}. Nothing is changed.`);
    made.button.disabled = !more && !less;
  }

  async function make() {
    const { headers } = await ask("POST", AGGREGATES, { body: { Elements: linksTo([...chosen]) } });
    notice("done", `A group of ${plural(chosen.size, "server")} is made.`);
    picked.clear();
    names.load({ force: true }).catch(() => {});
    go(address(["groups", lastStep(headers.get("Location"))]));
  }

  async function save() {
    for (const [action, uris] of [
      ["Aggregate.AddElements", added()],
      ["Aggregate.RemoveElements", dropped()],
    ]) {
      if (!uris.length) continue;
      const { headers } = await ask("POST", `${uri}/Actions/${action}`, { body: { Elements: linksTo(uris) }, headers: etag ? { "If-Match": etag } : {} });
      etag = headers.get("ETag") ?? "";
    }
    notice("done", "The group is changed.");
    names.load({ force: true }).catch(() => {});
    await load();
  }

  async function drop() {
    const done = await askOnce({
      title: "Delete this group?",
      says: h("p", { class: "says" }, "Its servers stay, and so do the tasks that were done with it."),
      submit: "Delete the group",
      tone: "fail",
      act: async () => {
        await ask("DELETE", uri);
        return true;
      },
    });
    if (done) go("#/groups");
  }

  load();
  return { element, title: isNew ? "Make a group" : "Group", close: () => choose.close() };
}
