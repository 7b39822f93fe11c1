// Dialogs: they keep the focus inside, close with Escape, and give it back.

import { h, newId } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { form } from "./field.js";

/** Open a dialog around `content`; `closed` is called however it ends. */
export function openDialog({ title, content, closed = () => {}, canClose = true, wide = false }) {
  const id = newId("dialog");
  const before = document.activeElement;
  const close = () => element.close();
  const element = h(
    "dialog",
    { class: wide ? "dialog wide" : "dialog", "aria-labelledby": id },
    h(
      "header",
      { class: "dialog-head" },
      h("h2", { id }, title),
      canClose ? h("button", { class: "button quiet square", type: "button", "aria-label": "Close", on: { click: close } }, icon("close")) : null,
    ),
    h("div", { class: "dialog-body" }, content),
  );
  element.addEventListener("cancel", (event) => canClose || event.preventDefault());
  element.addEventListener("close", () => {
    element.remove();
    if (before?.isConnected) before.focus();
    closed();
    // What opened it may be gone, or have nothing more to offer.
    if (document.activeElement === document.body) document.getElementById("main")?.focus({ preventScroll: true });
  });
  document.body.append(element);
  element.showModal();
  return { element, close };
}

/**
 * Ask once, and do it: a dialog with a sentence, fields, and a button that says what happens. What the service refuses
 * is shown in it, and it stays open. Resolves to what `act()` gave, or to undefined where it was closed.
 */
export function askOnce({ title, says, fields = [], submit, tone = "", act, wide = false }) {
  return new Promise((resolve) => {
    let result;
    const cancel = h("button", { class: "button", type: "button", on: { click: () => dialog.close() } }, "Back");
    const made = form({
      fields,
      submit,
      tone,
      cancel,
      send: async () => {
        result = await act();
        dialog.close();
      },
    });
    const dialog = openDialog({ title, content: [says, made.element], closed: () => resolve(result), wide });
    (fields[0]?.input ?? made.button).focus();
  });
}
