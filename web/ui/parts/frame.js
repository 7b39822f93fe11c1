// The frame around every view: where one is, whether the page is live, and who is signed in.

import { connection } from "../lib/connection.js";
import { fill, h, say } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { live } from "../lib/live.js";
import { session } from "../lib/session.js";
import { nextTheme, theme } from "../lib/theme.js";

const VIEWS = [
  ["tasks", "Tasks", "tasks"],
  ["fleet", "Fleet", "fleet"],
  ["groups", "Groups", "groups"],
  ["events", "Events", "events"],
];
const THEME_ICONS = { auto: "half", light: "sun", dark: "moon" };
const THEME_WORDS = { auto: "system", light: "light", dark: "dark" };

/** `{element, main, at(view)}`: views go into `main`. */
export function frame() {
  const links = new Map(
    VIEWS.map(([view, word, shape]) => [view, h("a", { href: `#/${view}`, class: "nav-link" }, icon(shape), h("span", {}, word))]),
  );
  const main = h("main", { class: "main", id: "main", tabindex: "-1" });
  const element = h(
    "div",
    { class: "frame" },
    h("a", { class: "skip", href: "#main", on: { click: toMain } }, "Skip to the content"),
    h(
      "header",
      { class: "side" },
      h("a", { class: "brand", href: "#/tasks" }, h("img", { src: "/ui/icon.svg", alt: "", width: "24", height: "24" }), h("span", {}, "taskmon")),
      h("nav", { class: "nav", "aria-label": "Views" }, [...links.values()]),
      h("div", { class: "side-foot" }, liveness(), themeButton(), who()),
    ),
    main,
  );
  function toMain(event) {
    event.preventDefault();
    main.focus();
  }
  function at(view) {
    for (const [name, link] of links) {
      if (name === view) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }
  return { element, main, at };
}

/** Whether what is shown is live, and how: by the stream, by polls, or not at all. */
function liveness() {
  const word = h("span", {});
  const element = h("p", { class: "liveness", role: "status" }, h("span", { class: "dot", "aria-hidden": "true" }), word);
  function tell() {
    const lost = connection.lostAt !== null;
    const mode = lost ? "lost" : live.mode;
    element.dataset.mode = mode;
    say(word, { lost: "No connection", stream: "Live: event stream", poll: "Live: polling every 2 s", off: "Not live" }[mode]);
  }
  live.addEventListener("change", tell);
  connection.addEventListener("lost", tell);
  connection.addEventListener("found", tell);
  tell();
  return element;
}

function themeButton() {
  const element = h("button", { class: "button quiet", type: "button", on: { click: () => tell(nextTheme()) } });
  function tell(chosen) {
    fill(element, icon(THEME_ICONS[chosen]), h("span", {}, `Colours: ${THEME_WORDS[chosen]}`));
  }
  tell(theme());
  return element;
}

function who() {
  const name = h("span", { class: "who-name" });
  const role = h("span", { class: "who-role" });
  const out = h("button", { class: "button quiet square", type: "button", "aria-label": "Sign out", title: "Sign out", on: { click: () => session.signOut() } }, icon("out"));
  const element = h("div", { class: "who" }, h("span", { class: "who-text" }, name, role), out);
  const tell = () => {
    say(name, session.user);
    say(role, session.role);
  };
  session.addEventListener("change", tell);
  tell();
  return element;
}
