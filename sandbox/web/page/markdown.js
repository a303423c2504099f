// Discord's markdown. A library parses the dialect; this draws its tree, and reads quotes and lists line by line.

import { parse } from "/vendor/discord-markdown-parser.js";
import { h, unknown } from "./dom.js";
import { person, state } from "./state.js";

/** Draws a text as Discord does. */
export function markdown(text) {
  const block = h("div", { class: "markdown" });
  for (const { kind, lines } of groups(text)) {
    if (kind === "quote") block.append(h("blockquote", {}, ...inline(lines.join("\n"))));
    else if (kind === "list") block.append(h("ul", {}, ...lines.map((line) => h("li", {}, ...inline(line)))));
    else block.append(...inline(lines.join("\n")));
  }
  return block;
}

function* groups(text) {
  let group = null;
  let isCode = false;
  for (const line of text.split("\n")) {
    const [kind, rest] = isCode ? ["text", line] : kindOf(line);
    if ((line.match(/```/g) ?? []).length % 2) isCode = !isCode;
    if (group?.kind === kind) group.lines.push(rest);
    else {
      if (group) yield group;
      group = { kind, lines: [rest] };
    }
  }
  if (group) yield group;
}

function kindOf(line) {
  if (/^ *> /.test(line)) return ["quote", line.replace(/^ *> /, "")];
  if (/^ *[-*] /.test(line)) return ["list", line.replace(/^ *[-*] /, "")];
  return ["text", line];
}

const inline = (text) => nodes(parse(text, "extended"));
const nodes = (tree) => (Array.isArray(tree) ? tree.flatMap(node) : [String(tree)]);

const WRAPPED = { strong: "strong", em: "em", underline: "u", strikethrough: "s", inlineCode: "code" };

function node(one) {
  if (one.type === "text") return [one.content];
  if (one.type === "br" || one.type === "newline") return ["\n"];
  if (WRAPPED[one.type]) return [h(WRAPPED[one.type], {}, ...nodes(one.content))];
  const draw = DRAWN[one.type];
  return [draw ? draw(one) : unknown(`markdown of type ${one.type}`, one)];
}

const mention = (text) => h("span", { class: "mention" }, text);

const DRAWN = {
  heading: (one) => h("div", { class: `heading level-${one.level}`, role: "heading", "aria-level": one.level + 1 }, ...nodes(one.content)),
  subtext: (one) => h("small", {}, ...nodes(one.content)),
  blockQuote: (one) => h("blockquote", {}, ...nodes(one.content)),
  codeBlock: (one) => h("pre", {}, h("code", {}, one.content)),
  link: (one) => link(one.target, nodes(one.content)),
  url: (one) => link(one.target, nodes(one.content)),
  autolink: (one) => link(one.target, nodes(one.content)),
  spoiler: (one) => spoiler(nodes(one.content)),
  user: (one) => mention(`@${person(one.id).name}`),
  everyone: () => mention("@everyone"),
  here: () => mention("@here"),
  role: (one) => mention(`@${roleName(one.id)}`),
  channel: (one) => channelMention(one.id),
  emoji: (one) => `:${one.name}:`,
  twemoji: (one) => one.name,
  slashCommand: (one) => mention(`/${one.fullName ?? one.name}`),
  timestamp: (one) => timestamp(Number(one.timestamp), one.format ?? "f"),
};

function roleName(id) {
  for (const guild of state.guilds.values()) for (const role of guild.roles) if (role.id === id) return role.name;
  return "unknown-role";
}

function channelMention(id) {
  const name = state.channels.get(id)?.name;
  if (name === undefined) return mention("#No Access");
  return h("a", { href: `#${id}`, class: "mention", data: { opens: id } }, `#${name}`);
}

function link(target, children) {
  const inside = /^https:\/\/discord\.com\/channels\/[^/]+\/(\d+)(?:\/(\d+))?$/.exec(target);
  if (inside) {
    return h("a", { href: `#${inside[1]}`, data: { opens: inside[1], message: inside[2] ?? "" } }, ...children);
  }
  if (!/^https?:/.test(target)) return h("span", {}, ...children);
  return h("a", { href: target, target: "_blank", rel: "noreferrer noopener" }, ...children);
}

function spoiler(children) {
  const hidden = h("button", { type: "button", class: "spoiler", "aria-label": "Spoiler", onclick: () => hidden.replaceWith(...children) });
  hidden.append(h("span", { "aria-hidden": "true" }, "spoiler"));
  return hidden;
}

// --- times ---

const SHAPES = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
  s: { dateStyle: "short", timeStyle: "short" },
  S: { dateStyle: "short", timeStyle: "medium" },
};
const SPANS = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

export function timestamp(seconds, format) {
  const moment = new Date(seconds * 1000);
  const full = new Intl.DateTimeFormat(state.locale, SHAPES.F).format(moment);
  const element = h("time", { datetime: moment.toISOString(), title: full, data: { format, seconds } });
  element.textContent = format === "R" ? relative(seconds) : new Intl.DateTimeFormat(state.locale, SHAPES[format]).format(moment);
  return element;
}

function relative(seconds) {
  const away = seconds - Math.floor(Date.now() / 1000);
  const [unit, size] = SPANS.find(([, one]) => Math.abs(away) >= one) ?? ["second", 1];
  const words = new Intl.RelativeTimeFormat(state.locale, { numeric: away === 0 ? "auto" : "always" });
  return words.format(Math.trunc(away / size), unit);
}

setInterval(() => {
  for (const element of document.querySelectorAll('time[data-format="R"]')) {
    const text = relative(Number(element.dataset.seconds));
    if (element.textContent !== text) element.textContent = text;
  }
}, 1000);
