// Servers come and go: the form to add one, and the question before some are removed.

import { ask } from "../lib/api.js";
import { idOf, requestNames } from "../lib/actions.js";
import { h } from "../lib/dom.js";
import { plural } from "../lib/format.js";
import { taskAddress } from "../lib/route.js";
import { METHODS, SOURCES } from "../lib/uris.js";
import { askOnce } from "./dialog.js";
import { textField } from "./field.js";
import { notice } from "./notice.js";

export async function askForServer() {
  const host = textField("HostName", "Address", { hint: "A host name or an address, with a port if it is not 443.", autocapitalize: "none" });
  const user = textField("UserName", "User name at the server", { autocapitalize: "none" });
  const password = textField("Password", "Password at the server", { type: "password", autocomplete: "off", hint: "It is kept encrypted, and shown to nobody." });
  const naming = requestNames();
  const id = await askOnce({
    title: "Add a server",
    says: h("p", { class: "says" }, "The service signs in to it, reads what it has, and from then on can reset it. That is a task of its own."),
    fields: [host, user, password],
    submit: "Add the server",
    act: async () => {
      const links = { ConnectionMethod: { "@odata.id": `${METHODS}/Redfish` } };
      const body = { HostName: host.value.trim(), UserName: user.value, Password: password.value, Links: links };
      const { headers } = await ask("POST", SOURCES, { body, headers: naming(body) });
      return idOf(headers);
    },
  });
  if (id) notice("done", "The server is being added.", { href: taskAddress(id), text: "See the task" });
  return id;
}

/** Ask once, then remove these sources one after another. */
export async function askToRemove(sources) {
  return askOnce({
    title: `Remove ${plural(sources.length, "server")}?`,
    says: [
      h("p", { class: "says" }, "The service forgets them and their passwords, and takes them out of every group. Nothing is sent to them."),
      h("p", { class: "mono names" }, sources.slice(0, 12).map((one) => one.HostName).join(", "), sources.length > 12 ? ` and ${sources.length - 12} more` : ""),
    ],
    submit: `Remove ${plural(sources.length, "server")}`,
    tone: "fail",
    act: async () => {
      let first = "";
      for (const source of sources) {
        const { headers } = await ask("DELETE", source["@odata.id"]);
        first ||= idOf(headers);
      }
      notice("done", `${plural(sources.length, "server")} being removed.`, { href: taskAddress(first), text: sources.length === 1 ? "See the task" : "See the first task" });
      return true;
    },
  });
}
