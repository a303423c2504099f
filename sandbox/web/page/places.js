// Servers, channels and threads on the left.

import { h } from "./dom.js";
import { unread } from "./messages.js";
import { person, state } from "./state.js";

const SIGNS = { 0: "#", 1: "@", 2: "♪", 3: "◦", 5: "»", 13: "♪", 15: "≡", 16: "≡", 10: "↳", 11: "↳", 12: "↳" };

/** Draws the list of places; `openDirect` opens the direct messages with the bot. */
export function drawPlaces(element, { openDirect }) {
  const guilds = [...state.guilds.values()];
  const direct = [...state.channels.values()].filter((one) => one.type === 1);
  const groups = [...state.channels.values()].filter((one) => one.type === 3);
  const focused = document.activeElement?.dataset?.opens;
  element.replaceChildren(
    ...guilds.map((guild) => section(guild.name, guild.id, channelsOf(guild.id))),
    ...(groups.length ? [section("Groups", "groups", groups)] : []),
    direct.length
      ? section("Direct messages", "direct", direct)
      : h("section", {}, h("h2", {}, "Direct messages"), h("ul", {}, h("li", {}, h("button", { type: "button", class: "place", onclick: openDirect }, h("span", { class: "sign", "aria-hidden": "true" }, "@"), person(state.people.bot).name)))),
  );
  if (focused) element.querySelector(`[data-opens="${focused}"]`)?.focus();
}

const inOrder = (a, b) => a.position - b.position || (BigInt(a.id) < BigInt(b.id) ? -1 : 1);
const channelsOf = (guildId) => [...state.channels.values()].filter((one) => one.guild === guildId && !one.parent && one.type !== 4).sort(inOrder);
const threadsOf = (channelId) => [...state.channels.values()].filter((one) => one.parent === channelId && !one.archived).sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? 1 : -1)).slice(0, 8);

function section(name, id, channels) {
  const list = h("ul", { "aria-labelledby": `server-${id}` });
  for (const channel of channels) {
    list.append(h("li", {}, place(channel)));
    for (const thread of threadsOf(channel.id)) list.append(h("li", { class: "thread" }, place(thread)));
  }
  return h("section", {}, h("h2", { id: `server-${id}` }, name), list);
}

function place(channel) {
  const { count, pings } = unread(channel.id);
  const isOpen = channel.id === state.channel || channel.id === state.thread;
  const badge = pings ? h("span", { class: "badge" }, String(pings), h("span", { class: "unseen" }, " mentions")) : null;
  const classes = `place${count ? " unread" : ""}${isOpen ? " open" : ""}`;
  const sign = h("span", { class: "sign", "aria-hidden": "true" }, SIGNS[channel.type] ?? "#");
  return h("button", { type: "button", class: classes, "aria-current": isOpen ? "true" : null, data: { opens: channel.id } }, sign, h("span", { class: "place-name" }, channel.name), badge);
}
