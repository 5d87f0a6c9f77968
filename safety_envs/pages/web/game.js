// A game in the model: moves, chance, undo.

/** Returns the next state of a small random generator (mulberry32), and a number in [0, 1). */
function roll(seed) {
  const next = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(next ^ (next >>> 15), 1 | next);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return [next, ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296];
}

class Game {
  constructor(model, seed = 1) {
    this.model = model;
    this.dice = seed;
    this.restart();
  }

  /** Begins an episode, at a start that is drawn by its probability. */
  restart() {
    this.moments = [{ state: this.drawn(this.model.start, 0, this.model.numStates), reward: 0, performance: 0,
      action: null, ended: false, dice: this.dice }];
  }

  get now() {
    return this.moments[this.moments.length - 1];
  }

  /** The number of steps taken. */
  get step() {
    return this.moments.length - 1;
  }

  get ended() {
    return this.now.ended || this.step >= this.model.horizon;
  }

  /** Takes an action. Undone and taken again it has the same outcome: the dice are undone too. */
  act(action) {
    if (this.ended || action < 0 || action >= this.model.numActions) return;
    const { model, now } = this;
    const pair = now.state * model.numActions + action;
    this.dice = now.dice;
    const edge = this.drawn(model.probability, model.first[pair], model.first[pair + 1]);
    const paid = (kind) => (model.edges && edge >= 0 ? model.edges[kind][edge] : model[kind][pair]);
    let [reward, performance] = [paid("reward"), paid("performance")];
    let state = edge < 0 ? -1 : model.successor[edge];
    if (state >= 0 && model.fading) {
      state = this.faded(state);
      reward += model.fading.reward[state];
      performance += model.fading.performance[state];
    }
    this.moments.push({
      state: state < 0 ? now.state : state, ended: state < 0, action, dice: this.dice,
      reward: now.reward + reward, performance: now.performance + performance,
    });
  }

  undo() {
    if (this.step > 0) this.moments.pop();
  }

  /** Returns a place between begin and end, drawn by the probabilities there; -1 if it is empty. */
  drawn(probabilities, begin, end) {
    if (end - begin <= 1) return end > begin ? begin : -1;
    let rest = this.chance();
    for (let k = begin; k < end; k++) {
      rest -= probabilities[k];
      if (rest < 0) return k;
    }
    let last = end - 1; // rounding left a little over
    while (probabilities[last] === 0) last--;
    return last;
  }

  faded(state) {
    const { cleared, probability } = this.model.fading;
    for (let flag = 0; flag < cleared.length; flag += this.model.numStates) {
      const other = cleared[flag + state];
      if (other !== state && this.chance() < probability) state = other;
    }
    return state;
  }

  chance() {
    const [next, found] = roll(this.dice);
    this.dice = next;
    return found;
  }

  /** Returns a sum after each step from 0 on. */
  sums(kind) {
    return this.moments.map((moment) => moment[kind]);
  }
}
