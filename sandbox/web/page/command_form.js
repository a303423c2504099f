// A command being filled in: its options as the bot published them, required ones first, others on demand.

import { h, readableSize } from "./dom.js";
import { act, localised, person, state } from "./state.js";

const KIND = { string: 3, integer: 4, boolean: 5, user: 6, channel: 7, role: 8, mentionable: 9, number: 10, attachment: 11 };

/** Every command that can be used in a channel, subcommands each for itself. */
export function leaves(channelId) {
  const ids = state.channels.get(channelId)?.commands ?? [];
  const slash = ids.map((id) => state.commands.get(id)).filter((one) => one?.type === 1);
  return slash.flatMap((one) => below(one, [])).sort((a, b) => a.shown.localeCompare(b.shown));
}

function below(one, way) {
  const path = [...way, one];
  const options = one.options ?? [];
  const inner = options.filter((each) => each.type <= 2);
  if (inner.length) return inner.flatMap((each) => below(each, path));
  return [{
    name: path.map((each) => each.name).join(" "),
    shown: path.map((each) => localised(each, "name")).join(" "),
    description: localised(one, "description"),
    options,
  }];
}

/** The form of one command. */
export class CommandForm {
  constructor(leaf, channelId, { onSend, onCancel }) {
    this.leaf = leaf;
    this.channelId = channelId;
    this.onSend = onSend;
    this.fields = new Map();
    this.grid = h("div", { class: "fields" });
    this.others = h("div", { class: "others", role: "group", "aria-label": "Optional" });
    this.error = h("p", { class: "failed", role: "alert" });
    const cancel = h("button", { type: "button", class: "button secondary", onclick: onCancel }, "Cancel");
    this.submit = h("button", { type: "submit", class: "button primary" }, "Send");
    const head = h("div", { class: "form-head" }, h("b", {}, `/${leaf.shown}`), h("span", { class: "muted" }, leaf.description));
    this.element = h("form", { class: "command-form", "aria-label": `/${leaf.shown}`, novalidate: true }, head, this.grid, this.others, this.error, h("div", { class: "row end" }, cancel, this.submit));
    this.element.addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    this.element.addEventListener("keydown", (event) => event.key === "Escape" && onCancel());
    for (const option of leaf.options) if (option.required) this.open(option);
    this.offer();
  }

  focus() {
    const inputs = [...this.grid.querySelectorAll("input, select, textarea")];
    (inputs.find((one) => !one.value) ?? inputs[0] ?? this.submit).focus();
  }

  complain(text) {
    this.error.textContent = text;
  }

  /** Shows an option's field. */
  open(option) {
    const field = FIELDS[option.type]?.(option, this) ?? textField(option, this);
    this.fields.set(option.name, { option, ...field });
    const star = option.required ? h("span", { class: "required" }, "required") : null;
    const words = [h("span", { class: "label" }, localised(option, "name"), star), h("small", {}, localised(option, "description"))];
    const away = option.required ? null : h("button", { type: "button", class: "away", "aria-label": `Leave out ${option.name}`, onclick: () => this.leaveOut(option) }, "✕");
    const row = h("div", { class: "field", data: { option: option.name } }, h("label", {}, ...words, field.element, field.beside), away);
    const order = this.leaf.options.indexOf(option);
    const after = [...this.grid.children].find((one) => this.leaf.options.findIndex((each) => each.name === one.dataset.option) > order);
    this.grid.insertBefore(row, after ?? null);
    this.fields.get(option.name).row = row;
    this.offer();
    return this.fields.get(option.name);
  }

  leaveOut(option) {
    this.fields.get(option.name).row.remove();
    this.fields.delete(option.name);
    this.offer();
    this.focus();
  }

  offer() {
    const closed = this.leaf.options.filter((one) => !this.fields.has(one.name));
    const chips = closed.map((option) => {
      const open = () => this.open(option).element.focus();
      return h("button", { type: "button", class: "chip", title: localised(option, "description"), onclick: open }, `+ ${localised(option, "name")}`);
    });
    this.others.replaceChildren(...chips);
    this.others.hidden = !chips.length;
  }

  /** Puts files into the attachment options that are still empty, opening optional ones as needed. */
  take(files) {
    const places = this.leaf.options.filter((one) => one.type === KIND.attachment);
    for (const file of files) {
      const free = places.find((one) => !this.fields.get(one.name)?.read());
      if (!free) return this.complain(`/${this.leaf.shown} takes no more files.`);
      (this.fields.get(free.name) ?? this.open(free)).put(file);
    }
    this.complain("");
  }

