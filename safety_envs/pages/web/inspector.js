// The numbers of a step: all metrics, all agents, what actions are worth, and the observation.

class Inspector {
  constructor(episodes) {
    this.episodes = episodes;
    this.keys = [...new Set(episodes.flatMap((episode) => episode.keys))];
    this.parts = [
      this.metrics(),
      ...episodes.map((episode) => this.agents(episode)),
      el("section", { class: "group" },
        el("h2", {}, "What each action is worth"),
        el("p", { class: "note" }, "The most that can still be earned after each action, exactly. " +
          "The regret is what is lost against the best action."),
        el("div", { class: "columns" }, episodes.map((episode) => this.worth(episode)))),
      el("section", { class: "group" },
        el("h2", {}, "Observation as text"),
        el("div", { class: "columns" }, episodes.map((episode) => this.text(episode)))),
    ].filter(Boolean);
    this.updates = this.updates ?? [];
  }

  onStep(update) {
    (this.updates ??= []).push(update);
  }

  /** Shows a step; the last one of episodes that end before. */
  show(step) {
    for (const update of this.updates) update(step);
  }

  metrics() {
    const rows = this.keys.map((key) => {
      const cells = this.episodes.map((episode) => this.metricCell(episode, key));
      const meaning = this.episodes.find((each) => key in each.meanings)?.meanings[key];
      return el("tr", {},
        el("th", { scope: "row" }, words(key), el("small", {}, meaning ?? "")), cells);
    });
    return el("section", { class: "group" },
      el("h2", {}, "Every channel of the step"),
      scrolling("Metrics", el("table", {},
        el("caption", { class: "unseen" }, "The metrics at this step"),
        el("thead", {}, el("tr", {},
          el("th", { scope: "col" }, "metric"),
          this.episodes.map((episode) => el("th", { scope: "col", class: "number" }, episode.title)))),
        el("tbody", {}, rows))));
  }

  metricCell(episode, key) {
    const value = el("span", { class: "value", "data-key": key });
    const change = el("small", { class: "change" });
    const isAction = key === "executed_action";
    if (episode.keys.includes(key)) {
      this.onStep((step) => {
        const at = Math.min(step, episode.steps);
        const now = episode.channel(key, at);
        const before = at ? episode.channel(key, at - 1) : now;
        show(value, now);
        if (isAction) value.textContent = at ? words(episode.actions[now] ?? "–") : "–";
        const isNews = !isAction && at > 0 && !Object.is(now, before);
        change.textContent = isNews && Number.isFinite(now - before) ? signed(now - before) : "";
      });
    }
    return el("td", { class: "number" }, value, change);
  }

  agents(episode) {
    if (!episode.severalAgents) return null;
    const own = episode.ofAgents?.names ?? [];
    const body = el("tbody", {});
    this.onStep((step) => {
      const at = Math.min(step, episode.steps);
      body.replaceChildren(...agentRows(episode, at, own));
    });
    const heads = ["agent", "action", "reward of the step", "reward so far", ...own.map(words)];
    return el("section", { class: "group" },
      el("h2", {}, `Agents of ${episode.title}`),
      scrolling("Agents", el("table", {},
        el("caption", { class: "unseen" }, `Agents of ${episode.title}`),
        el("thead", {}, el("tr", {}, heads.map((head, k) =>
          el("th", { scope: "col", class: k > 1 && "number" }, head)))),
        body)));
  }

