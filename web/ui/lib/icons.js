// The shapes of the page: small drawings of strokes, each on a grid of 16.

import { svg } from "./dom.js";

const PATHS = {
  tasks: ["M2.5 4h1M2.5 8h1M2.5 12h1M6 4h7.5M6 8h7.5M6 12h7.5"],
  fleet: ["M2.5 2.5h11v4.5h-11zM2.5 9h11v4.5h-11zM5 4.75h.01M5 11.25h.01M8 4.75h3M8 11.25h3"],
  groups: ["M2.5 2.5h4.5v4.5h-4.5zM9 2.5h4.5v4.5h-4.5zM2.5 9h4.5v4.5h-4.5zM9 9h4.5v4.5h-4.5z"],
  events: ["M1.5 8h3l2-5 3 10 2-5h3"],
  reset: ["M13 8a5 5 0 1 1-1.5-3.5M13 2v3h-3"],
  sun: ["M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M8 1.2v1.4M8 13.4v1.4M1.2 8h1.4M13.4 8h1.4M3.2 3.2l1 1M11.8 11.8l1 1M3.2 12.8l1-1M11.8 4.2l1-1"],
  moon: ["M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7"],
  half: ["M8 2a6 6 0 1 0 0 12 6 6 0 0 0 0-12M8 2v12M8 4.5h3M8 7h4.4M8 9.5h4M8 12h2.5"],
  out: ["M6.5 2.5h-4v11h4M10 5l3 3-3 3M13 8H6"],
  close: ["M3.5 3.5l9 9M12.5 3.5l-9 9"],
  search: ["M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.4 10.4l3.1 3.1"],
  next: ["M6 3l5 5-5 5"],
  back: ["M10 3L5 8l5 5"],
  down: ["M3 6l5 5 5-5"],
  up: ["M3 10l5-5 5 5"],
  plus: ["M8 3v10M3 8h10"],
  link: ["M6.5 9.5l3-3M7.5 4.5l1.8-1.8a2.6 2.6 0 0 1 3.7 3.7L11.2 8.2M8.5 11.5l-1.8 1.8a2.6 2.6 0 0 1-3.7-3.7L4.8 7.8"],
  stop: ["M4 4h8v8H4z"],
  bin: ["M3 4.5h10M6 4.5v-2h4v2M4.5 4.5l.6 9h5.8l.6-9"],
  warn: ["M8 2.2l6.3 11.3H1.7zM8 6.5v3.2M8 11.6v.1"],
  plug: ["M5.5 2v3.5M10.5 2v3.5M3.5 5.5h9v2a4.5 4.5 0 0 1-9 0zM8 12v2.5"],
  // states
  done: ["M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8", "M5.2 8.2l2 2 3.8-4.2"],
  fail: ["M5.3 1.8h5.4l3.5 3.5v5.4l-3.5 3.5H5.3l-3.5-3.5V5.3z", "M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4"],
  run: ["M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8", "M6.6 5.4L10.6 8l-4 2.6z"],
  start: ["M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8", "M8 7.4a.6.6 0 1 0 0 1.2.6.6 0 0 0 0-1.2"],
  wait: ["M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8", "M8 4.8V8l2.2 1.6"],
  pause: ["M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8", "M6.4 5.6v4.8M9.6 5.6v4.8"],
  cancel: ["M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8", "M3.8 12.2l8.4-8.4"],
  on: ["M5 3.6a5.4 5.4 0 1 0 6 0M8 1.6v6"],
};

/** A drawing by its name. It says nothing by itself: a word stands beside it, or its button has a label. */
export function icon(name, extra = "") {
  const strokes = PATHS[name].map((d) => svg("path", { d }));
  return svg("svg", { viewBox: "0 0 16 16", class: `icon ${extra}`, "aria-hidden": "true", focusable: "false" }, ...strokes);
}
