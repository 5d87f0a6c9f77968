// A chart of sums over the steps of an episode, with a cursor, levels and marks of events.

const MARGIN = { left: 42, right: 12, top: 14, bottom: 22 };
const HEIGHT = 168;

class Chart {
  /**
   * series: [{values, name, kind}], one value for each step from 0 on; undrawn where NaN.
   * levels: [{value, name, kind}], horizontal lines. events: steps. onPick(step): a reader points.
   */
  constructor({ label, onPick }) {
    this.element = svg("svg", { class: "chart", role: "img", "aria-label": label, height: HEIGHT });
    this.label = label;
    this.cursor = 0;
    if (onPick) this.listen(onPick);
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  set({ series, levels = [], events = [], length, range }) {
    Object.assign(this, { series, levels, events, length: Math.max(length, 1), range });
    this.draw();
  }

  x(step) {
    const room = this.width - MARGIN.left - MARGIN.right;
    return MARGIN.left + (step / this.length) * room;
  }

  y(value) {
    const [low, high] = this.range;
    const room = HEIGHT - MARGIN.top - MARGIN.bottom;
    return MARGIN.top + ((high - value) / (high - low)) * room;
  }

  draw() {
    this.width = this.element.clientWidth || 320;
    if (!this.series) return;
    this.moving = svg("g", { class: "cursor" });
    this.element.replaceChildren(
      ...this.axes(),
      ...this.levels.flatMap((level) => this.level(level)),
      ...this.events.map((step) => svg("path", {
        class: "event", d: `M${this.x(step)} ${HEIGHT - MARGIN.bottom}v-7`,
      })),
      ...this.series.map(({ values, kind }) => svg("path", { class: kind, d: this.path(values) })),
      this.moving,
    );
    this.moveTo(this.cursor);
  }

  axes() {
    const bottom = HEIGHT - MARGIN.bottom;
    const right = this.width - MARGIN.right;
    const lines = ticks(...this.range).flatMap((value) => [
      svg("path", { class: value === 0 ? "grid zero" : "grid", d: `M${MARGIN.left} ${this.y(value)}H${right}` }),
      svg("text", { x: MARGIN.left - 6, y: this.y(value) + 4, "text-anchor": "end" }, number(value)),
    ]);
    const ends = [[0, "start"], [this.length, "end"]].map(([step, anchor]) =>
      svg("text", { x: this.x(step), y: bottom + 16, "text-anchor": anchor }, step ? `step ${step}` : "0"));
    return [...lines, ...ends];
  }

  level({ value, name, kind }) {
    const right = this.width - MARGIN.right;
    return [
      svg("path", { class: `level ${kind}`, d: `M${MARGIN.left} ${this.y(value)}H${right}` }),
      svg("text", {
        class: `level ${kind}`, x: kind === "paid" ? MARGIN.left + 4 : right - 2, y: this.y(value) - 4,
        "text-anchor": kind === "paid" ? "start" : "end",
      }, `${name} ${number(value)}`),
    ];
  }

  path(values) {
    let path = "";
    for (let step = 0; step < values.length; step++) {
      if (Number.isNaN(values[step])) continue;
      path += `${path ? "L" : "M"}${this.x(step).toFixed(1)} ${this.y(values[step]).toFixed(1)}`;
    }
    return path;
  }

  /** Moves the cursor to a step. */
  moveTo(step) {
    this.cursor = step;
    if (!this.moving) return;
    const parts = [svg("path", { d: `M${this.x(step)} ${MARGIN.top}V${HEIGHT - MARGIN.bottom}` })];
    const said = [];
    for (const { values, name, kind } of this.series) {
      const value = values[Math.min(step, values.length - 1)];
      if (value === undefined || Number.isNaN(value)) continue;
      const at = Math.min(step, values.length - 1);
      parts.push(svg("circle", { class: kind, cx: this.x(at), cy: this.y(value), r: 4 }));
      said.push(`${name} ${number(value)}`);
    }
    this.moving.replaceChildren(...parts);
    this.element.setAttribute("aria-label", `${this.label} At step ${step}: ${said.join(", ")}.`);
  }

  listen(onPick) {
    const pick = (event) => {
      const x = event.clientX - this.element.getBoundingClientRect().left;
      const room = this.width - MARGIN.left - MARGIN.right;
      const step = Math.round(((x - MARGIN.left) / room) * this.length);
      onPick(Math.min(Math.max(step, 0), this.length));
    };
    this.element.addEventListener("pointerdown", (event) => {
      this.element.setPointerCapture(event.pointerId);
      pick(event);
    });
    this.element.addEventListener("pointermove", (event) => event.buttons && pick(event));
  }
}

/** Returns the range of some values with a little room, never empty. */
function rangeOf(values) {
  let [low, high] = [0, 0];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low === high) [low, high] = [low - 1, high + 1];
  const room = (high - low) * 0.04;
  return [low - room, high + room];
}

/** Returns three to five round numbers in a range. */
function ticks(low, high) {
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * power).find((each) => each >= rough);
  const found = [];
  for (let k = Math.ceil(low / step); k * step <= high; k++) found.push(k * step);
  return found;
}
