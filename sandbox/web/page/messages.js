// Messages: each drawn when it changes, in the channel in the middle or the thread at the side.

import { avatar, h, isNewer, madeAt, notify, unknown } from "./dom.js";
import { attachments, component, settle } from "./components.js";
import { markdown } from "./markdown.js";
import { act, localised, messagesIn, person, state } from "./state.js";

const EPHEMERAL = 64;
const LOADING = 128;
const TOKEN_LIFETIME = 15 * 60 * 1000;

/** A list of messages that follows its channel. */
export class MessageList {
  constructor(channelId, { onReply }) {
    this.channelId = channelId;
    this.onReply = onReply;
    this.rows = new Map();
    this.local = new Map();
    this.element = h("ol", { class: "messages", tabindex: 0, "aria-label": `Messages in ${state.channels.get(channelId)?.name ?? ""}` });
    this.refresh();
  }

  /** Draws what changed; `names` are pieces, none means all. */
  refresh(names = null) {
    const isAtEnd = this.element.scrollHeight - this.element.scrollTop - this.element.clientHeight < 80;
    const messages = messagesIn(this.channelId);
    const present = new Set(messages.map((one) => one.id));
    for (const [id, row] of this.rows) if (!present.has(id)) { row.remove(); this.rows.delete(id); }
    messages.forEach((message, index) => this.place(message, index, names));
    for (const line of this.local.values()) this.element.append(line);
    if (isAtEnd || names === null) this.scrollToEnd();
  }

  place(message, index, names) {
    const old = this.rows.get(message.id);
    const isStale = !old || names === null || names.some((name) => name.endsWith(`:${message.id}`));
    const row = isStale ? this.draw(message) : old;
    if (old && old !== row) {
      const custom = old.contains(document.activeElement) ? document.activeElement.dataset.custom : undefined;
      old.replaceWith(row);
      if (custom) row.querySelector(`[data-custom="${CSS.escape(custom)}"]`)?.focus();
    }
    if (this.element.children[index] !== row) this.element.insertBefore(row, this.element.children[index] ?? null);
    this.rows.set(message.id, row);
  }

  scrollToEnd() {
    this.element.scrollTop = this.element.scrollHeight;
    for (const picture of this.element.querySelectorAll("img")) {
      if (!picture.complete) picture.addEventListener("load", () => { this.element.scrollTop = this.element.scrollHeight; }, { once: true });
    }
  }

  /** Shows that a command is on its way, until its message comes or nobody answers. */
  sending(text) {
    const line = h("li", { class: "message local" }, h("p", { class: "sending" }, text));
    this.local.set(line, line);
    this.refresh([]);
    this.scrollToEnd();
    return {
      done: () => { this.local.delete(line); line.remove(); },
      failed: (words) => {
        const gone = () => { this.local.delete(line); line.remove(); };
        line.replaceChildren(
          h("div", { class: "body" }, h("p", { class: "used" }, text), h("p", { class: "failed", role: "alert" }, `${words}`), only(gone)),
        );
        this.scrollToEnd();
      },
    };
  }

  draw(message) {
    if (message.type === 18) return system(`${person(message.author.id).name} started a thread: `, message);
    if (message.type === 21) return this.starter(message);
    const classes = ["message", message.is_pinged && "pinged", message.is_ephemeral && "ephemeral"].filter(Boolean).join(" ");
    const author = person(message.author.id);
    const row = h("li", { class: classes, data: { id: message.id, author: author.username }, tabindex: -1 });
    row.append(avatar(author), h("div", { class: "body" }, ...this.parts(message, author)));
    if (!message.is_ephemeral) row.append(this.more(message));
    row.addEventListener("contextmenu", (event) => {
      if (event.target.closest("a, img")) return;
      event.preventDefault();
      this.openMenu(message, row, event);
    });
    longPress(row, () => this.openMenu(message, row, null));
    return row;
  }

  parts(message, author) {
    const isLoading = message.flags & LOADING;
    const tag = author.bot ? h("span", { class: "tag" }, "APP") : null;
    const head = h("header", {}, h("strong", {}, author.name), tag, stamp(message));
    const parts = [...origin(message), head];
    if (isLoading) parts.push(thinking(message, author));
    if (message.content) parts.push(markdown(message.content));
    for (const embed of message.embeds) parts.push(unknown("an embed", embed));
    parts.push(...message.components.map((one) => component(one, message)), ...attachments(message.attachments));
    if (message.edited_timestamp && !message.is_ephemeral) parts.push(h("small", { class: "edited" }, "(edited)"));
    if (message.flags & EPHEMERAL) parts.push(only(() => { state.dismissed.add(message.id); this.refresh([]); }));
    const thread = message.thread && state.channels.get(message.id);
    if (thread) parts.push(threadCard(thread));
    return parts.filter(Boolean);
  }

  starter(message) {
    const original = state.messages.get(message.message_reference?.channel_id)?.get(message.message_reference?.message_id) ?? message.referenced_message;
    if (!original) return h("li", { class: "message system" }, "The message that began this thread is gone.");
    const row = this.draw({ ...original, thread: null });
    row.classList.add("starter");
    return row;
  }

  more(message) {
    const label = `More about the message of ${person(message.author.id).name}`;
    return h("button", { type: "button", class: "more", "aria-label": label, "aria-haspopup": "menu", onclick: (event) => this.openMenu(message, event.currentTarget, null) }, "⋯");
  }

