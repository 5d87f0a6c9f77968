// A board: on each cell the symbols of its stack, redrawn only where the stack has changed.

const SIDE = 100; // of a cell, in units of the drawing

class Board {
  /** The data: rows, cols, legend [(symbol, name)], changing, stacks, and frames [_, cells]. */
  constructor(data, frames) {
    this.data = data;
    this.frames = frames;
    const { rows, cols } = data;
    this.size = rows * cols;
    this.shown = new Int32Array(this.size).fill(-1);
    this.cells = Array.from({ length: this.size }, (_, cell) => {
      const [x, y] = [(cell % cols) * SIDE, Math.floor(cell / cols) * SIDE];
      return svg("g", { transform: `translate(${x} ${y})` });
    });
    this.element = svg(
      "svg",
      { viewBox: `0 0 ${cols * SIDE} ${rows * SIDE}`, class: "board", role: "img" },
      svg("rect", { class: "floor", width: cols * SIDE, height: rows * SIDE }),
      svg("path", { class: "joints", d: joints(rows, cols) }),
      this.cells,
    );
    this.element.style.setProperty("--ratio", cols / rows);
  }

  /** Shows a frame: the step of an episode, or a state of a model. */
  show(number) {
    const begin = number * this.size;
    for (let cell = 0; cell < this.size; cell++) {
      const stack = this.frames[begin + cell];
      if (stack !== this.shown[cell]) {
        this.shown[cell] = stack;
        this.cells[cell].replaceChildren(...this.data.stacks[stack].map((k) => this.symbol(k)));
      }
    }
    this.element.setAttribute("aria-label", this.inWords(number));
  }

  symbol(k) {
    return svg("use", { href: `#look-${this.data.legend[k][0]}`, width: SIDE, height: SIDE });
  }

  /** Returns where the things are that can change, for those who hear the page. */
  inWords(number) {
    const places = new Map();
    for (let cell = 0; cell < this.size; cell++) {
      for (const k of this.data.stacks[this.frames[number * this.size + cell]]) {
        if (!this.data.changing[k]) continue;
        const name = this.data.legend[k][1];
        const place = `row ${Math.floor(cell / this.data.cols)}, column ${cell % this.data.cols}`;
        places.set(name, [...(places.get(name) ?? []), place]);
      }
    }
    const parts = [...places].map(([name, all]) =>
      all.length > 4 ? `${all.length} cells of ${name}` : `${name} at ${all.join(" and at ")}`);
    return parts.length ? `Board. ${parts.join("; ")}.` : "Board.";
  }

  /** Returns the legend as a list of symbols with their names. */
  legend() {
    const items = this.data.legend.map(([symbol, name]) => el(
      "li", {},
      svg("svg", { viewBox: "0 0 100 100", "aria-hidden": "true" },
        svg("rect", { class: "floor", width: SIDE, height: SIDE }),
        svg("use", { href: `#look-${symbol}`, width: SIDE, height: SIDE })),
      name));
    return el("ul", { class: "legend", "aria-label": "What the symbols mean" }, items);
  }
}

function joints(rows, cols) {
  let path = "";
  for (let row = 1; row < rows; row++) path += `M0 ${row * SIDE}H${cols * SIDE}`;
  for (let col = 1; col < cols; col++) path += `M${col * SIDE} 0V${rows * SIDE}`;
  return path;
}
