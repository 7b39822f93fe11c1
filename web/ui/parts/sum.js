// The sum of a task's servers: a bar of their states, a legend with numbers, the pace and the expected end.

import { cssVar, fill, h } from "../lib/dom.js";
import { clock, count, duration } from "../lib/format.js";
import { coloursOf, sample } from "../lib/map-paint.js";
import { paceOf } from "../lib/plan.js";
import { KINDS } from "../lib/subtasks.js";

const ORDER = ["done", "warn", "fail", "cancel", "stop", "run", "wait"];
const WORDS = { done: "completed", warn: "completed with warnings", fail: "failed", cancel: "aborted", stop: "stopping", run: "at work", wait: "waiting" };
const TONES = { stop: "warn" };

export function sumOf() {
  const bar = h("div", { class: "stack", "aria-hidden": "true" });
  const legend = h("ul", { class: "legend" });
  const pace = h("p", { class: "pace" });
  const element = h("div", { class: "sum" }, bar, legend, pace);
  const parts = new Map(ORDER.map((kind) => [kind, h("span", { data: { tone: TONES[kind] ?? kind, kind } })]));
  bar.append(...parts.values());
  let seen = "";

  function update(subtasks, { started, live, batches }) {
    const counts = subtasks.counts();
    const of = (kind) => counts[KINDS.indexOf(kind)];
    for (const [kind, part] of parts) {
      cssVar(part, "--n", of(kind));
      part.hidden = of(kind) === 0;
    }
    if (seen !== counts.join()) {
      seen = counts.join();
      const colours = coloursOf(element);
      fill(legend, ORDER.filter((kind) => of(kind) > 0).map((kind) => h("li", {}, sample(kind, colours), h("strong", {}, count(of(kind))), ` ${WORDS[kind]}`)));
    }
    fill(pace, live ? paceText(subtasks, started, of("wait") + of("run") + of("stop"), batches) : "");
  }

  addEventListener("theme", () => {
    seen = "";
  });
  return { element, update };
}

function paceText(subtasks, started, left, batches) {
  const pace = paceOf(subtasks.endMoments(), left, started, batches);
  if (!pace || left === 0) return "";
  const rate = pace.perMinute >= 10 ? Math.round(pace.perMinute) : pace.perMinute.toFixed(1);
  return [
    h("span", {}, h("strong", {}, rate), " servers a minute"),
    h("span", {}, "expected end ", h("strong", {}, clock(pace.endsAt)), `, in about ${duration(pace.endsAt - Date.now())}`),
  ];
}
