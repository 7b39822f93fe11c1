// From page to page of what the service pages.

import { fill, h } from "../lib/dom.js";
import { count } from "../lib/format.js";
import { icon } from "../lib/icons.js";

/** `update({page, size, total})`; `goTo(page)` is called. */
export function pager(goTo, what = "tasks") {
  const text = h("span", { class: "pager-text", role: "status" });
  const back = button("back", "Previous page", () => goTo(at - 1));
  const next = button("next", "Next page", () => goTo(at + 1));
  const element = h("nav", { class: "pager", "aria-label": `Pages of ${what}` }, text, back, next);
  let at = 1;
  return {
    element,
    update({ page, size, total }) {
      at = page;
      const first = (page - 1) * size + 1;
      const last = Math.min(page * size, total);
      fill(text, total === 0 ? `No ${what}` : last < first ? `Nothing on page ${count(page)} of ${count(total)} ${what}` : `${count(first)} to ${count(last)} of ${count(total)}`);
      back.disabled = page <= 1;
      next.disabled = last >= total;
    },
  };
}

function button(shape, label, act) {
  return h("button", { class: "button square", type: "button", "aria-label": label, title: label, on: { click: act } }, icon(shape));
}
