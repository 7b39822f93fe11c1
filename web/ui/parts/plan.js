// What a reset will do, drawn before it is started: its batches one after another, and the least time it takes.

import { cssVar, fill, h } from "../lib/dom.js";
import { count, duration, plural } from "../lib/format.js";
import { names } from "../lib/names.js";
import { planOf } from "../lib/plan.js";

const MOST_DRAWN = 24;
const MOST_NAMED = 6;

export function planPreview() {
  const body = h("div", { class: "plan" });
  const element = h("section", { class: "panel plan-panel", "aria-label": "What will happen", "aria-live": "polite" }, h("h2", {}, "What will happen"), body);
  let timer = 0;
  return {
    element,
    update(wanted) {
      clearTimeout(timer);
      timer = setTimeout(() => fill(body, drawn(wanted)), 120);
    },
  };
}

function drawn({ systems, type, batchSize, delay, most }) {
  const plan = planOf(systems.length, batchSize, delay);
  if (!systems.length) return h("p", { class: "quiet-text" }, "Nothing yet: pick at least one server.");
  const named = systems.slice(0, MOST_NAMED).map((uri) => names.target(uri)).join(", ");
  const largest = Math.max(...plan.batches);
  const facts = [
    ["Servers", count(plan.servers)],
    ["Batches", plan.batches.length === 1 ? "1, all at the same time" : `${count(plan.batches.length)} of ${count(largest)}${plan.batches.at(-1) === largest ? "" : `, the last of ${count(plan.batches.at(-1))}`}`],
    plan.batches.length > 1 ? ["Between batches", plan.delay ? duration(plan.delay * 1000) : "no pause"] : null,
    ["Takes at least", plan.least ? `${duration(plan.least)}, and the time of ${plural(plan.batches.length, "batch", "batches")}` : "as long as the slowest server"],
    most ? ["Stops", `before the next batch, once ${most} ${/^1$/.test(most) ? "has" : "have"} failed`] : null,
  ].filter(Boolean);
  return [
    h("p", { class: "plan-line" }, h("strong", {}, type), ` on ${plural(plan.servers, "server")}: `, h("span", { class: "quiet-text" }, named, plan.servers > MOST_NAMED ? ` and ${count(plan.servers - MOST_NAMED)} more` : "")),
    h(
      "ol",
      { class: "plan-batches", "aria-hidden": "true" },
      plan.batches.slice(0, MOST_DRAWN).map((size, n) => {
        const bar = h("span", { class: "plan-bar" });
        cssVar(bar, "--part", size / largest);
        return h("li", {}, h("span", { class: "plan-n" }, n + 1), bar, h("span", {}, plural(size, "server")), delay && n < plan.batches.length - 1 ? h("span", { class: "quiet-text" }, `then ${duration(delay * 1000)}`) : null);
      }),
    ),
    plan.batches.length > MOST_DRAWN ? h("p", { class: "quiet-text" }, `and ${count(plan.batches.length - MOST_DRAWN)} more batches`) : null,
    h("dl", { class: "facts" }, facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
  ];
}
