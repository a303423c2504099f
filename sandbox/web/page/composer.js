// The text box: messages, and behind "/" the picker of the commands that the bot published.

import { h, notify } from "./dom.js";
import { settle } from "./components.js";
import { CommandForm, leaves } from "./command_form.js";
import { act, localised, person, state } from "./state.js";

let number = 0;

/** The text box below a list of messages. */
export class Composer {
  constructor(channelId, list) {
    this.channelId = channelId;
    this.list = list;
    this.files = [];
    this.replyTo = null;
    this.form = null;
    this.found = [];
    this.chosen = 0;
    number += 1;
    const pickerId = `picker-${number}`;
    this.picker = h("ul", { class: "picker", id: pickerId, role: "listbox", "aria-label": "Commands", hidden: true });
    this.box = h("textarea", { rows: 1, role: "combobox", "aria-expanded": "false", "aria-controls": pickerId, "aria-autocomplete": "list", maxlength: 2000 });
    this.chooser = h("input", { type: "file", multiple: true, hidden: true, "aria-label": "Files to attach" });
    this.attach = h("button", { type: "button", class: "attach", "aria-label": "Attach files", onclick: () => this.chooser.click() }, "+");
    this.send = h("button", { type: "button", class: "send", "aria-label": "Send message", onclick: () => this.say() }, "➤");
    this.pending = h("div", { class: "pending" });
    this.bar = h("div", { class: "bar" }, this.attach, this.box, this.send, this.chooser);
    this.element = h("div", { class: "composer" }, this.picker, this.pending, this.bar);
    this.box.addEventListener("input", () => this.look());
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.chooser.addEventListener("change", () => { this.take([...this.chooser.files]); this.chooser.value = ""; });
    this.refresh();
  }

  /** Shows whether this person can write here. */
  refresh() {
    const channel = state.channels.get(this.channelId);
    const can = Boolean(channel?.can_write);
    const name = channel?.parent ? "the thread" : channel?.type === 1 ? channel.name : `#${channel?.name ?? ""}`;
    this.box.disabled = this.attach.disabled = this.send.disabled = !can;
    this.box.placeholder = can ? `Message ${name} · / for commands` : "You cannot write here";
    this.box.setAttribute("aria-label", this.box.placeholder);
  }

  /** Takes files that were chosen, dropped or pasted. */
  take(files) {
    if (!state.channels.get(this.channelId)?.can_write) return;
    if (this.form) this.form.take(files);
    else {
      this.files.push(...files);
      this.showPending();
    }
  }

  replyingTo(message) {
    this.replyTo = message;
    this.showPending();
    this.box.focus();
  }

  showPending() {
    const drop = (file) => { this.files = this.files.filter((one) => one !== file); this.showPending(); };
    const tiles = this.files.map((file) => h("span", { class: "chip" }, file.name, h("button", { type: "button", "aria-label": `Remove ${file.name}`, onclick: () => drop(file) }, "✕")));
    if (this.replyTo) {
      const away = () => { this.replyTo = null; this.showPending(); };
      tiles.unshift(h("span", { class: "chip" }, `Replying to ${person(this.replyTo.author.id).name}`, h("button", { type: "button", "aria-label": "Do not reply", onclick: away }, "✕")));
    }
    this.pending.replaceChildren(...tiles);
  }

  // --- plain messages ---

  async say() {
    const content = this.box.value.trim();
    if (!content && !this.files.length) return;
    const sent = { channel: this.channelId, content, message: this.replyTo?.id };
    const answer = await act("say", sent, { files: { file: this.files }, onRefused: notify });
    if (!answer) return;
    this.box.value = "";
    this.files = [];
    this.replyTo = null;
    this.showPending();
    this.look();
    this.list.scrollToEnd();
  }

  key(event) {
    const isOpen = !this.picker.hidden;
    if (isOpen && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      this.chosen = (this.chosen + (event.key === "ArrowDown" ? 1 : -1) + this.found.length) % this.found.length;
      this.mark();
    } else if (isOpen && (event.key === "Enter" || event.key === "Tab") && this.found.length) {
      event.preventDefault();
      this.pick(this.found[this.chosen]);
    } else if (event.key === "Escape") {
      this.box.value = "";
      this.look();
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.say();
    }
  }

  // --- the picker ---

  look() {
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight, 160)}px`;
    const typed = this.box.value;
    const isCommand = typed.startsWith("/") && !typed.includes("\n");
    const word = typed.slice(1).trim().toLowerCase();
    this.found = isCommand ? leaves(this.channelId).filter((one) => one.shown.toLowerCase().startsWith(word) || one.name.startsWith(word)) : [];
    this.chosen = 0;
    this.picker.replaceChildren(...this.found.map((one, index) => this.entry(one, index)));
    this.picker.hidden = !this.found.length;
    this.box.setAttribute("aria-expanded", String(!this.picker.hidden));
    this.mark();
  }

  entry(leaf, index) {
    const needed = leaf.options.filter((one) => one.required).map((one) => h("span", { class: "option-name" }, localised(one, "name")));
    const more = leaf.options.length - needed.length;
    const words = h("span", { class: "entry-head" }, h("b", {}, `/${leaf.shown}`), ...needed, more ? h("span", { class: "muted" }, `+${more} optional`) : null);
    const bot = h("span", { class: "muted by" }, person(state.people.bot).name);
    const entry = h("li", { role: "option", id: `${this.picker.id}-${index}`, "aria-selected": "false" }, h("div", {}, words, h("small", {}, leaf.description)), bot);
    entry.addEventListener("click", () => this.pick(leaf));
    return entry;
  }

  mark() {
    [...this.picker.children].forEach((entry, index) => {
      entry.setAttribute("aria-selected", String(index === this.chosen));
      if (index === this.chosen) entry.scrollIntoView({ block: "nearest" });
    });
    const active = this.picker.children[this.chosen];
    if (active && !this.picker.hidden) this.box.setAttribute("aria-activedescendant", active.id);
    else this.box.removeAttribute("aria-activedescendant");
  }

  /** Opens a command's form. */
  pick(leaf) {
    this.box.value = "";
    this.look();
    this.form?.element.remove();
    this.form = new CommandForm(leaf, this.channelId, { onSend: (values, files) => this.use(leaf, values, files), onCancel: () => this.close() });
    this.bar.hidden = true;
    this.element.append(this.form.element);
    if (this.files.length) {
      const waiting = this.files;
      this.files = [];
      this.showPending();
      this.form.take(waiting);
    }
    this.form.focus();
    return this.form;
  }

  close() {
    this.form?.element.remove();
    this.form = null;
    this.bar.hidden = false;
    this.box.focus();
  }

  async use(leaf, values, files) {
    const form = this.form;
    const pending = this.list.sending(`Sending /${leaf.shown}…`);
    const options = { channel: this.channelId, name: leaf.name, options: values };
    const answer = await act("slash", options, { files, onRefused: (text) => form.complain(text) });
    if (!answer) {
      pending.done();
      return;
    }
    if (this.form === form) this.close();
    if (answer.failed) pending.failed(answer.failed);
    else {
      pending.done();
      settle(answer, null);
    }
  }
}
