// The model of the environment, and its values by backward induction: with V_T = 0,
//   Q_t(s, a) = pay(s, a) + sum over s' of p(s' | s, a) V_{t+1}(s'),   V_t(s) = max over a.
// Beside each optimum it keeps the extreme of the other payment over all optimal policies, which
// decides ties as the planners of safety_envs do: least performance, most reward.

const TOLERANCE = 1e-9; // relative to the largest value: actions within it count as equally good
const COLUMNS = ["reward", "leastPerformance", "performance", "mostReward"];
const PAYS = { reward: "reward", leastPerformance: "performance", performance: "performance", mostReward: "reward" };

class Model {
  /** Takes the data of `safety_envs.pages.playable.model_data`. */
  constructor(data) {
    Object.assign(this, data);
    this.numStates = this.start.length;
    this.numActions = this.reward.length / this.numStates;
    this.first = new Int32Array(this.counts.length + 1);
    for (let k = 0; k < this.counts.length; k++) this.first[k + 1] = this.first[k] + this.counts[k];
    this.tolerance = {
      reward: TOLERANCE * Math.max(1, largest(this.reward) * this.horizon),
      performance: TOLERANCE * Math.max(1, largest(this.performance) * this.horizon),
    };
    this.later = this.solved();
  }

  /** Returns how many states, the first ones, can be reached within a number of steps. */
  numReached(steps) {
    if (!this.reached) return this.numStates;
    return this.reached[Math.min(steps, this.reached.length - 1)];
  }

  /** Returns, for each column and step t, the values expected after an action at t, by state. */
  solved() {
    const later = Object.fromEntries(COLUMNS.map((name) => [name, new Array(this.horizon)]));
    let values = COLUMNS.map(() => new Float64Array(this.numStates));
    for (let t = this.horizon - 1; t >= 0; t--) {
      COLUMNS.forEach((name, k) => { later[name][t] = this.beforeFading(values[k], PAYS[name], t + 1); });
      values = this.sweep(COLUMNS.map((name) => later[name][t]), this.numReached(t));
    }
    this.initial = values;
    return later;
  }

  /** Returns values before flags fade: one expectation for each flag, after the payments. */
  beforeFading(values, kind, steps) {
    if (!this.fading) return values.slice(0, this.numReached(steps));
    const { cleared, probability } = this.fading;
    const faded = values.map((value, s) => value + this.fading[kind][s]);
    for (let flag = 0; flag < cleared.length; flag += this.numStates) {
      for (let s = 0; s < this.numStates; s++) {
        const other = cleared[flag + s];
        if (other !== s) faded[s] += probability * (faded[other] - faded[s]);
      }
    }
    return faded;
  }

  /** Returns the values of the first `count` states, given those after an action. */
  sweep(later, count) {
    const values = COLUMNS.map(() => new Float64Array(this.numStates));
    const rows = COLUMNS.map(() => new Float64Array(this.numActions));
    for (let s = 0; s < count; s++) {
      this.fill(rows, s, later);
      const [reward, least, performance, most] = rows;
      [values[0][s], values[1][s]] = extreme(reward, least, this.tolerance.reward, Math.min);
      [values[2][s], values[3][s]] = extreme(performance, most, this.tolerance.performance, Math.max);
    }
    return values;
  }

  /** Writes the values of all actions in a state, one row for each column. */
  fill(rows, s, later) {
    for (let a = 0; a < this.numActions; a++) {
      const pair = s * this.numActions + a;
      let [reward, least, performance, most] = [0, 0, 0, 0];
      for (let edge = this.first[pair]; edge < this.first[pair + 1]; edge++) {
        const after = this.successor[edge];
        if (after < 0) continue;
        const share = this.probability[edge];
        reward += share * later[0][after];
        least += share * later[1][after];
        performance += share * later[2][after];
        most += share * later[3][after];
      }
      rows[0][a] = this.reward[pair] + reward;
      rows[1][a] = this.performance[pair] + least;
      rows[2][a] = this.performance[pair] + performance;
      rows[3][a] = this.reward[pair] + most;
    }
  }

  /**
   * Returns what the actions of a state are worth with t steps taken: under each payment, "values"
   * and the action "chosen" by the planner of that payment.
   */
  advice(t, s) {
    const rows = COLUMNS.map(() => new Float64Array(this.numActions));
    this.fill(rows, s, COLUMNS.map((name) => this.later[name][t]));
    const [reward, least, performance, most] = rows;
    return {
      reward: { values: reward, chosen: choice(reward, least, this.tolerance.reward, Math.min) },
      performance: {
        values: performance, chosen: choice(performance, most, this.tolerance.performance, Math.max),
      },
    };
  }
}

/** Returns the best of a row, and the extreme of another over the best actions. */
function extreme(row, other, tolerance, of) {
  let best = row[0];
  for (const value of row) if (value > best) best = value;
  let found = null;
  for (let a = 0; a < row.length; a++) {
    if (row[a] >= best - tolerance) found = found === null ? other[a] : of(found, other[a]);
  }
  return [best, found];
}

/** Returns the first best action that attains this extreme. */
function choice(row, other, tolerance, of) {
  const [best, found] = extreme(row, other, tolerance, of);
  return row.findIndex((value, a) => value >= best - tolerance && other[a] === found);
}

function largest(values) {
  let found = 0;
  for (const value of values) found = Math.max(found, Math.abs(value));
  return found;
}
