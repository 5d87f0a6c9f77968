// The page of replays: panels, clock and inspector, joined.

const PLAY = "M4 2.5v11L13 8z";
const PAUSE = "M3.5 3h3v10h-3zM9.5 3h3v10h-3z";
const { episodes: recorded } = await readData();
const longest = Math.max(...recorded.map(({ steps: count }) => count));
const episodes = recorded.map((data) => new Episode({ ...data, longest }));
const events = [...new Set(episodes.flatMap((episode) => [...episode.events.keys()]))].sort((a, b) => a - b);
const clock = new Clock(longest, events, update);
const range = commonRange(episodes);
const panels = episodes.map((episode) => new Panel(episode, range, (step) => clock.move(step)));
const inspector = new Inspector(episodes);

function update(step, playing) {
  for (const panel of panels) panel.show(step);
  inspector.show(step);
  byId("time").value = step;
  byId("time").setAttribute("aria-valuetext", `step ${step} of ${longest}`);
  byId("where").textContent = `step ${step} of ${longest}`;
  byId("play").querySelector("path").setAttribute("d", playing ? PAUSE : PLAY);
  byId("play").setAttribute("aria-label", playing ? "Pause" : "Play");
  byId("said").textContent = playing ? "" : said(step); // who listens is not told every frame
}

function said(step) {
  const parts = episodes.map((episode) => {
    const at = Math.min(step, episode.steps);
    const [reward, wanted] = ["episode_return", "performance"].map((key) => number(episode.channel(key, at)));
    return `${episode.title}: reward ${reward}, hidden performance ${wanted}`;
  });
  return `Step ${step} of ${longest}. ${parts.join(". ")}.`;
}

function heading() {
  const [first] = episodes;
  const settings = (each) => JSON.stringify([each.id, each.seed, each.keywords]);
  byId("problem").textContent = [...new Set(episodes.map(({ problem }) => problem))].join(" · ");
  byId("name").textContent = [...new Set(episodes.map(({ id }) => id))].join(" and ");
  const alike = episodes.every((each) => settings(each) === settings(first));
  byId("facts").append(...(alike ? facts(first) : []));
  if (!alike) {
    panels.forEach((panel, k) => panel.element.querySelector(".end").before(
      el("ul", { class: "facts" }, facts(episodes[k]))));
  }
  const made = [...new Set(episodes.map(({ id, rules }) => `${id}, rules ${rules}.`))];
  byId("made").textContent = `${made.join(" ")} This file has ${KILOBYTES} kB and loads nothing.`;
}

function facts({ id, seed, keywords }) {
  const all = [["seed", seed], ...Object.entries(keywords)];
  return all.map(([name, value]) => el("li", {}, el("span", {}, `${words(name)} `), String(value)));
}

/** Marks the events on the way of the slider. */
function mark() {
  byId("marks").setAttribute("viewBox", `0 0 ${Math.max(longest, 1)} 1`);
  byId("marks").setAttribute("preserveAspectRatio", "none");
  byId("marks").append(...events.map((step) => svg("path", { d: `M${step} 0V1` })));
}

function connect() {
  byId("time").max = longest;
  byId("time").addEventListener("input", (event) => clock.move(Number(event.target.value)));
  byId("speed").addEventListener("change", (event) => { clock.speed = Number(event.target.value); });
  const acts = {
    first: () => clock.move(0), back: () => clock.move(clock.step - 1), play: () => clock.toggle(),
    forward: () => clock.move(clock.step + 1), last: () => clock.move(longest),
    previous: () => clock.previousEvent(), next: () => clock.nextEvent(),
  };
  for (const [id, act] of Object.entries(acts)) byId(id).addEventListener("click", act);
  for (const id of ["previous", "next"]) byId(id).hidden = events.length === 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || usesKey(event.target, event.key)) return;
    if (clock.key(event.key)) event.preventDefault();
  });
}

/** Returns the legends of all boards, one for each environment. */
function legends() {
  const first = new Map();
  for (const { episode, pictures } of panels) {
    const board = pictures.find((each) => each instanceof Board);
    if (board && !first.has(episode.id)) first.set(episode.id, board.legend());
  }
  if (!first.size) return [];
  return [el("details", { class: "group", open: true },
    el("summary", {}, "What the symbols mean"), [...first.values()])];
}

byId("stage").append(...panels.map((panel) => panel.element));
byId("numbers").append(...legends());
byId("numbers").append(...inspector.parts);
if (longest > 200) { clock.speed = 16; byId("speed").value = "16"; }
heading();
mark();
connect();
update(0, false);
window.safetyEnvs = { episodes, clock }; // for those who look behind the page, and for tests
document.documentElement.dataset.ready = "";
