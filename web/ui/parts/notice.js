// Short notices of what was done. They go by themselves, and are read out once.

import { h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";

const STAYS = 7000;
const place = h("div", { class: "notices", role: "status", "aria-live": "polite" });

export function noticesElement() {
  return place;
}

/** Say it; `link` is `{href, text}`. */
export function notice(tone, text, link = null) {
  const shape = { done: "done", warn: "warn", fail: "fail" }[tone] ?? "wait";
  const element = h("div", { class: "notice", data: { tone } }, icon(shape), h("span", {}, text), link ? h("a", { href: link.href }, link.text) : null);
  place.append(element);
  while (place.children.length > 4) place.firstChild.remove();
  setTimeout(() => element.remove(), STAYS);
}
