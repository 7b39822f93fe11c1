// Who is signed in, and what they may do: the session, kept for as long as the tab lives, or longer if so chosen.

import { ask, query, quoted, read, useToken, messagesIn } from "./api.js";
import { ACCOUNTS, PRIVILEGE_MAP, ROLES, SESSIONS } from "./uris.js";

const KEY = "taskmon.session";

/** `change` is dispatched whenever one of the properties is another one. */
class Session extends EventTarget {
  /** `out`, `in`, `expired` (signed in, and the service does not know it any more), or `due` (a new password first). */
  state = "out";
  user = "";
  uri = "";
  account = ""; // its URI, where the person may see it
  role = "";
  #token = "";
  #stay = false;
  #privileges = new Set();
  #map = new Map();

  /** Go on with the session that this tab, or this computer, has kept; false if there is none. */
  async restore() {
    const kept = sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY);
    if (!kept) return false;
    try {
      const { token, uri, user } = JSON.parse(kept);
      this.#stay = sessionStorage.getItem(KEY) === null;
      this.#use(token, uri, user);
      await this.#learn();
      return this.state === "in" || this.state === "due";
    } catch (error) {
      if (error.kind === "lost") throw error;
      this.#forget();
      return false;
    }
  }

  /** Sign in. ApiError, with the service's words, where it does not let them. */
  async signIn(name, password, stay) {
    const { body, headers } = await ask("POST", SESSIONS, { body: { UserName: name, Password: password }, bare: true });
    const another = this.state === "expired" && this.user !== body.UserName;
    const token = headers.get("X-Auth-Token");
    this.#stay = stay;
    this.#use(token, headers.get("Location"), body.UserName);
    const due = messagesIn(body).find((one) => one.id.endsWith(".PasswordChangeRequired"));
    if (due) {
      this.account = due.args[0] ?? "";
      this.#turn("due");
    } else {
      await this.#learn();
    }
    this.#keep();
    return { another };
  }

  /** Give the account another password; after that the person is in. */
  async changePassword(password) {
    await ask("PATCH", this.account, { body: { Password: password } });
    await this.#learn();
  }

  /** End the session, here and at the service. */
  async signOut() {
    const uri = this.uri;
    try {
      if (uri && this.state !== "expired") await ask("DELETE", uri);
    } catch {
      // It is forgotten here whatever the service says, and ends there by itself.
    }
    this.#forget();
  }

  /** Whether the person may do this, by the service's own map of privileges. */
  can(method, entity) {
    const needed = this.#map.get(`${method} ${entity}`);
    return needed?.some((all) => all.every((one) => this.#privileges.has(one))) ?? false;
  }

  /** Whether tasks of other people are seen too. */
  get seesAll() {
    return this.#privileges.has("ConfigureUsers");
  }

  #use(token, uri, user) {
    this.#token = token;
    this.uri = uri;
    this.user = user;
    useToken(token, () => this.#expire());
  }

  async #learn() {
    const filter = `UserName eq ${quoted(this.user)}`;
    let account = null;
    try {
      const mine = await read(ACCOUNTS + query({ $filter: filter, $expand: "." }));
      account = mine.Members[0] ?? null;
    } catch (error) {
      const due = error.messages?.find((one) => one.id.endsWith(".PasswordChangeRequired"));
      if (!due) throw error;
      this.account = due.args[0] ?? "";
      this.#turn("due");
      return;
    }
    this.account = account?.["@odata.id"] ?? "";
    this.role = account?.RoleId ?? "";
    const [role, map] = await Promise.all([
      this.role ? read(`${ROLES}/${encodeURIComponent(this.role)}`) : { AssignedPrivileges: ["Login"] },
      read(PRIVILEGE_MAP),
    ]);
    this.#privileges = new Set(role.AssignedPrivileges);
    this.#map = new Map();
    for (const { Entity, OperationMap } of map.Mappings) {
      for (const [method, any] of Object.entries(OperationMap)) {
        this.#map.set(`${method} ${Entity}`, any.map((one) => one.Privilege));
      }
    }
    this.#turn("in");
  }

  #expire() {
    if (this.state !== "in" && this.state !== "due") return;
    this.#clear();
    this.#turn("expired");
  }

  #keep() {
    this.#clear();
    const text = JSON.stringify({ token: this.#token, uri: this.uri, user: this.user });
    (this.#stay ? localStorage : sessionStorage).setItem(KEY, text);
  }

  #clear() {
    sessionStorage.removeItem(KEY);
    if (this.#stay) localStorage.removeItem(KEY);
  }

  #forget() {
    this.#clear();
    this.#use("", "", "");
    this.account = this.role = "";
    this.#privileges = new Set();
    this.#turn("out");
  }

  #turn(state) {
    this.state = state;
    this.dispatchEvent(new CustomEvent("change", { detail: { state } }));
  }
}

export const session = new Session();
