// A bar of progress, and how long a task takes.

import { cssVar, h, say } from "../lib/dom.js";
import { duration, moment } from "../lib/format.js";
import { batchesOf } from "../lib/plan.js";
import { isLive } from "../lib/states.js";

/** A bar that follows a task. The percentage stands beside it as a word. */
export function progressBar(label) {
  const bar = h("span", { class: "bar-fill" });
  const word = h("span", { class: "bar-word" });
  const track = h("span", { class: "bar", role: "progressbar", "aria-label": label, "aria-valuemin": "0", "aria-valuemax": "100" }, bar);
  const element = h("span", { class: "progress" }, track, word);
  return {
    element,
    update(percent, tone) {
      const value = Math.min(100, Math.max(0, Number(percent) || 0));
      cssVar(bar, "--part", value / 100);
      track.setAttribute("aria-valuenow", String(value));
      track.dataset.tone = tone;
      say(word, `${value} %`);
    },
  };
}

/**
 * "took 12 s", or "2 min so far, about 1 min left"; how long still only if it is to be guessed. With delays between
 * batches it is not: the percentage knows nothing of those to come, and the task's own view does.
 */
export function timesOf(task, { guess = true, now = Date.now() } = {}) {
  const started = moment(task.StartTime);
  const ended = moment(task.EndTime);
  if (started === null) return "";
  if (!isLive(task)) return ended === null ? "" : `took ${duration(ended - started)}`;
  const elapsed = now - started;
  const percent = task.PercentComplete;
  const evenly = guess && batchesOf(task).delay === 0;
  const left = evenly && percent >= 5 && percent < 100 && elapsed > 2000 ? `, about ${duration((elapsed * (100 - percent)) / percent)} left` : "";
  return `${duration(elapsed)} so far${left}`;
}
