// One recorded episode, by step: 0 is the reset.

const TOTALS = ["performance", "episode_return", "cost", "executed_action"]; // shown elsewhere
const OFTEN = 3; // a metric that changes in more than one step of so many is a curve, not an event

class Episode {
  /** Takes the data of `safety_envs.pages.replay`. */
  constructor(data) {
    Object.assign(this, data);
    this.events = this.findEvents();
  }

  /** Returns the value of a key of the infos at a step. */
  channel(key, step) {
    return this.column(key)[step];
  }

  /** Returns all values of a key, [steps + 1]. */
  column(key) {
    const at = this.keys.indexOf(key) * (this.steps + 1);
    return this.table.subarray(at, at + this.steps + 1);
  }

  /** Returns the rewards that a step paid, one for each agent. */
  rewardsAt(step) {
    return this.rewards.subarray((step - 1) * this.agents, step * this.agents);
  }

  /** Returns the names of the actions of a step, one for each agent; "" after an agent's end. */
  actionsAt(step) {
    const taken = this.taken.subarray((step - 1) * this.agents, step * this.agents);
    return [...taken].map((action) => this.actions[action] ?? "");
  }

  /** Returns the observations as texts at a step: one, or one for each agent. */
  textsAt(step) {
    const count = this.texts.of || 1;
    return this.texts.list.slice(step * count, (step + 1) * count);
  }

  /** Returns the name of the action that took effect, if it is not the one that was taken. */
  executedAt(step) {
    if (!this.keys.includes("executed_action")) return null;
    const name = this.actions[this.channel("executed_action", step)];
    return name === this.actionsAt(step)[0] ? null : name;
  }

  /** Returns step -> keys that change there. Metrics that change all the time are left out. */
  findEvents() {
    const found = new Map();
    for (const key of this.keys) {
      const isMean = ["mean", "derived", "least"].includes(this.kinds[key]);
      if (TOTALS.includes(key) || isMean) continue;
      const changes = this.changesOf(key);
      if (changes.length > Math.max(3, this.steps / OFTEN)) continue;
      for (const step of changes) found.set(step, [...(found.get(step) ?? []), key]);
    }
    return new Map([...found].sort(([a], [b]) => a - b));
  }

  changesOf(key) {
    const column = this.column(key);
    const found = [];
    for (let t = 1; t <= this.steps; t++) {
      if (!Object.is(column[t], column[t - 1])) found.push(t);
    }
    return found;
  }
}
