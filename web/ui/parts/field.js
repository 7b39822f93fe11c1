// Fields of forms: a label, a hint, an input, and the service's words when it refuses what was entered.

import { fill, h, newId } from "../lib/dom.js";
import { refusals } from "./messages.js";

/** A field around an input that `make(attributes)` gives. `name` is the property's name in the request. */
function field(name, label, hint, make, { inline = false } = {}) {
  const id = newId("field");
  const input = make({ id, name, "aria-describedby": `${id}-hint ${id}-error` });
  const error = h("p", { class: "field-error", id: `${id}-error` });
  const element = h(
    "div",
    { class: inline ? "field inline" : "field" },
    h("label", { for: id }, label),
    input,
    h("p", { class: "hint", id: `${id}-hint` }, hint ?? ""),
    error,
  );
  return {
    name,
    element,
    input,
    get value() {
      return input.type === "checkbox" ? input.checked : input.value;
    },
    refuse(messages) {
      fill(error, messages.map((one) => h("span", {}, one.text, one.resolution ? ` ${one.resolution}` : "")));
      input.toggleAttribute("data-refused", messages.length > 0);
      if (messages.length) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    },
  };
}

export function textField(name, label, { hint, value = "", type = "text", ...attributes } = {}) {
  return field(name, label, hint, (given) => h("input", { ...given, type, value, spellcheck: "false", ...attributes }));
}

export function numberField(name, label, { hint, value = "", ...attributes } = {}) {
  return field(name, label, hint, (given) => h("input", { ...given, type: "number", inputmode: "numeric", value, ...attributes }));
}

export function selectField(name, label, choices, { hint, value } = {}) {
  return field(name, label, hint, (given) =>
    h("select", given, choices.map(([key, word]) => h("option", { value: key, selected: key === value }, word))),
  );
}

export function checkField(name, label, { hint, value = false } = {}) {
  return field(name, label, hint, (given) => h("input", { ...given, type: "checkbox", checked: value }), { inline: true });
}

/**
 * A form of fields (`further` ones stand in `extra`) whose `send()` asks the service. What it refuses is shown beside the field that it names, the rest
 * above the button; what was entered stays, whatever happens.
 */
export function form({ fields, further = [], submit, send, extra = [], cancel = null, tone = "" }) {
  const problems = refusals();
  const button = h("button", { class: "button primary", type: "submit", data: { tone } }, submit);
  const element = h(
    "form",
    { class: "form", novalidate: true, autocomplete: "off", on: { submit: sent } },
    fields.map((one) => one.element),
    extra,
    problems.element,
    h("div", { class: "buttons" }, cancel, button),
  );
  let busy = false;
  async function sent(event) {
    event.preventDefault();
    if (busy) return;
    busy = true;
    element.setAttribute("aria-busy", "true");
    button.setAttribute("aria-disabled", "true");
    problems.clear();
    for (const one of [...fields, ...further]) one.refuse([]);
    try {
      await send();
    } catch (error) {
      tell(error);
    } finally {
      busy = false;
      element.removeAttribute("aria-busy");
      button.removeAttribute("aria-disabled");
    }
  }
  function tell(error) {
    if (!error.messages) throw error;
    const rest = [];
    let first = null;
    for (const message of error.messages) {
      const about = [...fields, ...further].find((one) => message.properties.some((path) => path.split("/").includes(one.name)));
      if (!about) rest.push(message);
      else {
        about.refuse(error.messages.filter((one) => one.properties.some((path) => path.split("/").includes(about.name))));
        const folded = about.element.closest("details");
        if (folded) folded.open = true;
        first ??= about;
      }
    }
    if (rest.length) problems.show({ messages: rest });
    first?.input.focus();
  }
  return { element, button, tell };
}
