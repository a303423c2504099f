// Components V2 and the older rows, drawn as Discord draws them.

import { h, notify, readableSize, unknown } from "./dom.js";
import { markdown } from "./markdown.js";
import { openModal } from "./modal.js";
import { act, person, state } from "./state.js";
import { openViewer } from "./viewer.js";

/** Draws one component of a message. */
export function component(one, message) {
  const draw = DRAWN[one.type];
  return draw ? draw(one, message) : unknown(`a component of type ${one.type}`, one);
}

const all = (list, message) => (list ?? []).map((one) => component(one, message));

const DRAWN = {
  1: (one, message) => h("div", { class: "row" }, ...all(one.components, message)),
  2: button,
  3: (one, message) => select(one, message, one.options),
  5: (one, message) => select(one, message, members(message)),
  6: (one, message) => select(one, message, roles(message)),
  7: (one, message) => select(one, message, [...members(message), ...roles(message)]),
  8: (one, message) => select(one, message, channels(message, one.channel_types)),
  9: section,
  10: (one) => markdown(one.content),
  11: (one) => media(one, { class: "thumbnail" }),
  12: gallery,
  13: fileCard,
  14: separator,
  17: container,
};

function container(one, message) {
  const box = h("div", { class: "container" }, ...all(one.components, message));
  if (one.accent_color !== null && one.accent_color !== undefined) {
    box.style.borderInlineStartColor = `#${one.accent_color.toString(16).padStart(6, "0")}`;
    box.classList.add("accented");
  }
  return one.spoiler ? veiled(box) : box;
}

function section(one, message) {
  const texts = h("div", { class: "section-texts" }, ...all(one.components, message));
  return h("div", { class: "section" }, texts, h("div", { class: "accessory" }, component(one.accessory, message)));
}

function separator(one) {
  return h("div", { class: `separator spacing-${one.spacing ?? 1}${one.divider === false ? "" : " divider"}` });
}

// --- buttons and menus ---

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger" };

function face(one) {
  return [one.emoji && h("span", { class: "emoji" }, one.emoji.id ? `:${one.emoji.name}:` : one.emoji.name), one.label].filter(Boolean);
}

function button(one, message) {
  if (one.style === 5) {
    const target = { href: one.url, target: "_blank", rel: "noreferrer noopener", class: "button secondary" };
    return h("a", target, ...face(one), h("span", { class: "outward", "aria-hidden": "true" }, "↗"));
  }
  if (!STYLES[one.style]) return unknown(`a button of style ${one.style}`, one);
  const properties = { type: "button", class: `button ${STYLES[one.style]}`, disabled: one.disabled, data: { custom: one.custom_id } };
  return h("button", { ...properties, onclick: (event) => operate(event.currentTarget, message, "click", { custom_id: one.custom_id }) }, ...face(one));
}

/** Sends a click or a choice, shows that it is on its way, and says so when nobody answers. */
export async function operate(control, message, deed, sent) {
  control.setAttribute("aria-busy", "true");
  control.disabled = true;
  const where = { channel: message.channel_id, message: message.id };
  const answer = await act(deed, { ...where, ...sent }, { onRefused: notify });
  control.removeAttribute("aria-busy");
  control.disabled = false;
  settle(answer, control);
}

/** What follows from an answer: a modal, or the word that none came. */
export function settle(answer, control) {
  if (answer?.modal) openModal(answer.modal, answer.interaction, { onFailed: (text) => notify(text) });
  if (!answer?.failed) return;
  const place = control?.closest(".message")?.querySelector(".body");
  const failure = h("p", { class: "failed", role: "alert" }, answer.failed);
  if (place) place.append(failure);
  else notify(answer.failed);
  setTimeout(() => failure.remove(), 10000);
}

