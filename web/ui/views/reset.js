// The form to reset servers. It shows what it will do before it does it.

import { ask, read } from "../lib/api.js";
import { idOf, requestNames } from "../lib/actions.js";
import { h, newId } from "../lib/dom.js";
import { names } from "../lib/names.js";
import { picked } from "../lib/picked.js";
import { go, taskAddress } from "../lib/route.js";
import { session } from "../lib/session.js";
import { AGGREGATES, SERVICE, SERVICE_RESET } from "../lib/uris.js";
import { form, numberField, selectField, textField } from "../parts/field.js";
import { note, refusals } from "../parts/messages.js";
import { notice } from "../parts/notice.js";
import { picker } from "../parts/picker.js";
import { planPreview } from "../parts/plan.js";

const GENTLE_FIRST = ["GracefulRestart", "ForceRestart", "PowerCycle", "On", "GracefulShutdown", "ForceOff"];
const WORDS = {
  On: "switch on",
  ForceOff: "switch off at once",
  GracefulShutdown: "shut the system down",
  GracefulRestart: "shut down and start again",
  ForceRestart: "start again at once",
  PowerCycle: "off and on",
  FullPowerCycle: "off and on, standby power too",
};
const CLOCKS = [
  ["WaitingTimeout", "Longest wait for a busy server, s"],
  ["RunTimeout", "Longest work on a server, s"],
  ["ProgressTimeout", "Longest time without progress, s"],
];

export function resetView(options) {
  const problems = refusals();
  const place = h("div", { class: "view-body" });
  const element = h("div", { class: "view view-reset" }, h("h1", {}, "Reset servers"), problems.element, place);
  let open = true;
  let close = () => {};

  async function load() {
    try {
      await names.load();
      const [service, groups] = await Promise.all([read(SERVICE), read(`${AGGREGATES}?$expand=.`)]);
      if (!open) return;
      const made = resetForm(service, groups.Members, options.get("group") ?? "");
      close = made.close;
      place.replaceChildren(made.element);
    } catch (error) {
      problems.show(error);
    }
  }
  if (session.can("POST", "AggregationService") || session.can("POST", "Aggregate")) load();
  else place.replaceChildren(note("warn", "Your role does not allow you to reset servers."));
  return {
    element,
    title: "Reset servers",
    close: () => {
      open = false;
      close();
    },
  };
}

function resetForm(service, groups, group) {
  const allowed = service.Actions["#AggregationService.Reset"]["ResetType@Redfish.AllowableValues"];
  const types = [...GENTLE_FIRST.filter((one) => allowed.includes(one)), ...allowed.filter((one) => !GENTLE_FIRST.includes(one))];
  const chosen = new Set(picked);
  const which = selectField(
    "TargetURIs",
    "Which servers",
    [["", "Servers that I pick"], ...groups.map((one) => [one.Id, `Group ${names.target(one["@odata.id"]).replace(/^group /, "")}`])],
    { value: groups.some((one) => one.Id === group) ? group : "" },
  );
  const choose = picker(chosen, paint);
  const type = selectField("ResetType", "What to do", types.map((one) => [one, WORDS[one] ? `${one}: ${WORDS[one]}` : one]), { value: types[0] });
  const batch = numberField("BatchSize", "Servers in a batch", { min: "0", hint: "The next batch begins when all of one have ended. Empty: all at the same time." });
  const delay = numberField("DelayBetweenBatchesInSeconds", "Seconds between batches", { min: "0", hint: "Counted from the end of one batch to the beginning of the next." });
  const most = textField("MaxFailures", "Stop after so many failures", { hint: "A number, or a share such as 10%. No further batch begins then. Empty: go on whatever happens." });
  const clocks = CLOCKS.map(([name, label]) => numberField(name, label, { min: "1", max: "86400", hint: "Empty: as the service is set." }));
  const preview = planPreview();
  const naming = requestNames();

  const summary = newId("clocks");
  const made = form({
    fields: [which, type, batch, delay, most],
    further: clocks,
    extra: [h("details", { class: "more" }, h("summary", { id: summary }, "Time limits"), h("div", { class: "form" }, clocks.map((one) => one.element)))],
    submit: "Start the reset",
    send,
  });
  which.element.after(choose.element);
  for (const one of [which, type, batch, delay, most]) one.input.addEventListener("input", paint);
  const element = h("div", { class: "two" }, h("div", { class: "panel" }, made.element), preview.element);

  const groupChosen = () => groups.find((one) => one.Id === which.value) ?? null;

  function paint() {
    const chosenGroup = groupChosen();
    choose.element.hidden = chosenGroup !== null;
    const systems = chosenGroup ? chosenGroup.Elements.map((link) => link["@odata.id"]) : [...chosen];
    preview.update({ systems, type: type.value, batchSize: Number(batch.value) || 0, delay: Number(delay.value) || 0, most: most.value.trim() });
    made.button.disabled = false;
  }

  /** What is sent, as it was entered: what is wrong with it, the service says. */
  function body() {
    const oem = {};
    if (most.value.trim()) oem.MaxFailures = /^\d+$/.test(most.value.trim()) ? Number(most.value) : most.value.trim();
    for (const one of clocks) if (one.value !== "") oem[one.name] = Number(one.value);
    return {
      ResetType: type.value,
      ...(groupChosen() ? {} : { TargetURIs: [...chosen].map((uri) => ({ "@odata.id": uri })) }),
      ...(batch.value === "" ? {} : { BatchSize: Number(batch.value) }),
      ...(delay.value === "" ? {} : { DelayBetweenBatchesInSeconds: Number(delay.value) }),
      ...(Object.keys(oem).length ? { Oem: { Taskmon: oem } } : {}),
    };
  }

  async function send() {
    const chosenGroup = groupChosen();
    const target = chosenGroup ? chosenGroup.Actions["#Aggregate.Reset"].target : SERVICE_RESET;
    const request = body();
    const { headers } = await ask("POST", target, { body: request, headers: naming([target, request]) });
    picked.clear();
    notice("done", "The reset has started.");
    go(taskAddress(idOf(headers)));
  }

  paint();
  return { element, close: () => choose.close() };
}

