// The address bar: which view, of what, with which filters. `#/tasks?state=Failed` can be sent to someone.

/** What the address says: `{path: ["tasks"], options: URLSearchParams}`. */
export function here() {
  const [path, options = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { path: path.split("/").filter(Boolean).map(decode), options: new URLSearchParams(options) };
}

function decode(step) {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}

/** The address of a view. Options that are empty are left out. */
export function address(path, options = {}) {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(options)) {
    if (value !== "" && value !== null && value !== undefined && value !== false) given.set(name, value);
  }
  const text = given.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  return `#/${path.map(encodeURIComponent).join("/")}${text ? `?${text}` : ""}`;
}

/** Go there; `replace` where a way back to the present view is of no use. */
export function go(hash, { replace = false } = {}) {
  if (location.hash === hash) return;
  if (replace) {
    history.replaceState(null, "", hash);
    dispatchEvent(new HashChangeEvent("hashchange"));
  } else {
    location.hash = hash;
  }
}

export function taskAddress(id, parent = "") {
  return address(parent ? ["tasks", parent, id] : ["tasks", id]);
}

/** The address of the task that this URI names, or null. */
export function addressOfTask(uri) {
  const found = /\/Tasks\/([^/]+)(?:\/SubTasks\/([^/]+))?\/?$/.exec(uri ?? "");
  if (!found) return null;
  return found[2] ? taskAddress(decode(found[2]), decode(found[1])) : taskAddress(decode(found[1]));
}
