// The tour: what to try on a first visit, with photographs one click away.

import { h, openDialog } from "./dom.js";

const SAMPLES = [
  ["astronaut.jpg", "An astronaut"],
  ["chelsea.png", "A cat"],
  ["coffee.png", "A cup of coffee"],
  ["rocket.jpg", "A rocket"],
];
const PROMPT = "Drinking coffee in orbit, as a watercolour at dusk";

/** One of the sample photographs as a file. */
async function sample(name) {
  const answer = await fetch(`/samples/${name}`);
  const blob = await answer.blob();
  return new File([blob], name, { type: blob.type });
}

/** Opens the tour; `remix` opens the command that takes pictures with these files and this prompt. */
export function openTour({ remix, become, weather }) {
  const away = (run) => async () => {
    dialog.close();
    await run();
  };
  const two = away(async () => remix(await Promise.all([sample("astronaut.jpg"), sample("coffee.png")]), PROMPT));
  const photographs = SAMPLES.map(([name, words]) =>
    h("button", { type: "button", class: "sample", "aria-label": `Remix this photograph: ${words}`, onclick: away(async () => remix([await sample(name)], "")) }, h("img", { src: `/samples/${name}`, alt: words })),
  );
  const go = h("button", { type: "button", class: "button primary", onclick: two }, "Remix two of them");
  const steps = h("ol", {},
    h("li", {}, h("b", {}, "Remix photographs. "), "Take one, or let two be filled in for you; then send the command. ", h("div", { class: "samples" }, ...photographs), go),
    h("li", {}, h("b", {}, "Watch the card. "), "It shows the queue, and has a Cancel button while the job waits. The result comes into the card’s thread."),
    h("li", {}, h("b", {}, "Be somebody else. "), "Mira moderates: she sees everyone’s jobs by /moderation jobs and can cancel them. ", h("button", { type: "button", class: "button secondary", onclick: away(() => become("mira")) }, "Be Mira")),
    h("li", {}, h("b", {}, "Bend the world. "), "Let the queue grow, RunComfy fail, or kill the bot in the middle of a job. ", h("button", { type: "button", class: "button secondary", onclick: away(weather) }, "Open the weather")),
  );
  const close = h("button", { type: "button", class: "button secondary", onclick: () => dialog.close() }, "Look around by myself");
  const dialog = h("dialog", { class: "tour", "aria-label": "What to try" }, h("h2", {}, "What to try"), h("p", {}, "This looks like Discord and is none: a simulated Discord and a simulated RunComfy on your machine, with the real bot between them. Nothing leaves it, and nothing costs money."), steps, h("div", { class: "row end" }, close));
  openDialog(dialog);
}
