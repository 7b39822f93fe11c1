// Servers to pick from: by typing a part of the address, one by one or all that are found.

import { fill, h, newId } from "../lib/dom.js";
import { count, plural } from "../lib/format.js";
import { icon } from "../lib/icons.js";
import { names } from "../lib/names.js";

const MOST_SHOWN = 200;

/** `{element, chosen, set(uris)}`; `changed()` is called when another set is chosen. Who may only look sees what is chosen. */
export function picker(chosen, changed, { mayChange = true } = {}) {
  const hint = newId("picker");
  const search = h("input", { type: "search", placeholder: "Part of the address", "aria-label": "Find servers", spellcheck: "false", on: { input: paint } });
  const all = h("button", { class: "button small", type: "button", on: { click: () => change(matches(), true) } });
  const none = h("button", { class: "button small", type: "button", on: { click: () => change(matches(), false) } });
  const list = h("div", { class: "picks", tabindex: "0", role: "group", "aria-label": "Servers", "aria-describedby": hint });
  const text = h("p", { class: "hint", id: hint, role: "status" });
  const element = h("div", { class: "picker" }, h("div", { class: "picker-head" }, h("label", { class: "searchbox" }, icon("search"), search), mayChange ? [all, none] : null), list, text);

  function matches() {
    const wanted = search.value.trim().toLowerCase();
    return names.systems.filter(({ uri, label }) => (mayChange || chosen.has(uri)) && label.toLowerCase().includes(wanted));
  }

  function change(systems, whether) {
    for (const { uri } of systems) {
      if (whether) chosen.add(uri);
      else chosen.delete(uri);
    }
    paint();
    changed();
  }

  function paint() {
    const found = matches();
    fill(
      list,
      found.slice(0, MOST_SHOWN).map((system) =>
        h(
          "label",
          {},
          mayChange ? h("input", { type: "checkbox", checked: chosen.has(system.uri), on: { change: (event) => toggle(system, event.target.checked) } }) : null,
          h("span", {}, system.label),
        ),
      ),
    );
    tell(found);
  }

  function toggle(system, whether) {
    if (whether) chosen.add(system.uri);
    else chosen.delete(system.uri);
    tell(matches());
    changed();
  }

  function tell(found) {
    const here = found.filter(({ uri }) => chosen.has(uri)).length;
    fill(all, search.value ? `Pick all ${count(found.length)} found` : `Pick all ${count(found.length)}`);
    fill(none, search.value ? "Drop those found" : "Drop all");
    const focused = document.activeElement;
    all.disabled = here === found.length;
    none.disabled = here === 0;
    // A button that is disabled loses the focus: the other one takes it.
    if (focused === all && all.disabled) none.focus();
    if (focused === none && none.disabled) all.focus();
    const more = found.length > MOST_SHOWN ? ` Of ${count(found.length)} found the first ${MOST_SHOWN} are listed.` : "";
    fill(text, `${plural(chosen.size, "server")}${mayChange ? " picked" : ""}.${more}`);
  }

  names.addEventListener("change", paint);
  paint();
  return { element, chosen, paint, close: () => names.removeEventListener("change", paint) };
}
