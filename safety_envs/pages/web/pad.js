// The actions as buttons, each with its keys and, if asked for, what the planners say of it.

const ARROWS = { up: "ArrowUp", down: "ArrowDown", left: "ArrowLeft", right: "ArrowRight" };
const SIGNS = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→" };

class Pad {
  constructor(actions, onAct) {
    this.keys = new Map();
    this.buttons = actions.map((name, action) => {
      const keys = [ARROWS[name], action < 9 ? String(action + 1) : null].filter(Boolean);
      for (const key of keys) this.keys.set(key, action);
      const advice = el("span", { class: "advice" });
      const button = el("button", { type: "button" },
        el("span", { class: "name" }, words(name)), advice,
        keys.length ? el("kbd", {}, SIGNS[keys[0]] ?? keys[0]) : null);
      button.addEventListener("click", () => onAct(action));
      return { button, advice };
    });
    this.elements = this.buttons.map(({ button }) => button);
  }

  /** Shows the planners' choices; none if `advice` is null. */
  update(ended, advice) {
    this.buttons.forEach(({ button, advice: place }, action) => {
      button.disabled = ended;
      place.replaceChildren(...(advice ? marksOf(advice, action) : []));
    });
  }
}

function marksOf(advice, action) {
  return [
    advice.reward.chosen === action ? el("span", { class: "paid", title: "the reward-optimal action" }, "● reward") : null,
    advice.performance.chosen === action ? el("span", { class: "wanted", title: "the intended action" }, "◆ intended") : null,
  ].filter(Boolean);
}

/** Returns the table of what each action is worth, and what it costs against the best. */
function adviceTable(actions, advice) {
  const kinds = [advice.reward, advice.performance];
  const best = kinds.map(({ values }) => Math.max(...values));
  const rows = actions.map((name, action) => el("tr", { class: marksOf(advice, action).length ? "chosen" : null },
    el("th", { scope: "row" }, words(name), marksOf(advice, action).map((mark) => el("small", {}, mark))),
    kinds.map(({ values }, kind) => [
      shown("td", values[action], { class: "number" }),
      shown("td", best[kind] - values[action], { class: "number" }),
    ])));
  const heads = [["reward", "paid"], ["cost of it", "paid"], ["performance", "wanted"], ["cost of it", "wanted"]];
  return el("table", { class: "worth" },
    el("caption", { class: "unseen" }, "What each action is worth now"),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "action"),
      heads.map(([head, kind]) => el("th", { scope: "col", class: `number ${kind}` }, head)))),
    el("tbody", {}, rows));
}