function select(one, message, options) {
  const preset = new Set((one.default_values ?? []).map((value) => value.id));
  const least = one.min_values ?? 1;
  const most = one.max_values ?? 1;
  const label = one.placeholder || "Make a selection";
  const several = most > 1;
  const control = h("select", { class: "select", "aria-label": label, multiple: several, disabled: one.disabled, data: { custom: one.custom_id } });
  if (!several) control.append(h("option", { value: "" }, label));
  for (const option of options) {
    const text = [option.emoji?.id ? "" : option.emoji?.name, option.label, option.description && `— ${option.description}`];
    const entry = h("option", { value: option.value }, text.filter(Boolean).join(" "));
    entry.selected = Boolean(option.default) || preset.has(option.value);
    control.append(entry);
  }
  const send = () => {
    const values = [...control.selectedOptions].map((option) => option.value).filter(Boolean);
    if (values.length >= least && values.length <= most) operate(control, message, "select", { custom_id: one.custom_id, values });
  };
  if (!several) {
    control.addEventListener("change", send);
    return control;
  }
  const done = h("button", { type: "button", class: "button secondary", onclick: send }, `Choose ${least} to ${most}`);
  return h("div", { class: "several" }, control, done);
}

const guildOf = (message) => state.guilds.get(state.channels.get(message.channel_id)?.guild);
const members = (message) => (guildOf(message)?.members ?? []).map((id) => ({ value: id, label: person(id).name }));
const roles = (message) => (guildOf(message)?.roles ?? []).map((role) => ({ value: role.id, label: `@${role.name}` }));

function channels(message, types) {
  const guild = state.channels.get(message.channel_id)?.guild;
  const here = [...state.channels.values()].filter((one) => one.guild === guild && (!types?.length || types.includes(one.type)));
  return here.map((one) => ({ value: one.id, label: `#${one.name}` }));
}

// --- pictures and files ---

/** Hides something until it is asked for. */
export function veiled(content) {
  const veil = h("div", { class: "veiled" }, content);
  const lift = h("button", { type: "button", class: "lift", "aria-label": "Show spoiler", onclick: () => { veil.classList.remove("veiled"); lift.remove(); } }, "SPOILER");
  content.inert = true;
  lift.addEventListener("click", () => { content.inert = false; });
  veil.append(lift);
  return veil;
}

function media(one, properties, siblings = [one]) {
  const { media: file } = one;
  const alt = one.description ?? "";
  const isVideo = file.content_type?.startsWith("video/");
  const picture = isVideo
    ? h("video", { src: file.url, controls: true, "aria-label": alt || "Video" })
    : h("img", { src: file.url, alt, width: file.width, height: file.height });
  if (isVideo) return one.spoiler ? veiled(picture) : picture;
  const opener = h("button", { type: "button", ...properties, "aria-label": `Open picture${alt ? `: ${alt}` : ""}` }, picture);
  opener.addEventListener("click", () => openViewer(siblings.map((each) => ({ url: each.media.url, alt: each.description ?? "" })), siblings.indexOf(one)));
  return one.spoiler ? veiled(opener) : opener;
}

function gallery(one) {
  const items = one.items.map((item) => media(item, { class: "picture" }, one.items));
  return h("div", { class: `gallery of-${items.length}` }, ...items);
}

function fileCard(one) {
  const card = file({ filename: one.name ?? "file", size: one.size ?? 0, url: one.file.url });
  return one.spoiler ? veiled(card) : card;
}

function file({ filename, size, url }) {
  return h("div", { class: "file" }, h("span", { class: "file-icon", "aria-hidden": "true" }, "▤"), h("a", { href: url, target: "_blank" }, filename), h("small", {}, readableSize(size)));
}

/** Draws what is attached to a message and shown by no component. */
export function attachments(list) {
  const isPicture = (one) => one.content_type?.startsWith("image/") && one.width;
  const asItem = (one) => ({ media: one, description: one.description ?? one.filename, spoiler: Boolean((one.flags ?? 0) & 8) });
  const pictures = list.filter(isPicture).map(asItem);
  const rest = list.filter((one) => !isPicture(one)).map(file);
  return [pictures.length ? gallery({ items: pictures }) : null, ...rest];
}
