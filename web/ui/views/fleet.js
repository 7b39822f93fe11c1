// The servers: their power, which task is at work on each, and what went wrong last.

import { read } from "../lib/api.js";
import { fill, h, keyed, say } from "../lib/dom.js";
import { ago, count, full } from "../lib/format.js";
import { holders, lastErrors } from "../lib/holders.js";
import { icon } from "../lib/icons.js";
import { names, operationName } from "../lib/names.js";
import { pick } from "../lib/picked.js";
import { Refresher } from "../lib/refresher.js";
import { address, go } from "../lib/route.js";
import { session } from "../lib/session.js";
import { badge } from "../lib/states.js";
import { refusals } from "../parts/messages.js";
import { pager } from "../parts/pager.js";
import { askForServer, askToRemove } from "../parts/server-forms.js";

const PAGE = 50;
const AT_ONCE = 5;
const POWER_EVERY = 10000;
const POWER_TONES = { On: "done", Off: "wait", PoweringOn: "run", PoweringOff: "run", Paused: "warn" };
const POWER_WORDS = { PoweringOn: "Powering on", PoweringOff: "Powering off" };

export function fleetView(firstOptions) {
  let options = firstOptions;
  const chosen = new Set(); // URIs of sources
  const systems = new Map(); // by URI, as they were read last
  const readAt = new Map();
  let heldBefore = [];
  let held = new Map();
  let errors = new Map();
  let page = [];
  const total = h("span", { class: "title-count" });
  const problems = refusals();
  const search = h("input", { type: "search", placeholder: "Part of the address", "aria-label": "Find servers", spellcheck: "false" });
  search.addEventListener("input", () => turn({ q: search.value.trim(), page: "" }));
  const tickAll = h("input", { type: "checkbox", on: { change: chooseAll } });
  const rows = h("tbody", { role: "rowgroup" });
  const table = h(
    "table",
    { class: "table fleet", role: "table", "aria-label": "Servers" },
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, h("th", { role: "columnheader", class: "cell-tick" }, h("label", { class: "tick" }, tickAll, h("span", { class: "unseen" }, "Select all on this page"))), ["Server", "Power", "Model", "Task at work", "Last error"].map((word) => h("th", { role: "columnheader" }, word)))),
    rows,
  );
  const empty = h("div", { class: "empty", hidden: true });
  const pages = pager((to) => turn({ page: to === 1 ? "" : to }), "servers");
  const bulk = h("div", { class: "bulk", role: "region", "aria-label": "Selected servers", hidden: true });
  const element = h(
    "div",
    { class: "view view-fleet" },
    h("div", { class: "view-head" }, h("h1", {}, "Fleet"), total, h("div", { class: "view-actions" }, session.can("POST", "AggregationSourceCollection") ? h("button", { class: "button primary", type: "button", on: { click: add } }, icon("plus"), "Add a server") : null)),
    h("div", { class: "filter-row" }, h("label", { class: "searchbox" }, icon("search"), search)),
    problems.element,
    table,
    empty,
    h("div", { class: "view-foot" }, pages.element),
    bulk,
  );
  let frame = 0;
  const refresher = new Refresher(look, { every: 1800, onError: (error) => (error?.kind === "refused" ? problems.show(error) : error ? null : problems.clear()) });

  async function look(signal) {
    await names.loadIfChanged(signal);
    arrange();
    [held, errors] = await Promise.all([holders(signal), lastErrors(signal)]);
    paint();
    await readSystems(signal);
    paint();
  }

  /** The servers of this page, those at work at every look. The service asks servers that it has not seen lately. */
  async function readSystems(signal) {
    const due = Date.now() - POWER_EVERY;
    const atWork = new Set([...held.keys(), ...heldBefore]);
    heldBefore = [...held.keys()];
    const wanted = page.flatMap((source) => urisOf(source)).filter((uri) => atWork.has(uri) || (readAt.get(uri) ?? 0) < due);
    const next = wanted[Symbol.iterator]();
    const work = async () => {
      for (const uri of next) {
        try {
          systems.set(uri, await read(uri, { signal }));
          readAt.set(uri, Date.now());
          frame ||= requestAnimationFrame(paint); // one that does not answer holds up none of the others
        } catch (error) {
          if (error.kind !== "missing") throw error;
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }

  function arrange() {
    const wanted = (options.get("q") ?? "").toLowerCase();
    const found = names.sources.filter((source) => source.HostName.toLowerCase().includes(wanted));
    const number = Math.max(1, Number(options.get("page")) || 1);
    page = found.slice((number - 1) * PAGE, number * PAGE);
    say(total, count(names.sources.length));
    pages.update({ page: number, size: PAGE, total: found.length });
    table.hidden = page.length === 0;
    empty.hidden = page.length > 0;
    fill(empty, h("p", {}, names.sources.length ? "No server has this in its address." : "There are no servers yet. Add the first one, and it can be reset from here."));
    paint();
  }

  function paint() {
    cancelAnimationFrame(frame);
    frame = 0;
    keyed(rows, page, (source) => source["@odata.id"], row);
    paintBulk();
  }

  function row(source) {
    const tick = h("input", { type: "checkbox", on: { change: () => choose(source, tick.checked) } });
    const power = h("span", { class: "badge" });
    const model = h("span", { class: "quiet-text" });
    const task = h("td", { role: "cell", class: "cell-task" });
    const trouble = h("td", { role: "cell", class: "cell-trouble" });
    const element = h(
      "tr",
      { role: "row" },
      h("td", { role: "cell", class: "cell-tick" }, h("label", { class: "tick" }, tick, h("span", { class: "unseen" }, `Select ${source.HostName}`))),
      h("td", { role: "cell", class: "cell-server" }, source.HostName),
      h("td", { role: "cell", class: "cell-power" }, power),
      h("td", { role: "cell", class: "cell-model" }, model),
      task,
      trouble,
    );
    return {
      element,
      update() {
        tick.checked = chosen.has(source["@odata.id"]);
        const uris = urisOf(source);
        const known = uris.map((uri) => systems.get(uri)).filter(Boolean);
        const states = [...new Set(known.map((one) => one.PowerState ?? "Unknown"))];
        const state = states.join(", ") || "…";
        if (power.dataset.state !== state) {
          power.dataset.state = state;
          power.dataset.tone = POWER_TONES[states[0]] ?? "wait";
          fill(power, icon("on"), h("span", {}, states.map((one) => POWER_WORDS[one] ?? one).join(", ") || "…"));
        }
        say(model, known[0] ? [known[0].Manufacturer, known[0].Model].filter(Boolean).join(" ") : "");
        const places = [source["@odata.id"], ...uris];
        cell(task, places.map((uri) => held.get(uri)).find(Boolean), (holder) => [badge(holder.state, "OK", "plain").element, " ", h("a", { href: holder.address }, operationName(holder.operation))]);
        const worst = places.map((uri) => errors.get(uri)).filter(Boolean).sort((a, b) => b.at - a.at)[0];
        cell(trouble, worst, (error) => [h("a", { href: error.address, title: full(error.at) }, ago(error.at)), " ", h("span", {}, error.words)]);
      },
    };
  }

  function cell(place, what, make) {
    const text = what ? JSON.stringify([what, what.at ? ago(what.at) : ""]) : "";
    if (place.dataset.seen === text) return;
    place.dataset.seen = text;
    fill(place, what ? make(what) : null);
  }

  function choose(source, whether) {
    if (whether) chosen.add(source["@odata.id"]);
    else chosen.delete(source["@odata.id"]);
    paintBulk();
  }

  function chooseAll() {
    for (const source of page) {
      if (tickAll.checked) chosen.add(source["@odata.id"]);
      else chosen.delete(source["@odata.id"]);
    }
    paint();
  }

  function paintBulk() {
    const here = page.filter((source) => chosen.has(source["@odata.id"])).length;
    tickAll.checked = here > 0 && here === page.length;
    tickAll.indeterminate = here > 0 && here < page.length;
    const sources = names.sources.filter((source) => chosen.has(source["@odata.id"]));
    bulk.hidden = sources.length === 0;
    const seen = sources.map((source) => source.Id).join();
    if (bulk.dataset.seen === seen) return;
    bulk.dataset.seen = seen;
    const uris = sources.flatMap(urisOf);
    const button = (shape, word, act) => h("button", { class: "button", type: "button", on: { click: act } }, icon(shape), word);
    fill(
      bulk,
      h("span", { class: "bulk-text", role: "status" }, `${sources.length} selected`),
      h(
        "span",
        { class: "buttons" },
        session.can("POST", "AggregationService") ? button("reset", "Reset", () => (pick(uris), go("#/reset"))) : null,
        session.can("POST", "AggregateCollection") ? button("groups", "Make a group", () => (pick(uris), go("#/groups/new"))) : null,
        session.can("DELETE", "AggregationSource") ? button("bin", "Remove", () => remove(sources)) : null,
        h("button", { class: "button quiet", type: "button", on: { click: () => (chosen.clear(), paint()) } }, "Clear selection"),
      ),
    );
  }

  async function add() {
    if (await askForServer()) again();
  }

  async function remove(sources) {
    if (await askToRemove(sources)) {
      chosen.clear();
      again();
    }
  }

  async function again() {
    await names.load({ force: true }).catch(() => {});
    refresher.now();
  }

  function turn(changes) {
    go(address(["fleet"], { ...Object.fromEntries(options), ...changes }), { replace: "q" in changes });
  }

  function update(newOptions) {
    options = newOptions;
    if (document.activeElement !== search) search.value = options.get("q") ?? "";
    arrange();
    refresher.now();
  }
  update(options);
  return { element, title: "Fleet", update, close: () => refresher.close() };
}

function urisOf(source) {
  return (source.Links?.ResourcesAccessed ?? []).map((link) => link["@odata.id"]);
}
