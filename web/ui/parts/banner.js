// The banner of a lost connection: since when, when it is tried again, and a way to try now.

import { connection } from "../lib/connection.js";
import { h, say } from "../lib/dom.js";
import { clock, duration } from "../lib/format.js";
import { icon } from "../lib/icons.js";
import { notice } from "./notice.js";

export function banner() {
  const text = h("span", {});
  const when = h("span", { class: "banner-when" });
  const button = h("button", { class: "button small", type: "button", on: { click: () => connection.tryNow() } }, "Try now");
  const element = h("div", { class: "banner", role: "alert", hidden: true }, icon("plug"), text, when, button);
  let timer = 0;

  function wait() {
    clearInterval(timer);
    timer = setInterval(tell, 1000);
    tell();
  }
  function tell() {
    const left = connection.nextTry === null ? 0 : connection.nextTry - Date.now();
    say(when, left > 500 ? `Trying again in ${duration(left)}.` : "Trying now.");
  }
  connection.addEventListener("lost", () => {
    say(text, `The service has not answered since ${clock(connection.lostAt)}. What you see is from before.`);
    element.hidden = false;
    wait();
  });
  connection.addEventListener("waiting", wait);
  connection.addEventListener("trying", tell);
  connection.addEventListener("found", ({ detail }) => {
    clearInterval(timer);
    element.hidden = true;
    notice("done", `The service answers again, after ${duration(detail.lostFor)}.`);
  });
  return element;
}
