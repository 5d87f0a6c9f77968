// The page to play on: board, pad, advice and certificate, joined.

const data = await readData();
const begun = performance.now();
const model = new Model(data.model);
const milliseconds = performance.now() - begun;
const game = new Game(model, (Date.now() & 0x7fffffff) || 1);
const asked = { reveal: false, advise: false };
const pictures = [
  data.board && new Board(data.board, data.board.frames),
  data.features && new Features(data.features),
].filter(Boolean);
const pad = new Pad(data.actions, act);
const chart = new Chart({ label: "Reward of this episode." });
const { certificate } = data;

function act(action) {
  game.act(action);
  update();
}

function update() {
  const { now, step, ended } = game;
  const advice = ended ? null : model.advice(step, now.state);
  pictures.forEach((each) => each.show(now.state));
  show(byId("reward"), now.reward);
  byId("step").textContent = `${step} of ${model.horizon}`;
  showHidden(now.performance);
  byId("message").replaceChildren(...message());
  pad.update(ended, asked.advise ? advice : null);
  for (const id of ["greedy", "intended"]) byId(id).disabled = ended;
  byId("undo").disabled = step === 0;
  byId("advice").hidden = !(asked.advise && advice);
  if (advice) byId("advice").replaceChildren(...adviceParts(advice));
  byId("certificate").hidden = !asked.reveal;
  byId("certificate").replaceChildren(...certificateParts());
  drawCurve();
}

function showHidden(value) {
  const place = byId("performance");
  place.classList.toggle("covered", !asked.reveal);
  if (asked.reveal) return show(place, value);
  delete place.dataset.value;
  place.replaceChildren(el("span", { "aria-hidden": "true" }, "•••"), el("span", { class: "unseen" }, "hidden"));
}

function message() {
  const { now, step } = game;
  if (step === 0) return [
    "Choose an action. The best policies expect a reward of ",
    el("b", { class: "paid" }, number(model.initial[0][now.state])), " from here.",
  ];
  const before = game.moments[step - 1];
  const parts = [
    el("b", {}, words(data.actions[now.action])), " pays ",
    el("span", { class: "paid" }, signed(now.reward - before.reward)),
    ...(asked.reveal ? [", worth ", el("span", { class: "wanted" }, signed(now.performance - before.performance))] : []),
    ".",
  ];
  if (!game.ended) return parts;
  const best = model.initial[0][game.moments[0].state];
  const wanted = model.initial[2][game.moments[0].state];
  return [
    ...parts, el("br"), el("b", {}, "The episode has ended."), ` You earned ${number(now.reward)}; the best policies expect ${number(best)}. `,
    ...(asked.reveal
      ? [`Your hidden performance is ${number(now.performance)}; the best possible is ${number(wanted)}.`]
      : ["Look at the hidden performance."]),
  ];
}

function adviceParts(advice) {
  return [
    el("h2", {}, "What each action is worth now"),
    el("p", { class: "note" }, "The most that can still be earned after each action, and what it costs against the best one. " +
      "The reward-optimal policy looks at the first pair only; the intended policy at the second."),
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Worth of actions" },
      adviceTable(data.actions, advice)),
  ];
}

function drawCurve() {
  const reward = game.sums("reward");
  const wanted = asked.reveal ? game.sums("performance") : [];
  const levels = [{ value: certificate.bestReward, name: "R*", kind: "paid" }];
  if (asked.reveal) levels.push({ value: certificate.bestPerformance, name: "P*", kind: "wanted" });
  const series = [{ values: reward, name: "reward", kind: "paid" }];
  if (asked.reveal) series.push({ values: wanted, name: "hidden performance", kind: "wanted" });
  chart.cursor = game.step;
  chart.set({
    series, levels, length: model.horizon,
    range: rangeOf([...reward, ...wanted, ...levels.map(({ value }) => value)]),
  });
}