  worth(episode) {
    const title = el("h3", {}, episode.title);
    const { values, reason } = episode.worth;
    if (reason) {
      return el("div", {}, title, el("p", { class: "note" }, `Left out: ${reason}.`), together(episode));
    }
    if (!values) {
      const note = "Fields are hidden, so what other actions were worth depends on what was observed before. " +
        "The regrets of the actions that were taken are above.";
      return el("div", {}, title, certified(episode), el("p", { class: "note" }, note));
    }
    const body = el("tbody", {});
    this.onStep((step) => body.replaceChildren(...worthRows(episode, step)));
    return el("div", {}, title, certified(episode), scrolling(`Worth of actions, ${episode.title}`, el("table", { class: "worth" },
      el("caption", { class: "unseen" }, `What each action is worth, ${episode.title}`),
      el("thead", {}, el("tr", {},
        el("th", { scope: "col" }, "action"),
        ["reward", "regret", "performance", "regret"].map((head, k) =>
          el("th", { scope: "col", class: `number ${k < 2 ? "paid" : "wanted"}` }, head)))),
      body)));
  }

  text(episode) {
    const count = episode.texts.of;
    const box = el("pre", { tabindex: 0, role: "region", "aria-label": `Observation as text, ${episode.title}` });
    const choice = el("select", { "aria-label": `Whose observation, ${episode.title}` },
      Array.from({ length: count }, (_, agent) => el("option", { value: agent }, `agent ${agent}`)));
    let now = 0;
    const update = (step) => {
      now = Math.min(step, episode.steps);
      box.textContent = episode.textsAt(now)[Number(choice.value) || 0];
    };
    choice.addEventListener("change", () => update(now));
    this.onStep(update);
    const { reason } = episode.texts;
    return el("div", {}, el("h3", {}, episode.title), count > 1 ? choice : null,
      reason ? el("p", { class: "note" }, reason) : null, box);
  }
}

/** Returns what the certificate of the start says. */
function certified({ worth: { certificate } }) {
  const { start, states, bestReward, bestPerformance, performanceInterval: [low, high] } = certificate;
  const range = low === high ? number(low) : `${number(low)} to ${number(high)}`;
  return el("p", { class: "note" },
    `From ${start}, ${states.toLocaleString("en")} states: the best reward is R* = ${number(bestReward)}, with a hidden ` +
    `performance of ${range}; the best hidden performance is P* = ${number(bestPerformance)}.`);
}

/** Returns the optima of several agents together, if they are known. */
function together({ worth: { certificate } }) {
  if (!certificate) return null;
  return el("p", { class: "note" }, `Together the agents can expect a reward of at most R* = ${number(certificate.bestReward)}, ` +
    `and a hidden performance of at most P* = ${number(certificate.bestPerformance)}.`);
}

function agentRows(episode, at, own) {
  const actions = at ? episode.actionsAt(at) : [];
  return Array.from({ length: episode.agents }, (_, agent) => {
    let total = 0;
    for (let t = 0; t < at; t++) total += episode.rewards[t * episode.agents + agent];
    const paid = at ? episode.rewardsAt(at)[agent] : 0;
    return el("tr", {},
      el("th", { scope: "row" }, String(agent)),
      el("td", {}, words(actions[agent] || "–")),
      shown("td", paid, { class: "number" }),
      shown("td", total, { class: "number" }),
      own.map((_, k) => shown("td",
        episode.ofAgents.values[(k * (episode.steps + 1) + at) * episode.agents + agent],
        { class: "number" })));
  });
}

/** Returns the rows of the actions: the step's own, taken at the world before it. */
function worthRows(episode, step) {
  const at = Math.min(Math.max(step, 1), episode.steps) - 1;
  const count = episode.actions.length;
  const taken = episode.taken[at];
  const { reward, performance } = episode.worth.values;
  const rows = [reward, performance].map((kind) => [...kind.subarray(at * count, (at + 1) * count)]);
  const best = rows.map((row) => Math.max(...row));
  return episode.actions.map((name, action) => el("tr", { class: action === taken && "taken" },
    el("th", { scope: "row" }, words(name), action === taken ? el("small", {}, "taken") : null),
    rows.map((row, kind) => [
      shown("td", row[action], { class: "number" }),
      shown("td", best[kind] - row[action], { class: "number regret" }),
    ])));
}

/** Returns a box in which a wide table scrolls by itself. */
function scrolling(label, table) {
  return el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label }, table);
}
