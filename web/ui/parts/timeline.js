// The story of a task, oldest first: its messages in the service's words, with their times where they are known.

import { h, keyed, say } from "../lib/dom.js";
import { clock, full, moment } from "../lib/format.js";
import { icon } from "../lib/icons.js";
import { shownAs } from "../lib/states.js";
import { storyOf } from "../lib/story.js";

const SHAPES = { wait: "start", warn: "warn", fail: "fail" };

export function timeline() {
  const list = h("ol", { class: "timeline" });
  const element = h("section", { class: "panel", "aria-label": "Timeline" }, h("h2", {}, "Timeline"), list);
  const seen = new Map(); // when this page saw a message first
  let known = false;

  function update(task) {
    const started = moment(task.StartTime);
    const ended = moment(task.EndTime);
    const story = storyOf(task);
    for (const one of story) if (!seen.has(one.key)) seen.set(one.key, known ? Date.now() : null);
    known = true;
    const entries = story.map((one, index) => {
      const at = moment(one.at) ?? (index === 0 ? started : null);
      const isLast = index === story.length - 1 && ended !== null;
      const advice = one.resolution === story[index - 1]?.resolution ? "" : one.resolution;
      return { ...one, advice, at: at ?? (isLast ? ended : seen.get(one.key)), about: at === null && !isLast && seen.get(one.key) !== null };
    });
    if (ended !== null) entries.push({ key: "end", at: ended, words: shownAs(task.TaskState).word, advice: "", tone: shownAs(task.TaskState).tone, shape: shownAs(task.TaskState).shape, percent: null });
    keyed(list, entries, (one) => one.key, entry);
  }
  return { element, update };
}

function entry(one) {
  const time = h("time", { class: "entry-time" });
  const percent = h("span", { class: "entry-percent" });
  const told = h("span", {});
  const words = h("p", {}, told, percent);
  const element = h(
    "li",
    { data: { tone: one.tone } },
    time,
    h("span", { class: "entry-mark" }, icon(one.shape ?? SHAPES[one.tone] ?? "start")),
    h("div", {}, words, one.advice ? h("p", { class: "entry-advice" }, one.advice) : null),
  );
  return {
    element,
    update(now) {
      say(told, now.words);
      say(time, now.at === null || now.at === undefined ? "" : `${now.about ? "~" : ""}${clock(now.at)}`);
      time.title = now.at ? `${now.about ? "Seen by this page " : ""}${full(now.at)}` : "";
      say(percent, now.percent === null || Number.isNaN(now.percent) ? "" : `${now.percent} %`);
    },
  };
}
