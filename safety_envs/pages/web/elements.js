// Elements, and numbers as text.

const SVG = "http://www.w3.org/2000/svg";

/** Returns the element with an id. */
const byId = (id) => document.getElementById(id);

/** Returns a new HTML element with attributes and children (elements or texts). */
function el(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** Returns a new SVG element with attributes and children. */
function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(key, value === true ? "" : value);
    }
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Returns a number as a reader writes it: six digits at most, and a true minus sign. */
function number(value) {
  if (Number.isNaN(value)) return "–";
  const text = Math.abs(value) < 5e-10 ? "0" : String(Number(value.toPrecision(6)));
  return text.replace("-", "−").replace("Infinity", "∞");
}

/** Returns a difference with its sign, in three digits. */
const signed = (value) => (value > 5e-10 ? "+" : "") + number(Number(value.toPrecision(3)));

/** Returns a key of an info in words. */
const words = (key) => (key === "episode_return" ? "reward" : key.replaceAll("_", " "));

/** Returns an element that shows a number, and holds it exactly. */
function shown(name, value, attributes = {}) {
  return el(name, { "data-value": String(value), ...attributes }, number(value));
}

/** Sets the number that such an element shows. */
function show(element, value) {
  element.dataset.value = String(value);
  element.textContent = number(value);
}

/** Returns "1 step" or "5 steps". */
const steps = (count) => `${count.toLocaleString("en")} step${count === 1 ? "" : "s"}`;
