// Modals: a form of the bot's, drawn and sent.

import { h, openDialog, unknown } from "./dom.js";
import { markdown } from "./markdown.js";
import { act, person, state } from "./state.js";

/** Opens a modal; its answer is shown where it comes. */
export function openModal(modal, interaction, { onFailed }) {
  const fields = [];
  const body = modal.components.map((one) => part(one, fields));
  const error = h("p", { class: "failed", role: "alert" });
  const submit = h("button", { type: "submit", class: "button primary" }, "Submit");
  const cancel = h("button", { type: "button", class: "button secondary", onclick: () => dialog.close() }, "Cancel");
  const form = h("form", {}, h("h2", {}, modal.title), ...body, error, h("div", { class: "row end" }, cancel, submit));
  const dialog = h("dialog", { class: "modal", "aria-label": modal.title }, form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    const values = {};
    const files = {};
    for (const field of fields) {
      const value = field.read();
      if (Array.isArray(value) && value[0] instanceof File) files[field.name] = value;
      else if (value !== undefined) values[field.name] = value;
    }
    const answer = await act("modal", { interaction, values }, { files, onRefused: (text) => (error.textContent = text) });
    submit.disabled = false;
    if (!answer) return;
    dialog.close();
    if (answer.failed) onFailed(answer.failed);
  });
  openDialog(dialog);
}

function part(one, fields) {
  switch (one.type) {
    case 1:
      return h("div", {}, ...one.components.map((inner) => labelled(inner.label, null, inner, fields)));
    case 10:
      return markdown(one.content);
    case 18:
      return labelled(one.label, one.description, one.component, fields);
    default:
      return unknown(`a component of type ${one.type} in a modal`, one);
  }
}

function labelled(label, description, one, fields) {
  const make = INPUTS[one.type];
  if (!make) return unknown(`an input of type ${one.type}`, one);
  const { element, read } = make(one, label);
  fields.push({ name: one.custom_id, read });
  const star = (one.required ?? true) && one.type !== 23 ? h("span", { class: "required", "aria-hidden": "true" }, " *") : null;
  const words = [h("span", { class: "label" }, label, star), description && h("small", {}, description)];
  return element.matches("fieldset") ? h("div", { class: "field" }, element) : h("label", { class: "field" }, ...words, element);
}

const INPUTS = {
  3: (one) => menu(one, one.options),
  4: text,
  5: (one) => menu(one, people()),
  6: (one) => menu(one, roles()),
  7: (one) => menu(one, [...people(), ...roles()]),
  8: (one) => menu(one, [...state.channels.values()].filter((each) => each.guild === here()).map((each) => ({ value: each.id, label: `#${each.name}` }))),
  19: files,
  21: (one, label) => choices(one, label, "radio"),
  22: (one, label) => choices(one, label, "checkbox"),
  23: (one) => {
    const element = h("input", { type: "checkbox", checked: one.default });
    return { element, read: () => element.checked };
  },
};

const here = () => state.channels.get(state.thread ?? state.channel)?.guild;
const people = () => (state.guilds.get(here())?.members ?? []).map((id) => ({ value: id, label: person(id).name }));
const roles = () => (state.guilds.get(here())?.roles ?? []).map((role) => ({ value: role.id, label: `@${role.name}` }));

function text(one) {
  const limits = { minlength: one.min_length, maxlength: one.max_length ?? 4000, placeholder: one.placeholder, required: one.required ?? true };
  const element = one.style === 2 ? h("textarea", { rows: 4, ...limits }) : h("input", { type: "text", ...limits });
  element.value = one.value ?? "";
  return { element, read: () => element.value };
}

function menu(one, options) {
  const several = (one.max_values ?? 1) > 1;
  const element = h("select", { multiple: several, required: one.required ?? true });
  if (!several) element.append(h("option", { value: "" }, one.placeholder || "Make a selection"));
  for (const option of options) element.append(h("option", { value: option.value, selected: option.default }, option.label));
  return { element, read: () => [...element.selectedOptions].map((option) => option.value).filter(Boolean) };
}

function files(one) {
  const element = h("input", { type: "file", multiple: (one.max_values ?? 1) > 1, required: one.required ?? true });
  return { element, read: () => (element.files.length ? [...element.files] : undefined) };
}

function choices(one, label, type) {
  const inputs = one.options.map((option) => h("input", { type, name: one.custom_id, value: option.value, checked: option.default }));
  const rows = one.options.map((option, index) => h("label", { class: "choice" }, inputs[index], option.label, option.description && h("small", {}, option.description)));
  const read = () => {
    const chosen = inputs.filter((input) => input.checked).map((input) => input.value);
    return type === "radio" ? chosen[0] : chosen;
  };
  return { element: h("fieldset", {}, h("legend", {}, label), ...rows), read };
}
