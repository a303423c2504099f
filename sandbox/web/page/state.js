// What the page knows: the pieces of the screen that the sandbox sends, and who looks at them.

import { isNewer } from "./dom.js";

export const state = {
  people: { me: "0", bot: "0", everyone: {}, personas: [], is_bot_online: false },
  guilds: new Map(),
  channels: new Map(),
  commands: new Map(),
  messages: new Map(), // by channel, then by message
  persona: "",
  locale: "en-US",
  channel: null, // the one in the middle
  thread: null, // the one at the side
  seen: new Map(), // the newest message that was looked at, by channel
  dismissed: new Set(), // ephemeral messages that were sent away
};

const listeners = new Set();

/** Calls back with the names of the pieces that changed. */
export const watch = (listener) => listeners.add(listener);

const shelves = { guild: state.guilds, channel: state.channels, command: state.commands };

function shelf(name) {
  const [kind, id, inner] = name.split(":");
  if (kind !== "message") return [shelves[kind], id];
  if (!state.messages.has(id)) state.messages.set(id, new Map());
  return [state.messages.get(id), inner];
}

/** Takes in what the sandbox sent. */
export function take({ put = {}, drop = [] }) {
  for (const [name, value] of Object.entries(put)) {
    if (name === "people") {
      state.people = value;
      continue;
    }
    const [map, id] = shelf(name);
    map.set(id, { id, ...value });
  }
  for (const name of drop) {
    const [map, id] = shelf(name);
    map.delete(id);
  }
  const changed = [...Object.keys(put), ...drop];
  for (const listener of listeners) listener(changed);
}

/** Forgets everything: another person looks. */
export function forget() {
  for (const map of [state.guilds, state.channels, state.commands, state.messages, state.seen]) map.clear();
  state.channel = state.thread = null;
}

export const person = (id) => state.people.everyone[id] ?? { name: "unknown", username: "unknown", bot: false };

/** The messages of a channel, oldest first. */
export function messagesIn(channelId) {
  const messages = [...(state.messages.get(channelId) ?? new Map()).values()];
  return messages.filter((one) => !state.dismissed.has(one.id)).sort((a, b) => (isNewer(a.id, b.id) ? 1 : -1));
}

/** A command's or option's name or description in the reader's language. */
export function localised(thing, key) {
  const words = thing[`${key}_localizations`];
  return words?.[state.locale] ?? words?.[state.locale.split("-")[0]] ?? thing[key];
}

/** Does something as this person; answers what their client learns at once, or null if it was refused. */
export async function act(deed, sent, { files = {}, onRefused = () => {} } = {}) {
  const form = new FormData();
  form.set("as", state.persona);
  form.set("locale", state.locale);
  form.set("sent", JSON.stringify(sent));
  for (const [name, list] of Object.entries(files)) for (const file of list) form.append(`file.${name}`, file);
  let answer;
  try {
    answer = await (await fetch(`/deeds/${deed}`, { method: "POST", body: form })).json();
  } catch (error) {
    answer = { refused: `The sandbox is out of reach (${error.message})` };
  }
  if (answer.refused === undefined) return answer;
  onRefused(answer.refused);
  return null;
}
