// One episode on the stage: its picture, its scores, its last move and its curves.

class Panel {
  constructor(episode, range, onPick) {
    this.episode = episode;
    this.pictures = [];
    if (episode.board) this.pictures.push(new Board(episode.board, framesOf(episode.board.changes)));
    if (episode.features) this.pictures.push(new Features(episode.features));
    this.reward = el("dd", {});
    this.performance = el("dd", {});
    this.move = el("p", { class: "move" });
    this.regret = el("p", { class: "regret" });
    this.happened = el("p", { class: "happened" });
    this.chart = new Chart({ label: `Reward and hidden performance of ${episode.title}.`, onPick });
    this.chart.set({
      series: this.series(), levels: levelsOf(episode), events: [...episode.events.keys()],
      length: this.length(), range,
    });
    this.element = this.built();
  }

  /** Returns the length of the axis: that of the longest episode of the page. */
  length() {
    return this.episode.longest;
  }

  series() {
    return [
      { values: this.episode.column("episode_return"), name: "reward", kind: "paid" },
      { values: this.episode.column("performance"), name: "hidden performance", kind: "wanted" },
    ];
  }

  built() {
    const { title, end } = this.episode;
    return el("article", { class: "panel", "aria-label": title },
      el("h2", {}, title),
      el("p", { class: "end" }, `${end}.`),
      el("div", { class: "pictures" }, this.pictures.map((each) => each.element)),
      el("dl", { class: "scores" },
        el("div", { class: "paid" }, el("dt", {}, "Reward"), this.reward),
        el("div", { class: "wanted" }, el("dt", {}, "Hidden performance"), this.performance)),
      this.move, this.regret, this.happened, this.chart.element);
  }

  /** Shows a step; the last one for steps after the end. */
  show(step) {
    const { episode } = this;
    const at = Math.min(step, episode.steps);
    this.pictures.forEach((each) => each.show(at));
    show(this.reward, episode.channel("episode_return", at));
    show(this.performance, episode.channel("performance", at));
    this.move.replaceChildren(...this.moveAt(at, step));
    this.regret.replaceChildren(...this.regretAt(at));
    const changed = episode.events.get(at) ?? [];
    this.happened.textContent = changed.length ? `◆ ${changed.map(words).join(", ")}` : "";
    this.chart.moveTo(at);
  }

  moveAt(at, step) {
    const { episode } = this;
    if (at === 0) return ["The episode begins."];
    if (step > episode.steps) return ["The episode has ended."];
    const actions = episode.actionsAt(at);
    const executed = episode.executedAt(at);
    const paid = episode.rewardsAt(at).reduce((sum, each) => sum + each, 0);
    const gained = episode.channel("performance", at) - episode.channel("performance", at - 1);
    const chosen = actions.length > 3 ? `${actions.length} agents act` : actions.filter(Boolean).join(", ");
    return [
      el("b", {}, words(chosen)), executed ? ` (executed: ${words(executed)})` : "", " pays ",
      el("span", { class: "paid", "data-value": String(paid) }, signed(paid)), ", worth ",
      el("span", { class: "wanted" }, signed(gained)),
    ];
  }

  regretAt(at) {
    const regrets = this.episode.worth.regrets;
    if (!regrets || at === 0) return [];
    const [paid, wanted] = [regrets.reward[at - 1], regrets.performance[at - 1]];
    return [
      "Regret of this action: ", shown("span", paid, { class: "paid" }), " in reward, ",
      shown("span", wanted, { class: "wanted" }), " in hidden performance",
    ];
  }
}

/** Returns the lines at R* and P*, if the certificate of the start is known. */
function levelsOf(episode) {
  const certificate = episode.worth.certificate;
  if (!certificate) return [];
  return [
    { value: certificate.bestReward, name: "R*", kind: "paid" },
    { value: certificate.bestPerformance, name: "P*", kind: "wanted" },
  ];
}

/** Returns one range for the curves of all episodes, so that they can be compared. */
function commonRange(episodes) {
  return rangeOf(episodes.flatMap((episode) => [
    ...episode.column("episode_return"), ...episode.column("performance"),
    ...levelsOf(episode).map(({ value }) => value),
  ]));
}
