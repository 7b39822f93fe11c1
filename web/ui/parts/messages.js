// What the service says of a refusal, in its own words, beside what was entered.

import { fill, h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";

/** A place for refusals; empty until there is one. */
export function refusals() {
  const element = h("div", { class: "refusals", role: "alert" });
  return {
    element,
    clear: () => element.replaceChildren(),
    show: (error) => show(element, error.messages ?? [{ text: String(error.message ?? error), resolution: "" }]),
  };
}

function show(element, messages) {
  fill(
    element,
    h(
      "div",
      { class: "note", data: { tone: "fail" } },
      icon("warn"),
      h(
        "div",
        {},
        messages.slice(0, 8).map((one) => h("p", {}, h("strong", {}, one.text), one.resolution ? ` ${one.resolution}` : "")),
        messages.length > 8 ? h("p", {}, `And ${messages.length - 8} more.`) : null,
      ),
    ),
  );
}

/** A note of any tone: `done`, `warn`, `fail`, `wait`. */
export function note(tone, ...children) {
  const shape = { done: "done", warn: "warn", fail: "fail", wait: "wait" }[tone] ?? "wait";
  return h("div", { class: "note", data: { tone } }, icon(shape), h("div", {}, children));
}
