// Small words for making elements, and what every part of the page shares.

/** Makes an element: properties that exist on it are set, "on…" are listeners, the rest are attributes. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "data") Object.assign(element.dataset, value);
    else if (value === true) element.setAttribute(name, "");
    else element.setAttribute(name, String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A loud box for what the page cannot draw: Discord could, so the page has to learn it. */
export function unknown(what, thing) {
  console.error(`The page cannot draw ${what}`, thing);
  return h("div", { class: "unknown-component", role: "alert" }, `The page cannot draw this yet: ${what}`);
}

/** Says something at the edge of the page for some seconds. */
export function notify(text) {
  const note = h("div", { class: "note" }, text);
  document.querySelector("#notes").append(note);
  setTimeout(() => note.remove(), 7000);
}

/** Compares two snowflakes. */
export const isNewer = (one, other) => BigInt(one) > BigInt(other ?? 0);

/** When a snowflake was made. */
export const madeAt = (id) => new Date(Number(BigInt(id) >> 22n) + 1420070400000);

const COLOURS = ["#5865f2", "#248046", "#a8510e", "#c4353c", "#9b3fb5", "#0f7b83"];

/** A round picture that stands for a person. */
export function avatar(person) {
  const number = [...person.username].reduce((sum, letter) => sum + letter.codePointAt(0), 0);
  const picture = h("span", { class: "avatar", "aria-hidden": "true" }, person.name[0]);
  picture.style.background = COLOURS[number % COLOURS.length];
  return picture;
}

/** Opens a modal dialog that is gone when it closes. */
export function openDialog(dialog) {
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Whole and tenth parts of bytes as people read them. */
export function readableSize(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1048576 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1048576).toFixed(2)} MB`;
}
