// The map of a task's servers: one cell a subtask. Point at one, or walk with the arrow keys, to be told of it.

import { read } from "../lib/api.js";
import { cssVar, fill, h, newId, say } from "../lib/dom.js";
import { plural } from "../lib/format.js";
import { layOut } from "../lib/map-layout.js";
import { coloursOf, paintCell } from "../lib/map-paint.js";
import { names } from "../lib/names.js";
import { go, taskAddress } from "../lib/route.js";
import { badge, shownAs } from "../lib/states.js";
import { latestOf } from "../lib/story.js";
import { KINDS } from "../lib/subtasks.js";
import { taskUri } from "../lib/uris.js";

const TALLEST = 440;
const ASK_AFTER = 140;

export function subtaskMap(parent, subtasks) {
  const help = newId("map-help");
  const canvas = h("canvas", { "aria-hidden": "true" });
  const tip = h("div", { class: "tip", hidden: true });
  const spoken = h("span", { class: "unseen", "aria-live": "polite" });
  const board = h("div", { class: "map", tabindex: "0", role: "application", "aria-roledescription": "map of servers", "aria-describedby": help }, canvas, tip);
  const element = h(
    "div",
    { class: "map-frame" },
    board,
    h("p", { class: "hint", id: help }, "Arrow keys walk from server to server, F goes to the next failed one, Enter opens it, Escape leaves."),
    spoken,
  );
  const context = canvas.getContext("2d");
  let colours = null;
  let layout = null;
  let size = 0; // of a batch
  let at = -1; // the cell that is pointed at
  const dirty = new Set();
  let all = true;
  let frame = 0;
  let asked = 0;

  function soon() {
    frame ||= requestAnimationFrame(paint);
  }

  function arrange() {
    const width = board.clientWidth;
    if (!width) return;
    layout = layOut(subtasks.total || subtasks.ids.length, size, width, innerWidth < 720 ? 340 : TALLEST);
    const scale = Math.max(1, devicePixelRatio);
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round((layout.height + 4) * scale);
    cssVar(canvas, "height", `${layout.height + 4}px`);
    cssVar(canvas, "width", `${width}px`);
    context.setTransform(scale, 0, 0, scale, 0, 2 * scale);
    all = true;
    soon();
  }

  function paint() {
    frame = 0;
    if (!layout) return;
    colours ??= coloursOf(board);
    if (all) {
      context.clearRect(0, -2, board.clientWidth, layout.height + 4);
      if (layout.labelled) labels();
      for (let place = 0; place < subtasks.total; place += 1) cell(place);
    } else {
      for (const place of dirty) cell(place);
    }
    all = false;
    dirty.clear();
    if (at >= 0) ring();
  }

  function cell(place) {
    const { x, y } = layout.place(place);
    paintCell(context, place < subtasks.ids.length ? KINDS[subtasks.kinds[place]] : "wait", x, y, layout.cell, colours);
  }

  function labels() {
    context.fillStyle = colours.label;
    context.font = "11px system-ui, sans-serif";
    context.textBaseline = "alphabetic";
    layout.blocks.forEach((block, n) => context.fillText(String(n + 1), block.x, block.y - 4));
  }

  function ring() {
    const { x, y } = layout.place(at);
    context.strokeStyle = colours.ink;
    context.lineWidth = 2;
    context.strokeRect(x - 1.5, y - 1.5, layout.cell + 3, layout.cell + 3);
  }

  function point(place, { speak = false } = {}) {
    if (place === at) return;
    at = place;
    all = true; // the ring around the cell before goes with everything else: once for each move
    soon();
    clearTimeout(asked);
    if (at < 0 || at >= subtasks.ids.length) {
      tip.hidden = true;
      return;
    }
    tell(speak);
    asked = setTimeout(ask, ASK_AFTER, at, speak);
  }

  function tell(speak, message = "") {
    const server = names.target(subtasks.targets[at]);
    const state = subtasks.stateAt(at);
    const batch = layout.inBlocks ? `Batch ${Math.floor(at / size) + 1}` : "";
    fill(tip, h("strong", {}, server), h("span", { class: "tip-line" }, badge(state, subtasks.kinds[at] === 4 ? "Warning" : "OK").element, batch), message ? h("span", { class: "tip-message" }, message) : null);
    tip.hidden = false;
    const { x, y } = layout.place(at);
    const right = x > board.clientWidth / 2;
    cssVar(tip, "--x", `${right ? board.clientWidth - x : x + layout.cell}px`);
    cssVar(tip, "--y", `${y + layout.cell + 8}px`);
    tip.dataset.side = right ? "right" : "left";
    if (speak) say(spoken, [server, shownAs(state).word, batch, message].filter(Boolean).join(", "));
  }

  async function ask(place, speak) {
    try {
      const task = await read(taskUri(subtasks.ids[place], parent));
      if (place === at) tell(speak, latestOf(task)?.words ?? "");
    } catch {
      // What is shown stays; the next look finds out.
    }
  }

  function pointed(event) {
    const box = canvas.getBoundingClientRect();
    return layout ? layout.at(event.clientX - box.left, event.clientY - box.top - 2) : -1;
  }

  board.addEventListener("pointermove", (event) => point(pointed(event)));
  board.addEventListener("pointerleave", () => board.contains(document.activeElement) || point(-1));
  board.addEventListener("click", (event) => open(pointed(event)));
  board.addEventListener("blur", () => point(-1));
  board.addEventListener("focus", () => at < 0 && board.matches(":focus-visible") && point(0, { speak: true }));
  board.addEventListener("keydown", (event) => {
    const last = subtasks.ids.length - 1;
    if (last < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    const from = Math.max(at, 0);
    const moves = {
      ArrowLeft: from - 1,
      ArrowRight: from + 1,
      ArrowUp: from - (layout?.columns ?? 1),
      ArrowDown: from + (layout?.columns ?? 1),
      PageUp: from - (size || 100),
      PageDown: from + (size || 100),
      Home: 0,
      End: last,
      f: nextFailed(from),
    };
    if (event.key in moves) point(Math.min(last, Math.max(0, moves[event.key])), { speak: true });
    else if (event.key === "Enter") open(at);
    else if (event.key === "Escape") point(-1);
    else return;
    event.preventDefault();
  });

  function nextFailed(from) {
    const failed = KINDS.indexOf("fail");
    for (let n = 1; n <= subtasks.ids.length; n += 1) {
      const place = (from + n) % subtasks.ids.length;
      if (subtasks.kinds[place] === failed) return place;
    }
    return from;
  }

  function open(place) {
    if (place >= 0 && place < subtasks.ids.length) go(taskAddress(subtasks.ids[place], parent));
  }

  function changed({ detail }) {
    if (!layout || layout.blocks.reduce((sum, block) => sum + block.count, 0) !== subtasks.total) arrange();
    for (const place of detail.changed) dirty.add(place);
    if (detail.changed.includes(at)) tell(false);
    describe();
    soon();
  }

  function describe() {
    const counts = subtasks.counts();
    board.setAttribute("aria-label", `${plural(subtasks.total, "server")}: ${counts[3] + counts[4]} completed, ${counts[5]} failed, ${counts[6]} aborted, ${counts[1] + counts[2]} at work, ${counts[0]} waiting`);
  }

  function themed() {
    colours = null;
    all = true;
    soon();
  }

  const resized = new ResizeObserver(arrange);
  resized.observe(board);
  subtasks.addEventListener("change", changed);
  addEventListener("theme", themed);
  return {
    element,
    /** How many servers a batch has; 0: they are not in batches. */
    batches(newSize) {
      if (newSize === size) return;
      size = newSize;
      arrange();
    },
    close() {
      resized.disconnect();
      removeEventListener("theme", themed);
      cancelAnimationFrame(frame);
      clearTimeout(asked);
    },
  };
}
