// Elements are made here and nowhere else. Text goes in as text: nothing that comes from the service is ever markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element. `props`: `class`, `on` (listeners by name), `data` (data attributes), properties such as `value`,
 * `checked`, `disabled`, and attributes. What is null, undefined or false is left out. Children are nodes, strings,
 * numbers, or lists of them.
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) setProp(element, name, value);
  append(element, children);
  return element;
}

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "selected", "indeterminate", "open", "required"]);

export function setProp(element, name, value) {
  if (name === "on") {
    for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
  } else if (name === "data") {
    Object.assign(element.dataset, value);
  } else if (PROPERTIES.has(name)) {
    element[name] = value ?? "";
  } else if (value === null || value === undefined || value === false) {
    element.removeAttribute(name);
  } else {
    element.setAttribute(name, value === true ? "" : String(value));
  }
}

export function append(parent, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    parent.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** An SVG element; attributes only. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** Put these children in place of those that are there. */
export function fill(parent, ...children) {
  parent.replaceChildren();
  append(parent, children);
  return parent;
}

/** Set the text, if it is another one: what a screen reader is reading is left alone. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
  return element;
}

/** Set a custom property of CSS, by the object model: the page has no style in its markup. */
export function cssVar(element, name, value) {
  element.style.setProperty(name, String(value));
}

/**
 * Have one child of `parent` for each item, in this order, and keep those that were there: focus, selection and
 * what is open survive. `make(item)` gives `{element, update(item)}`.
 */
export function keyed(parent, items, keyOf, make) {
  const old = parent.keyedRows ?? new Map();
  const rows = new Map();
  const wanted = new Set(items.map(keyOf));
  for (const [key, row] of old) if (!wanted.has(key)) row.element.remove(); // first, so that nothing else moves
  let place = parent.firstChild;
  for (const item of items) {
    const key = keyOf(item);
    const row = old.get(key) ?? make(item);
    row.update?.(item);
    rows.set(key, row);
    if (row.element === place) place = place.nextSibling;
    else parent.insertBefore(row.element, place);
  }
  parent.keyedRows = rows;
}

let last = 0;
/** An id for an element, never used before on this page. */
export function newId(prefix = "e") {
  last += 1;
  return `${prefix}-${last}`;
}
