// The viewer: one picture of a gallery, as large as it fits.

import { h, openDialog } from "./dom.js";

/** Opens pictures at one of them. */
export function openViewer(pictures, start) {
  let index = start;
  const image = h("img", {});
  const caption = h("p", {});
  const original = h("a", { target: "_blank" }, "Open original");
  const show = () => {
    image.src = original.href = pictures[index].url;
    image.alt = caption.textContent = pictures[index].alt;
    count.textContent = pictures.length > 1 ? `${index + 1} of ${pictures.length}` : "";
  };
  const turn = (by) => {
    index = (index + by + pictures.length) % pictures.length;
    show();
  };
  const count = h("span", {});
  const arrows = pictures.length > 1 ? [h("button", { type: "button", class: "button secondary", onclick: () => turn(-1) }, "Previous"), h("button", { type: "button", class: "button secondary", onclick: () => turn(1) }, "Next")] : [];
  const close = h("button", { type: "button", class: "button secondary", onclick: () => dialog.close() }, "Close");
  const dialog = h("dialog", { class: "viewer", "aria-label": "Picture" }, image, caption, h("div", { class: "row" }, ...arrows, count, original, close));
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") turn(-1);
    if (event.key === "ArrowRight") turn(1);
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  show();
  openDialog(dialog);
}
