// The page: who is signed in decides what is shown, the address which view.

import { connection } from "./lib/connection.js";
import { h } from "./lib/dom.js";
import { live } from "./lib/live.js";
import { names } from "./lib/names.js";
import { here, go } from "./lib/route.js";
import { session } from "./lib/session.js";
import { applyTheme } from "./lib/theme.js";
import { banner } from "./parts/banner.js";
import { openDialog } from "./parts/dialog.js";
import { frame } from "./parts/frame.js";
import { noticesElement } from "./parts/notice.js";
import { door, newPasswordForm, signInForm } from "./parts/signin.js";
import { viewFor } from "./views/index.js";

applyTheme();
const place = h("div", { id: "app" });
document.body.append(banner(), place, noticesElement());

let shown = null; // the view: {key, element, title, update, close}
let around = null; // the frame, while somebody is in
let again = null; // the dialog to sign in again

function show() {
  if (session.state === "out") showDoor("Sign in", "", signInForm({ done: () => {} }));
  else if (session.state === "due") {
    showDoor("Choose a new password", `The password of ${session.user} must be changed before anything else.`, newPasswordForm({ done: () => {} }));
  } else if (session.state === "expired") signInAgain();
  else showView();
}

function showDoor(title, says, made) {
  leave();
  live.stop();
  names.forget();
  again?.close();
  document.title = `${title} · taskmon`;
  place.replaceChildren(door(title, says, made));
  made.focus();
}

/** The view stays as it is below, with all that was entered in it. */
function signInAgain() {
  live.stop();
  if (again) return;
  const made = signInForm({
    user: session.user,
    done: ({ another }) => {
      again?.close();
      if (another) {
        leave();
        names.forget();
        showView();
      }
    },
  });
  again = openDialog({
    title: "Your session has ended",
    content: [h("p", { class: "says" }, "Sign in again to go on where you were. Nothing that you entered is lost."), made.element],
    canClose: false,
    closed: () => {
      again = null;
    },
  });
  made.focus();
}

function showView() {
  live.start();
  if (!around) {
    around = frame();
    place.replaceChildren(around.element);
  }
  const { path, options } = here();
  if (!path.length) {
    go("#/tasks", { replace: true });
    return;
  }
  around.at(path[0]);
  const key = path.join("/");
  if (shown?.key === key) {
    shown.update?.(options);
  } else {
    const isFirst = !shown; // then the focus begins at the top, where the way past the head is
    shown?.close?.();
    shown = { key, ...viewFor(path, options) };
    around.main.replaceChildren(shown.element);
    around.main.scrollTo?.(0, 0);
    scrollTo(0, 0);
    // What had the focus may be gone with the view that it was in.
    if (!isFirst && document.activeElement === document.body) around.main.focus({ preventScroll: true });
  }
  document.title = `${shown.title} · taskmon`;
}

function leave() {
  shown?.close?.();
  shown = null;
  around = null;
}

addEventListener("hashchange", () => session.state === "in" && showView());
session.addEventListener("change", show);

async function begin() {
  try {
    if (!(await session.restore())) show();
  } catch {
    place.replaceChildren(h("main", { class: "door" }, h("p", {}, "Waiting for the service.")));
    connection.addEventListener("found", begin, { once: true });
  }
}
begin();