  /** Fills in what is known already. */
  fill(values) {
    for (const [name, value] of Object.entries(values)) {
      const option = this.leaf.options.find((one) => one.name === name);
      if (option) (this.fields.get(name) ?? this.open(option)).element.value = value;
    }
  }

  read() {
    const values = {};
    const files = {};
    for (const [name, field] of this.fields) {
      const value = field.read();
      if (value === undefined || value === null || value === "") continue;
      if (value instanceof File) files[name] = [value];
      else values[name] = value;
    }
    return { values, files };
  }

  async send() {
    const { values, files } = this.read();
    const missing = this.leaf.options.find((one) => one.required && values[one.name] === undefined && !files[one.name]);
    if (missing) {
      this.complain(`${localised(missing, "name")} is required.`);
      this.fields.get(missing.name).element.focus();
      return;
    }
    this.complain("");
    this.submit.disabled = true;
    await this.onSend(values, files);
    this.submit.disabled = false;
  }
}

// --- fields by kind ---

function textField(option, form) {
  if (option.choices?.length) return choiceField(option, option.choices.map((one) => [one.value, localised(one, "name")]));
  const element = h("input", { type: "text", autocomplete: "off", maxlength: option.max_length, required: option.required });
  const beside = option.autocomplete ? suggestions(option, element, form) : null;
  return { element, beside, read: () => element.value };
}

function numberField(option, form) {
  const field = textField(option, form);
  if (option.choices?.length) return { ...field, read: () => (field.element.value === "" ? "" : Number(field.element.value)) };
  field.element.inputMode = "decimal";
  const [least, most] = [option.min_value, option.max_value];
  if (least !== undefined || most !== undefined) field.element.placeholder = `${least ?? ""} to ${most ?? ""}`;
  return { ...field, read: () => (field.element.value === "" ? "" : Number(field.element.value.replace(",", "."))) };
}

function choiceField(option, choices, convert = (value) => value) {
  const element = h("select", { required: option.required }, h("option", { value: "" }, "—"), ...choices.map(([value, label]) => h("option", { value }, label)));
  return { element, read: () => (element.value === "" ? "" : convert(element.value)) };
}

const guild = (form) => state.guilds.get(state.channels.get(form.channelId)?.guild);
const people = (form) => (guild(form)?.members ?? [state.people.me, state.people.bot]).map((id) => [id, person(id).name]);
const roles = (form) => (guild(form)?.roles ?? []).map((one) => [one.id, `@${one.name}`]);
const places = (form) => [...state.channels.values()].filter((one) => one.guild === guild(form)?.id).map((one) => [one.id, `#${one.name}`]);

const FIELDS = {
  [KIND.integer]: numberField,
  [KIND.number]: numberField,
  [KIND.boolean]: (option) => choiceField(option, [["true", "True"], ["false", "False"]], (value) => value === "true"),
  [KIND.user]: (option, form) => choiceField(option, people(form)),
  [KIND.channel]: (option, form) => choiceField(option, places(form)),
  [KIND.role]: (option, form) => choiceField(option, roles(form)),
  [KIND.mentionable]: (option, form) => choiceField(option, [...people(form), ...roles(form)]),
  [KIND.attachment]: attachmentField,
};

function attachmentField(option, form) {
  let file = null;
  const element = h("input", { type: "file", class: "file-input" });
  const shown = h("span", { class: "tile" });
  const show = () => {
    const isPicture = file?.type.startsWith("image/");
    const picture = isPicture ? h("img", { src: URL.createObjectURL(file), alt: "" }) : null;
    shown.replaceChildren(...[picture, h("span", {}, file ? `${file.name} · ${readableSize(file.size)}` : "Choose, drop or paste a file")].filter(Boolean));
    shown.classList.toggle("full", Boolean(file));
  };
  const put = (given) => { file = given; show(); };
  element.addEventListener("change", () => element.files.length && form.takeInto(option, put, [...element.files]));
  element.multiple = true;
  show();
  return { element, beside: shown, put, read: () => file };
}

CommandForm.prototype.takeInto = function takeInto(option, put, [first, ...rest]) {
  put(first);
  this.take(rest);
};

function suggestions(option, element, form) {
  const id = `suggestions-${option.name}`;
  const list = h("datalist", { id });
  element.setAttribute("list", id);
  let asked = 0;
  element.addEventListener("input", async () => {
    asked += 1;
    const mine = asked;
    const { values } = form.read();
    delete values[option.name];
    const sent = { channel: form.channelId, name: form.leaf.name, option: option.name, text: element.value, options: values };
    const answer = await act("autocomplete", sent);
    if (mine !== asked || !answer) return;
    list.replaceChildren(...answer.choices.map((one) => h("option", { value: one.value }, localised(one, "name"))));
  });
  return list;
}
