// The request that made a task, with secrets blotted out by the service, and what it was answered in the end.

import { ask, read } from "../lib/api.js";
import { fill, h } from "../lib/dom.js";
import { isLive } from "../lib/states.js";
import { TASK_SERVICE } from "../lib/uris.js";

const SHOWN_AT_FIRST = 4000;

/** Text as it is, in a box that scrolls; what is very long is cut until it is asked for. */
function code(text, label) {
  const box = h("pre", { class: "code", tabindex: "0", role: "region", "aria-label": label });
  box.textContent = text.length > SHOWN_AT_FIRST ? `${text.slice(0, SHOWN_AT_FIRST)}…` : text;
  if (text.length <= SHOWN_AT_FIRST) return [box];
  const more = h("button", { class: "button small", type: "button", on: { click: () => ((box.textContent = text), more.remove()) } }, "Show all of it");
  return [box, more];
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

export function requestPanel() {
  const element = h("section", { class: "panel", "aria-label": "Request" });
  let seen = "";
  function update({ Payload: payload }) {
    if (!payload || seen === JSON.stringify(payload)) return;
    seen = JSON.stringify(payload);
    fill(
      element,
      h("h2", {}, "Request"),
      h("p", { class: "mono request-line" }, h("strong", {}, payload.HttpOperation), ` ${payload.TargetUri}`),
      payload.JsonBody ? code(pretty(payload.JsonBody), "Body of the request") : h("p", { class: "quiet-text" }, "It has no body."),
      payload.HttpHeaders?.length ? h("details", {}, h("summary", {}, "Headers"), code(payload.HttpHeaders.join("\n"), "Headers of the request")) : null,
    );
  }
  return { element, update };
}

/** The final answer of the task monitor. Where reading it makes it go, it is only read when asked for. */
export function resultPanel() {
  const place = h("div", { class: "result" });
  const element = h("section", { class: "panel", "aria-label": "Result", hidden: true }, h("h2", {}, "Result"), place);
  let done = false;
  async function update(task) {
    if (done || isLive(task) || !task.TaskMonitor) return;
    done = true;
    element.hidden = false;
    try {
      const service = await read(TASK_SERVICE);
      const expiry = service.TaskMonitorAutoExpirySeconds;
      if (expiry === null || expiry === undefined) await show(task);
      else {
        fill(
          place,
          h("p", { class: "quiet-text" }, `The task monitor keeps the answer for ${expiry} s after it was first read.`),
          h("button", { class: "button", type: "button", on: { click: () => show(task) } }, "Read it now"),
        );
      }
    } catch {
      done = false; // the next look tries again
    }
  }
  async function show(task) {
    const { status, headers, body } = await ask("GET", task.TaskMonitor, { any: true });
    const location = headers.get("Location");
    fill(
      place,
      h("p", { class: "request-line" }, h("strong", { class: "mono" }, `HTTP ${status}`), location ? h("span", { class: "mono" }, ` ${location}`) : null),
      body === null ? h("p", { class: "quiet-text" }, "It has no body.") : code(JSON.stringify(body, null, 2), "Body of the answer"),
    );
  }
  return { element, update };
}
