// Signing in, signing in again where one was, and giving oneself a new password where that is due.

import { h } from "../lib/dom.js";
import { session } from "../lib/session.js";
import { checkField, form, textField } from "./field.js";

const WRONG = { text: "The user name or the password is wrong.", resolution: "", properties: [], args: [] };

/** The form to sign in with; `done({another})` once somebody has. */
export function signInForm({ user = "", done }) {
  const name = textField("UserName", "User name", { value: user, autocomplete: "username", autocapitalize: "none" });
  const password = textField("Password", "Password", { type: "password", autocomplete: "current-password" });
  const stay = checkField("stay", "Stay signed in on this computer", {
    hint: "Otherwise the session is forgotten when this tab is closed.",
  });
  const made = form({
    fields: [name, password, stay],
    submit: "Sign in",
    send: async () => {
      try {
        done(await session.signIn(name.value, password.value, stay.value));
      } catch (error) {
        // The service says how a program logs in, which is what somebody at this form is just doing.
        if (error.status === 401) error.messages = [WRONG];
        throw error;
      }
    },
  });
  return { element: made.element, focus: () => (user ? password : name).input.focus() };
}

/** The form for a password that must be changed before anything else. */
export function newPasswordForm({ done }) {
  const first = textField("Password", "New password", {
    type: "password",
    autocomplete: "new-password",
    hint: "8 to 128 characters, at least four different ones, and not the user name. Long and easy to remember beats short and odd.",
  });
  const again = textField("again", "The new password once more", { type: "password", autocomplete: "new-password" });
  const out = h("button", { class: "button", type: "button", on: { click: () => session.signOut() } }, "Sign out");
  const made = form({
    fields: [first, again],
    submit: "Change password",
    cancel: out,
    send: async () => {
      if (first.value !== again.value) {
        again.refuse([{ text: "The two are not the same.", resolution: "Enter the new password twice." }]);
        again.input.focus();
        return;
      }
      await session.changePassword(first.value);
      done();
    },
  });
  return { element: made.element, focus: () => first.input.focus() };
}

/** A page with nothing but a form. */
export function door(title, says, made) {
  return h(
    "main",
    { class: "door", id: "main" },
    h(
      "div",
      { class: "door-card" },
      h("p", { class: "brand" }, h("img", { src: "/ui/icon.svg", alt: "", width: "28", height: "28" }), "taskmon"),
      h("h1", {}, title),
      says ? h("p", { class: "says" }, says) : null,
      made.element,
    ),
  );
}