function certificateParts() {
  const [low, high] = certificate.performanceInterval;
  const { now } = game;
  return [
    el("h2", { id: "certified" }, "The certificate"),
    el("p", { class: "note" }, sentenceOf(certificate)),
    scale("Reward", "paid", now.reward, [
      [certificate.uniform[0], "random"], [certificate.bestReward, "R*"]]),
    scale("Hidden performance", "wanted", now.performance, [
      [certificate.uniform[1], "random"], [low, low === high ? "reward-optimal" : "worst reward-optimal"],
      ...(low === high ? [] : [[high, "best reward-optimal"]]), [certificate.bestPerformance, "P*"]]),
  ];
}

function sentenceOf({ class: name, states, start, horizon }) {
  const meanings = {
    W: "Every policy that maximises the reward falls short of the best hidden performance.",
    T: "Some policies that maximise the reward fall short of the best hidden performance, some do not.",
    none: "Every policy that maximises the reward attains the best hidden performance.",
  };
  return `${meanings[name]} Exact over all policies, ${states.toLocaleString("en")} states and ` +
    `${steps(horizon)}, from ${start}.`;
}

/** Returns a line with named values on it, and the reader's own. */
function scale(title, kind, own, named) {
  const all = [own, ...named.map(([value]) => value)];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const place = (value) => (high > low ? (100 * (value - low)) / (high - low) : 50);
  const list = named.map(([value, name]) => `${name} ${number(value)}`).join(" · ");
  return el("div", { class: "scale" },
    el("h3", { class: kind }, title),
    el("div", { class: "track", role: "img", "aria-label": `${title}: yours ${number(own)}; ${list}` },
      named.map(([value]) => el("i", { class: "tick", style: `left:${place(value)}%` })),
      el("i", { class: `you ${kind}`, style: `left:${place(own)}%` })),
    el("p", { class: "note" }, el("b", {}, `yours ${number(own)}`), ` · ${list}`));
}

function toggle(name) {
  asked[name] = !asked[name];
  byId(name).setAttribute("aria-pressed", String(asked[name]));
  update();
}

function follow(kind) {
  if (!game.ended) act(model.advice(game.step, game.now.state)[kind].chosen);
}

const ACTS = {
  undo: () => { game.undo(); update(); }, restart: () => { game.restart(); update(); },
  reveal: () => toggle("reveal"), advise: () => toggle("advise"),
  greedy: () => follow("reward"), intended: () => follow("performance"),
};
const KEYS = { u: "undo", Backspace: "undo", n: "restart", h: "reveal", a: "advise", r: "greedy", i: "intended" };

function connect() {
  for (const [id, act] of Object.entries(ACTS)) byId(id).addEventListener("click", act);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (pad.keys.has(key)) act(pad.keys.get(key));
    else if (KEYS[key]) ACTS[KEYS[key]]();
    else return;
    event.preventDefault();
  });
}

function heading() {
  byId("problem").textContent = data.problem;
  byId("name").textContent = data.id;
  byId("facts").append(...[["start", certificate.start], ...Object.entries(data.keywords)].map(
    ([name, value]) => el("li", {}, el("span", {}, `${words(name)} `), String(value))));
  byId("story").append(...data.story.split(/\n\s*\n/).map((part) => el("p", { class: "lead" }, part)));
  const hidden = data.hides.length
    ? ` The agent does not see ${data.hides.map(words).join(", ")}: states are beliefs, and payments are expectations.` : "";
  byId("made").textContent = `${data.id}, rules ${data.rules}. The page holds the whole model: ` +
    `${model.numStates.toLocaleString("en")} states, ${model.successor.length.toLocaleString("en")} outcomes. ` +
    `Its values were computed here, in ${Math.round(milliseconds)} ms. This file has ${KILOBYTES} kB and loads nothing.${hidden}`;
}

byId("pictures").append(...pictures.map((each) => each.element));
if (data.board) byId("legend").append(pictures[0].legend());
byId("pad").append(...pad.elements);
byId("curve").append(chart.element);
heading();
connect();
update();
window.safetyEnvs = { data, model, game, milliseconds, update };
document.documentElement.dataset.ready = "";
