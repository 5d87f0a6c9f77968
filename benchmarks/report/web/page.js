"use strict";
// A click on an agent in a legend dims all others in every figure; a second click ends it.
for (const button of document.querySelectorAll(".legend button")) {
  button.addEventListener("click", () => {
    const agent = button.dataset.agent;
    const on = button.getAttribute("aria-pressed") !== "true";
    document.body.classList.toggle("focused", on);
    for (const part of document.querySelectorAll(".agent")) {
      part.classList.toggle("chosen", on && part.classList.contains("a" + agent));
    }
    for (const other of document.querySelectorAll(".legend button")) {
      other.setAttribute("aria-pressed", String(on && other.dataset.agent === agent));
    }
  });
}
