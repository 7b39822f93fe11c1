// How a cell of a map is drawn: each kind has a shape of its own, so that none is told by its colour alone.

import { h } from "./dom.js";

const TONES = { wait: "--line-strong", run: "--run", stop: "--warn", done: "--done", warn: "--warn", fail: "--fail", cancel: "--cancel", ground: "--surface", ink: "--ink", label: "--ink-3" };

/** The colours of the theme as it is now. A canvas knows no custom properties, so an element is asked. */
export function coloursOf(element) {
  const probe = h("span", { hidden: true });
  element.append(probe);
  const found = {};
  for (const [name, property] of Object.entries(TONES)) {
    probe.style.setProperty("color", `var(${property})`);
    found[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return found;
}

/** Draw one cell of this size at (x, y). */
export function paintCell(context, kind, x, y, size, colours) {
  const colour = colours[kind];
  const line = size >= 13 ? 2 : size >= 8 ? 1.5 : 1;
  context.fillStyle = colours.ground;
  context.fillRect(x - 1, y - 1, size + 2, size + 2);
  context.fillStyle = context.strokeStyle = colour;
  context.lineWidth = line;
  const half = line / 2;
  if (kind === "wait") {
    context.lineWidth = 1;
    context.strokeRect(x + 0.5, y + 0.5, size - 1, size - 1);
  } else if (kind === "run") {
    context.strokeRect(x + half, y + half, size - line, size - line);
    context.fillRect(x + line + 1, y + size / 2, size - 2 * line - 2, size / 2 - line - 1);
  } else if (kind === "stop" || kind === "cancel") {
    context.strokeRect(x + half, y + half, size - line, size - line);
    stroke(context, x + 1, y + size - 1, x + size - 1, y + 1);
    if (kind === "stop") stroke(context, x + 1, y + 1, x + size / 2, y + size / 2);
  } else {
    context.fillRect(x, y, size, size);
    context.strokeStyle = context.fillStyle = colours.ground;
    if (kind === "fail") {
      const inset = Math.max(1, size * 0.24);
      stroke(context, x + inset, y + inset, x + size - inset, y + size - inset);
      stroke(context, x + size - inset, y + inset, x + inset, y + size - inset);
    } else if (kind === "warn") {
      context.fillRect(x + size / 2 - half, y + size * 0.2, line, size * 0.35);
      context.fillRect(x + size / 2 - half, y + size * 0.7, line, line);
    } else if (size >= 15) {
      context.beginPath();
      context.moveTo(x + size * 0.26, y + size * 0.52);
      context.lineTo(x + size * 0.44, y + size * 0.7);
      context.lineTo(x + size * 0.76, y + size * 0.32);
      context.stroke();
    }
  }
}

function stroke(context, x1, y1, x2, y2) {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

/** A sample of a kind, for a legend. */
export function sample(kind, colours, size = 14) {
  const scale = Math.max(1, devicePixelRatio);
  const canvas = h("canvas", { class: "sample", width: size * scale, height: size * scale, "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  paintCell(context, kind, 1, 1, size - 2, colours);
  return canvas;
}
