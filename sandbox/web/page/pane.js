// A pane: one channel or thread with its messages and its text box.

import { h } from "./dom.js";
import { Composer } from "./composer.js";
import { MessageList } from "./messages.js";
import { messagesIn, state } from "./state.js";

export class Pane {
  constructor(channelId, { onClose } = {}) {
    this.channelId = channelId;
    this.list = new MessageList(channelId, { onReply: (message) => this.composer.replyingTo(message) });
    this.composer = new Composer(channelId, this.list);
    this.title = h("h2", {});
    this.topic = h("p", { class: "topic" });
    const close = onClose && h("button", { type: "button", class: "close", "aria-label": "Close thread", onclick: onClose }, "✕");
    const head = h("header", { class: "pane-head" }, this.title, this.topic, close);
    this.element = h("section", { class: "pane", data: { channel: channelId } }, head, this.list.element, this.composer.element);
    this.element.addEventListener("dragover", (event) => { event.preventDefault(); this.element.classList.add("dropping"); });
    this.element.addEventListener("dragleave", () => this.element.classList.remove("dropping"));
    this.element.addEventListener("drop", (event) => this.drop(event));
    this.element.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (!files.length) return;
      event.preventDefault();
      this.composer.take(files);
    });
    this.refresh(null);
  }

  drop(event) {
    event.preventDefault();
    this.element.classList.remove("dropping");
    this.composer.take([...event.dataTransfer.files]);
  }

  /** Draws what changed. */
  refresh(names) {
    const channel = state.channels.get(this.channelId);
    this.title.textContent = channel ? `${channel.type === 1 ? "@ " : channel.parent ? "↳ " : "# "}${channel.name}` : "Gone";
    this.topic.textContent = [channel?.archived && "archived", channel?.locked && "locked", channel?.topic].filter(Boolean).join(" · ");
    const isMeant = names === null || names.some((name) => name.startsWith(`message:${this.channelId}:`) || name.startsWith("channel:"));
    if (isMeant) this.list.refresh(names === null ? null : this.touched(names));
    this.composer.refresh();
    state.seen.set(this.channelId, messagesIn(this.channelId).at(-1)?.id ?? "0");
  }

  // A thread's name and count stand on the message that began it, whose piece does not change with them.
  touched(names) {
    return [...names, ...names.filter((name) => name.startsWith("channel:")).map((name) => name.replace("channel:", "message::"))];
  }
}
