// The weather panel: the world bent by hand. Each control is a POST to /weather/…, which anyone else may send as well.

import { h, notify, openDialog } from "./dom.js";
import { state } from "./state.js";

async function bend(name, told = {}) {
  const answer = await (await fetch(`/weather/${name}`, { method: "POST", body: JSON.stringify(told) })).json();
  if (answer.refused) notify(answer.refused);
  return answer;
}

const SCALE = { view_channel: "View Channel", send_messages: "Send Messages", send_messages_in_threads: "Send Messages in Threads", create_public_threads: "Create Public Threads", attach_files: "Attach Files", read_message_history: "Read Message History", connect: "Connect" };

/** Opens the panel, which follows the world while it is open. */
export async function openWeather() {
  const now = await (await fetch("/weather")).json();
  const report = h("p", { class: "report", role: "status" });
  const show = (told) => {
    const bot = told.bot_pid === null ? "not running" : `process ${told.bot_pid}${told.is_bot_connected ? "" : ", not connected"}`;
    report.textContent = `RunComfy: ${told.provider}, ${told.running} running, ${told.waiting} waiting${told.is_held ? " (held)" : ""}, ${told.planned} planned. Discord: ${told.discord}. Bot: ${bot}.`;
  };
  const send = async (name, told) => {
    const answer = await bend(name, told);
    if (!answer.refused) show(answer);
  };
  const button = (label, name, told) => h("button", { type: "button", class: "button secondary", onclick: () => send(name, typeof told === "function" ? told() : told) }, label);
  const number = (label, value, limits) => {
    const input = h("input", { type: "number", value, "aria-label": label, ...limits });
    return input;
  };
  const pick = (label, options, value, run) => {
    const control = h("select", { "aria-label": label, onchange: () => run(control.value) }, ...options.map(([key, words]) => h("option", { value: key, selected: key === String(value) }, words)));
    return control;
  };
  const length = number("Strangers before us", now.strangers, { min: 0, max: 50 });
  const seconds = number("Seconds of a run", now.run_seconds, { min: 0, max: 3600, step: "any" });
  const here = state.channels.get(state.channel);
  const guild = state.guilds.get(here?.guild);
  const takes = now.takeable.map((name) => h("input", { type: "checkbox", value: name }));
  const take = () => ({ channel: here.parent ?? here.id, take: takes.filter((one) => one.checked).map((one) => one.value) });
  const rows = [
    group("RunComfy’s queue", h("div", { class: "row" }, length, button("Set queue length", "queue", () => ({ length: Number(length.value) })), button("Hold", "hold", { on: true }), button("Release", "hold", { on: false }))),
    group("A run takes", h("div", { class: "row" }, seconds, button("Set run time", "run-time", () => ({ seconds: Number(seconds.value) })))),
    group("The next job", h("div", { class: "row" }, button("Fails", "next", { fate: "fails" }), button("Is refused", "next", { fate: "refused" }), button("Takes ten minutes", "next", { fate: "slow" }))),
    group("RunComfy answers", pick("RunComfy answers", [["well", "well"], ["429", "429 Too Many Requests"], ["503", "503 Service Unavailable"], ["down", "nothing: it is down"]], now.provider, (answers) => send("provider", { answers }))),
    group("Discord answers the bot", pick("Discord answers the bot", [["well", "well"], ["500", "500"], ["502", "502"], ["503", "503"]], now.discord, (answers) => send("discord", { answers }))),
    group("The bot’s process", h("div", { class: "row" }, button("Kill -9", "bot", { do: "kill" }), button("Start", "bot", { do: "start" }), button("Kill and restart", "bot", { do: "restart" }))),
    group("Links to files", button("Let all links of Discord’s CDN expire", "links", {})),
  ];
  if (guild) {
    rows.push(
      group(`Upload limit of ${guild.name}`, pick("Upload limit", [["0", "10 MB (no boost)"], ["2", "50 MB (level 2)"], ["3", "100 MB (level 3)"]], guild.premium_tier, (level) => send("upload-limit", { guild: guild.id, level: Number(level) }))),
      group(`Taken from the bot in #${here.name}`, h("div", { class: "ticks" }, ...takes.map((one) => h("label", { class: "choice" }, one, SCALE[one.value] ?? one.value))), button("Take these permissions away", "permissions", take)),
    );
  }
  show(now);
  const close = h("button", { type: "button", class: "button primary", onclick: () => dialog.close() }, "Close");
  const dialog = h("dialog", { class: "weather", "aria-label": "Weather" }, h("h2", {}, "Weather"), report, ...rows, h("div", { class: "row end" }, close));
  const watch = setInterval(async () => show(await (await fetch("/weather")).json()), 1000);
  dialog.addEventListener("close", () => clearInterval(watch));
  openDialog(dialog);
}

function group(title, ...controls) {
  return h("div", { class: "group", role: "group", "aria-label": title }, h("h3", {}, title), ...controls);
}