  openMenu(message, anchor, event) {
    if (message.is_ephemeral) return;
    const channel = state.channels.get(message.channel_id);
    const entries = [];
    for (const id of channel.commands) {
      const command = state.commands.get(id);
      if (command?.type === 3) entries.push([localised(command, "name"), () => this.useMenu(command, message), "Apps"]);
    }
    if (channel.can_write) entries.push(["Reply", () => this.onReply(message)]);
    entries.push(["Copy message ID", () => navigator.clipboard?.writeText(message.id)]);
    if (message.is_mine || channel.can_manage) {
      entries.push(["Delete message", () => act("delete", { channel: message.channel_id, message: message.id }, { onRefused: notify })]);
    }
    showMenu(entries, anchor, event);
  }

  async useMenu(command, message) {
    const pending = this.sending(`${person(state.people.me).name} uses ${localised(command, "name")}`);
    const sent = { channel: message.channel_id, message: message.id, name: command.name };
    const answer = await act("menu", sent, { onRefused: notify });
    if (answer?.failed) pending.failed(answer.failed);
    else {
      pending.done();
      settle(answer, null);
    }
  }
}

function system(text, message) {
  return h("li", { class: "message system", data: { id: message.id } }, text, h("button", { type: "button", class: "link", data: { opens: message.message_reference?.channel_id ?? message.id } }, message.content));
}

function stamp(message) {
  const sent = new Date(message.timestamp);
  const words = new Intl.DateTimeFormat(state.locale, { timeStyle: "short" }).format(sent);
  return h("time", { datetime: message.timestamp, class: "stamp" }, words);
}

function origin(message) {
  const lines = [];
  const used = message.interaction;
  if (used) lines.push(h("p", { class: "used" }, h("b", {}, person(used.user.id).name), " used ", h("span", { class: "mention" }, `${message.type === 23 ? "" : "/"}${used.name}`)));
  else if (message.message_reference) {
    const answered = message.referenced_message;
    const words = answered ? [h("b", {}, `@${person(answered.author.id).name} `), excerpt(answered)] : ["Original message was deleted"];
    lines.push(h("p", { class: "used reply" }, ...words));
  }
  return lines;
}

function excerpt(message) {
  return message.content.slice(0, 80) || (message.components.length ? "Click to see the message" : "Attachment");
}

function thinking(message, author) {
  const line = h("p", { class: "thinking" });
  const left = TOKEN_LIFETIME - (Date.now() - madeAt(message.id));
  const show = () => {
    const isOver = Date.now() - madeAt(message.id) > TOKEN_LIFETIME;
    line.textContent = isOver ? "The application did not respond" : `${author.name} is thinking…`;
    line.classList.toggle("failed", isOver);
  };
  show();
  if (left > 0) setTimeout(show, left + 100);
  return line;
}

function only(dismiss) {
  const away = h("button", { type: "button", class: "link", onclick: dismiss }, "Dismiss message");
  return h("p", { class: "only-you" }, h("span", { "aria-hidden": "true" }, "◉ "), "Only you can see this • ", away);
}

function threadCard(thread) {
  const count = `${thread.count} ${thread.count === 1 ? "message" : "messages"}`;
  return h("button", { type: "button", class: "thread-card", data: { opens: thread.id } }, h("b", {}, thread.name), h("span", {}, `${thread.archived ? "Archived · " : ""}${count} ›`));
}

// --- the menu of a message ---

function showMenu(entries, anchor, event) {
  const close = () => { menu.remove(); document.removeEventListener("pointerdown", outside, true); };
  const outside = (press) => menu.contains(press.target) || close();
  const menu = h("div", { class: "menu", role: "menu", "aria-label": "Message" });
  for (const [label, run, group] of entries) {
    const words = group ? [h("small", {}, `${group} › `), label] : [label];
    menu.append(h("button", { type: "button", role: "menuitem", onclick: () => { close(); run(); } }, ...words));
  }
  menu.addEventListener("keydown", (press) => {
    const items = [...menu.children];
    const step = { ArrowDown: 1, ArrowUp: -1 }[press.key];
    if (step) items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
    if (press.key === "Escape" || press.key === "Tab") { close(); anchor.focus(); }
  });
  document.body.append(menu);
  const box = anchor.getBoundingClientRect();
  const left = event?.clientX ?? box.right - menu.offsetWidth;
  const top = event?.clientY ?? box.bottom;
  menu.style.left = `${Math.max(8, Math.min(left, innerWidth - menu.offsetWidth - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(top, innerHeight - menu.offsetHeight - 8))}px`;
  menu.firstChild.focus();
  document.addEventListener("pointerdown", outside, true);
}

function longPress(element, run) {
  let timer = 0;
  element.addEventListener("touchstart", () => { timer = setTimeout(run, 550); }, { passive: true });
  for (const name of ["touchend", "touchmove", "touchcancel"]) element.addEventListener(name, () => clearTimeout(timer), { passive: true });
}

/** How much of a channel was not looked at yet, and how often it pings. */
export function unread(channelId) {
  const seen = state.seen.get(channelId);
  const fresh = messagesIn(channelId).filter((one) => !one.is_mine && one.type !== 21 && isNewer(one.id, seen));
  return { count: fresh.length, pings: fresh.filter((one) => one.is_pinged).length };
}
