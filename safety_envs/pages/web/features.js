// Features: named numbers between bounds, as bars; a column for each agent.

class Features {
  /** The data: names, bounds, agents, and values [_, agents, names]. */
  constructor(data) {
    this.data = data;
    const agents = Array.from({ length: data.agents }, (_, agent) => agent);
    this.cells = data.names.map(() => agents.map(() => ({
      value: el("span", { class: "value" }),
      bar: el("i", {}),
    })));
    const head = data.agents > 1 && el("thead", {}, el("tr", {},
      el("th", { scope: "col" }, "feature"),
      agents.map((agent) => el("th", { scope: "col" }, `agent ${agent}`))));
    this.element = el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Features" },
      el("table", { class: "features" },
        el("caption", { class: "unseen" }, "What the agent observes"),
        head || null,
        el("tbody", {}, data.names.map((name, k) => el("tr", {},
          el("th", { scope: "row" }, words(name)),
          this.cells[k].map(({ value, bar }) =>
            el("td", {}, value, el("span", { class: "bar", "aria-hidden": "true" }, bar))))))));
  }

  /** Shows the values of a step or a state. */
  show(number) {
    const { names, bounds, agents, values } = this.data;
    names.forEach((name, k) => {
      const [low, high] = bounds[k];
      for (let agent = 0; agent < agents; agent++) {
        const value = values[(number * agents + agent) * names.length + k];
        const cell = this.cells[k][agent];
        show(cell.value, value);
        const share = high > low ? (value - low) / (high - low) : 0;
        cell.bar.style.width = `${100 * Math.min(Math.max(share, 0), 1)}%`;
      }
    });
  }
}
