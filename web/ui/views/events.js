// What happens, as the service tells of it, and who else it tells: the stream of events and the subscriptions.

import { fill, h, keyed, say } from "../lib/dom.js";
import { ago, clock, count, full, moment, shortId } from "../lib/format.js";
import { icon } from "../lib/icons.js";
import { live, subscriptions } from "../lib/live.js";
import { names } from "../lib/names.js";
import { Refresher } from "../lib/refresher.js";
import { addressOfTask } from "../lib/route.js";
import { wordsOf } from "../lib/story.js";
import { note } from "../parts/messages.js";

const MOST_SHOWN = 300;
const PAINT_AFTER = 200; // hundreds may come in a second
const TONES = { OK: "wait", Warning: "warn", Critical: "fail" };
const SHAPES = { OK: "start", Warning: "warn", Critical: "fail" };

export function eventsView() {
  let held = null; // the events that are shown while it is held
  const how = h("div", {});
  const hold = h("button", { class: "button", type: "button", on: { click: toggle } });
  const list = h("ol", { class: "events", "aria-label": "Events, newest first" });
  const empty = h("p", { class: "quiet-text" });
  const rows = h("tbody", { role: "rowgroup" });
  const table = h(
    "table",
    { class: "table subscriptions", role: "table", "aria-label": "Subscriptions" },
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ["Destination", "State", "Waiting", "Last success", "Last error"].map((word) => h("th", { role: "columnheader" }, word)))),
    rows,
  );
  const none = h("p", { class: "quiet-text" });
  const others = h("section", { "aria-label": "Subscriptions", class: "servers" }, h("h2", {}, "Subscriptions"), table, none);
  const element = h("div", { class: "view view-events" }, h("div", { class: "view-head" }, h("h1", {}, "Events"), h("div", { class: "view-actions" }, hold)), how, h("section", { class: "panel", "aria-label": "Stream" }, list, empty), others);
  const refresher = new Refresher(look, { every: 3000 });
  let timer = 0;
  const stopListening = live.listen((events) => {
    if (events.length) timer ||= setTimeout(paint, PAINT_AFTER);
  });
  live.addEventListener("change", tell);
  names.addEventListener("change", paint);
  names.load().catch(() => {});

  async function look(signal) {
    tell();
    const found = await subscriptions(live.service, signal);
    keyed(rows, found, (one) => one["@odata.id"], row);
    table.hidden = found.length === 0;
    say(none, found.length ? "" : "Nobody has subscribed to events.");
  }

  function tell() {
    const has = Boolean(live.service?.ServerSentEventUri);
    others.hidden = !live.service?.Subscriptions;
    hold.hidden = !has;
    fill(
      how,
      has
        ? live.mode === "stream"
          ? null
          : note("warn", "The event stream is not connected just now. The page polls meanwhile, and goes on from the last event when the stream is back.")
        : note("wait", "This service has no event stream. The page polls every two seconds, and shows here no single events."),
    );
    fill(hold, held ? "Go on" : "Hold");
    paint();
  }

  function toggle() {
    held = held ? null : live.recent.slice();
    tell();
  }

  function paint() {
    clearTimeout(timer);
    timer = 0;
    const shown = (held ?? live.recent).slice(-MOST_SHOWN).reverse();
    keyed(list, shown, (event) => `${event.sequence} ${event.EventId} ${event.MemberId}`, entry);
    const more = held ? live.recent.length - held.length : 0;
    say(empty, shown.length ? (more > 0 ? `${count(more)} newer events are held back.` : "") : "No event has come since this page was opened.");
  }

  function entry(event) {
    const severity = event.MessageSeverity ?? event.Severity ?? "OK";
    const origin = event.OriginOfCondition?.["@odata.id"] ?? "";
    const href = addressOfTask(origin);
    const at = moment(event.EventTimestamp);
    const words = h("span", {});
    return {
      element: h(
        "li",
        { data: { tone: TONES[severity] ?? "wait" } },
        h("time", { class: "entry-time", title: full(at) }, clock(at)),
        h("span", { class: "entry-mark" }, icon(SHAPES[severity] ?? "start"), h("span", { class: "unseen" }, severity)),
        h("span", { class: "event-what" }, h("strong", {}, String(event.MessageId ?? event.EventType ?? "Event").split(".").pop()), " ", words),
        href ? h("a", { class: "mono", href }, origin.split("/").pop().replace(/^task/, "").slice(0, 8)) : h("span", {}, names.target(origin)),
      ),
      update: () => say(words, wordsOf({ text: event.Message ?? "" })),
    };
  }

  function row(subscription) {
    const cells = ["destination", "state", "pending", "success", "error"].map((name) => h("td", { role: "cell", class: `cell-${name}` }));
    return {
      element: h("tr", { role: "row" }, cells),
      update(now) {
        const oem = now.Oem?.Taskmon ?? {};
        const success = moment(oem.LastSuccess);
        const texts = [now.Destination ?? (now.SubscriptionType === "SSE" ? `Stream ${shortId(now.Id)}` : (now.Context || now.Id)), now.Status?.State ?? "", oem.Pending === undefined ? "" : count(oem.Pending), success === null ? "" : ago(success), typeof oem.LastError === "string" ? oem.LastError : (oem.LastError?.Message ?? "")];
        texts.forEach((text, n) => say(cells[n], String(text)));
      },
    };
  }

  tell();
  refresher.now();
  return {
    element,
    title: "Events",
    close() {
      refresher.close();
      stopListening();
      clearTimeout(timer);
      live.removeEventListener("change", tell);
      names.removeEventListener("change", paint);
    },
  };
}
