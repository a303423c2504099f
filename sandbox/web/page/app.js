// The page: who looks, where they are, and the socket that tells what changed.

import { h, notify } from "./dom.js";
import { leaves } from "./command_form.js";
import { Pane } from "./pane.js";
import { drawPlaces } from "./places.js";
import { act, forget, state, take, watch } from "./state.js";
import { openTour } from "./tour.js";
import { openWeather } from "./weather.js";

const $ = (selector) => document.querySelector(selector);
const LOCALES = ["en-US", "en-GB", "de", "fr", "es-ES", "pt-BR", "ja", "ko", "zh-CN", "it", "pl", "uk"];
const ATTACHMENT = 11;
let socket = null;
let middle = null;
let side = null;

// --- who looks ---

function connect(username) {
  forget();
  socket?.close();
  middle = side = null;
  $("#middle").replaceChildren();
  closeThread();
  state.persona = username;
  remember("as", username);
  const mine = new WebSocket(`${location.protocol.replace("http", "ws")}//${location.host}/socket?as=${encodeURIComponent(username)}`);
  socket = mine;
  mine.addEventListener("message", (event) => socket === mine && take(JSON.parse(event.data)));
  mine.addEventListener("close", () => {
    if (socket !== mine) return;
    $("#offline").hidden = false;
    comeBack();
  });
}

/** Loads the page anew as soon as the sandbox answers again. */
async function comeBack() {
  const isThere = await fetch("/weather").then((answer) => answer.ok, () => false);
  if (isThere) location.reload();
  else setTimeout(comeBack, 2000);
}

function remember(name, value) {
  const address = new URL(location.href);
  address.searchParams.set(name, value);
  address.hash = "";
  history.replaceState(null, "", address);
}

function drawPersonas() {
  const control = $("#persona");
  const told = JSON.stringify(state.people.personas);
  if (control.dataset.told !== told) {
    control.dataset.told = told;
    const servers = [...new Set(state.people.personas.map((one) => one.in))];
    const of = (server) => state.people.personas.filter((one) => one.in === server);
    const option = (one) => h("option", { value: one.username }, `${one.name} · ${one.is}`);
    control.replaceChildren(...servers.map((server) => h("optgroup", { label: server }, ...of(server).map(option))));
  }
  control.value = state.persona;
  const isOnline = state.people.is_bot_online;
  $("#bot-state").textContent = isOnline ? "Bot online" : "Bot offline";
  $("#bot-state").classList.toggle("down", !isOnline);
}

// --- where they are ---

/** Opens a channel in the middle, or a thread at the side of its channel. */
function open(channelId, messageId = null) {
  const channel = state.channels.get(channelId);
  if (!channel) return notify("You do not see this channel.");
  if (channel.parent) {
    if (state.channel !== channel.parent) openChannel(channel.parent);
    openThread(channelId);
  } else openChannel(channelId);
  document.body.classList.remove("menu-open");
  if (messageId) show(messageId);
  refreshPlaces();
  return undefined;
}

function openChannel(channelId) {
  if (!state.channels.has(channelId)) return;
  if (state.thread && state.channels.get(state.thread)?.parent !== channelId) closeThread();
  else if (state.thread) document.body.classList.remove("thread-open-small");
  if (state.channel === channelId && middle) return;
  state.channel = channelId;
  middle = new Pane(channelId);
  $("#middle").replaceChildren(middle.element);
  middle.list.scrollToEnd();
  remember("in", state.channels.get(channelId).name);
}

function openThread(channelId) {
  if (state.thread !== channelId) {
    state.thread = channelId;
    side = new Pane(channelId, { onClose: closeThread });
    $("#side").replaceChildren(side.element);
  }
  $("#side").hidden = false;
  document.body.classList.add("thread-open");
  side.list.scrollToEnd();
}

function closeThread() {
  state.thread = null;
  side = null;
  $("#side").replaceChildren();
  $("#side").hidden = true;
  document.body.classList.remove("thread-open");
  if (state.channel) refreshPlaces();
}

function show(messageId) {
  const row = document.querySelector(`.message[data-id="${messageId}"]`);
  if (!row) return;
  row.scrollIntoView({ block: "center" });
  row.classList.add("shown");
  row.focus();
  setTimeout(() => row.classList.remove("shown"), 2500);
}

const refreshPlaces = () => drawPlaces($("#places"), { openDirect });

async function openDirect() {
  const answer = await act("direct", {}, { onRefused: notify });
  if (!answer) return;
  if (state.channels.has(answer.channel)) open(answer.channel);
  else wanted = answer.channel;
}

let wanted = null;

watch((names) => {
  drawPersonas();
  if (state.channel && !state.channels.has(state.channel)) state.channel = middle = null;
  if (state.thread && !state.channels.has(state.thread)) closeThread();
  if (!state.channel) {
    const asked = new URL(location.href).searchParams.get("in");
    const first = [...state.channels.values()].filter((one) => one.type === 0);
    const found = first.find((one) => one.name === asked) ?? first[0];
    if (found) openChannel(found.id);
  } else {
    middle?.refresh(names);
    side?.refresh(names);
  }
  if (wanted && state.channels.has(wanted)) {
    open(wanted);
    wanted = null;
  }
  refreshPlaces();
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (!opener) return;
  event.preventDefault();
  open(opener.dataset.opens, opener.dataset.message);
});

// --- the bar at the top ---

/** Opens the command that takes pictures, with these files. */
function remix(files, prompt) {
  if (!middle || !state.channels.get(state.channel).can_write) return notify("This person cannot write here. Be Ada or Ben.");
  const leaf = leaves(state.channel).find((one) => one.options.some((option) => option.type === ATTACHMENT));
  if (!leaf) return notify("There is no command that takes pictures here: is the bot online?");
  const form = middle.composer.pick(leaf);
  form.take(files);
  if (prompt) form.fill({ prompt });
  form.focus();
  return undefined;
}

function become(username) {
  $("#persona").value = username;
  connect(username);
}

const tour = () => openTour({ remix, become, weather: openWeather });

$("#persona").addEventListener("change", (event) => connect(event.target.value));
$("#weather").addEventListener("click", openWeather);
$("#tour").addEventListener("click", tour);
$("#menu").addEventListener("click", () => document.body.classList.toggle("menu-open"));
$("#theme").addEventListener("click", () => {
  const isDark = document.documentElement.dataset.theme === "dark";
  setTheme(isDark ? "light" : "dark");
  localStorage.setItem("theme", document.documentElement.dataset.theme);
});
$("#locale").replaceChildren(...LOCALES.map((one) => h("option", { value: one }, `${new Intl.DisplayNames(["en"], { type: "language" }).of(one)} (${one})`)));
$("#locale").addEventListener("change", (event) => {
  state.locale = event.target.value;
  localStorage.setItem("locale", state.locale);
  middle?.refresh(null);
  side?.refresh(null);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.body.classList.remove("menu-open");
});

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  $("#theme").setAttribute("aria-label", theme === "dark" ? "Use the light theme" : "Use the dark theme");
}

setTheme(localStorage.getItem("theme") ?? (matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark"));
state.locale = localStorage.getItem("locale") ?? "en-US";
$("#locale").value = state.locale;
connect(new URL(location.href).searchParams.get("as") ?? "ada");
if (!localStorage.getItem("toured")) {
  localStorage.setItem("toured", "yes");
  tour();
}
