// Messages of a task as its story is told: the service's words, without what the page says anyway.

import { messagesIn } from "./api.js";
import { names } from "./names.js";

const PROGRESS = /^The task with id \S+ is \d+ percent complete\.\s+(?=\S)/;
const SUBJECT = /^The task with id \S+ /;

/** The words of a message: "Batch 2 of 4 begins: 4 servers." */
export function wordsOf(message) {
  const text = String(message.text ?? message.Message ?? "");
  return names.inWords(text.replace(PROGRESS, "").replace(SUBJECT, "The task "));
}

/** The messages of a task, oldest first, with the percentage that each tells of. */
export function storyOf(task) {
  return messagesIn({ "@Message.ExtendedInfo": task.Messages ?? [] }).map((message, index) => ({
    ...message,
    key: `${index} ${message.id} ${message.text}`,
    at: task.Oem?.Taskmon?.MessageTimes?.[index] ?? null,
    words: wordsOf(message),
    percent: message.id.endsWith(".TaskProgressChanged") ? Number(message.args[1]) : null,
    tone: { OK: "wait", Warning: "warn", Critical: "fail" }[message.severity] ?? "wait",
  }));
}

/** The latest thing that a task has to tell; of a failure, why. */
export function latestOf(task) {
  const story = storyOf(task);
  const failure = story.find((one) => one.id.startsWith("Base.") && one.tone !== "wait");
  return (task.TaskState === "Exception" && failure) || story[story.length - 1] || null;
}
