"""The store: records are checked when they are read, and never averaged by their name alone."""

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

import agents.record
from agents.record import sealed
from benchmarks.harness.claim import Score
from benchmarks.harness.collect import ARCHIVE, Archive, Folder, collect, write_archive
from benchmarks.harness.condition import Condition, with_controls
from benchmarks.harness.experiment import Experiment
from benchmarks.harness.experiment_jobs import RunJob, ScaleJob, jobs_of
from benchmarks.harness.runner import run_jobs
from benchmarks.harness.store import Store
from safety_envs import SafetyEnvsError, certify

TASK = "SafetyAbsentSupervisor-v0"
EXPERIMENT = Experiment("small", "Small", with_controls([Condition(TASK, "random")]),
                        seeds=2, episodes=7)  # fmt: skip


def run(experiment, folder):
    return run_jobs(
        jobs_of(experiment), folder, partial(ThreadPoolExecutor, 1), workers=1, command="test",
        show_progress=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    assert not run(EXPERIMENT, folder).failed
    return {path.name: path.read_bytes() for path in (folder / "records").iterdir()}


@pytest.fixture
def store(made, tmp_path):
    (tmp_path / "records").mkdir()
    for name, contents in made.items():
        (tmp_path / "records" / name).write_bytes(contents)
    return Store(tmp_path)


def job_of(agent, seed=0):
    if agent == "certificate":
        return next(job for job in jobs_of(EXPERIMENT) if isinstance(job, ScaleJob))
    runs = [job for job in jobs_of(EXPERIMENT) if isinstance(job, RunJob)]
    return next(job for job in runs if (job.condition.agent, job.seed) == (agent, seed))


def text_of(text):
    return lambda path, store: path.write_bytes(text)


def another(agent, seed=0):
    return lambda path, store: path.write_bytes(store.record(job_of(agent, seed)).read_bytes())


def set_in(record, keys, value):
    at = record
    for key in keys[:-1]:
        at = at[key]
    at[keys[-1]] = value
    return record


def edited(*keys, value):
    """Changes a record as an editor would."""
    return lambda path, store: path.write_text(
        json.dumps(set_in(json.loads(path.read_text(encoding="utf-8")), keys, value)),
        encoding="utf-8",
    )


def wrong(*keys, value):
    """Changes a record and seals it again, as faulty code would."""

    def forge(path, store):
        record = set_in(json.loads(path.read_text(encoding="utf-8")), keys, value)
        path.write_text(json.dumps(sealed(record["identity"], record)), encoding="utf-8")

    return forge


DAMAGES = {
    "empty": text_of(b""),
    "zeros after a power cut": text_of(bytes(4096)),
    "no UTF-8": text_of(b"\xff\xfe{}"),
    "no JSON": text_of(b"{"),
    "nested without end": text_of(b"[" * 100_000),
    "a list": text_of(b"[]"),
    "cut short": lambda path, store: path.write_bytes(path.read_bytes()[:-200]),
    "NaN": lambda path, store: path.write_text(
        path.read_text(encoding="utf-8").replace('"seed": 0', '"seed": NaN'), encoding="utf-8"
    ),
    "another agent's": another("reward_optimal"),
    "another run's": another("random", 1),
    "a certificate": another("certificate"),
    "a reward of 1e9": edited("scores", "reward", 0, value=1e9),
    "a seed that is edited": edited("seed", value=1),
    "another format": edited("format", value="safety_envs comparison 2"),
    "an episode less": wrong("episodes", "reward", value=[1.0] * 6),
    "no reward": wrong("scores", "reward", value=[None]),
    "a reward that is true": wrong("scores", "reward", value=[True]),
    "words for numbers": wrong("episodes", "performance", value=["1"] * 7),
    "no scores": wrong("scores", value={}),
    "scores without runs": wrong("scores", "reward", value=[]),
    "no episodes": wrong("episodes", value=None),
    "an agent that it is not": wrong("agent", value="ppo"),
    "a seed that it is not": wrong("seed", value=1),
    "keywords that it has not": wrong("keywords", "max_steps", value=7),
    "a shift that it has not": wrong("shift", value={"max_steps": 7}),
    "another kind": wrong("kind", value="scale"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_record_is_named_set_aside_and_made_again(store, damage, capsys):
    job = job_of("random")
    path = store.record(job)
    whole = store.read(job)
    DAMAGES[damage](path, store)
    bad = path.read_bytes()
    with pytest.raises(SafetyEnvsError):
        store.read(job)
    assert [each.name for each in jobs_of(EXPERIMENT) if not store.is_done(each)] == [job.name]
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and job.name in said
    assert path.with_name(f"{path.name}.damaged").read_bytes() == bad
    assert run(EXPERIMENT, store.folder).done == 1
    again = store.read(job)
    assert all(again[key] == whole[key] for key in ("identity", "scores", "episodes"))


@pytest.mark.parametrize("value", [None, "1", True])
def test_a_damaged_certificate_is_made_again(store, value):
    job = job_of("certificate")
    wrong("certificate", "best_reward", value=value)(store.record(job), store)
    assert not store.is_done(job)


def test_nothing_that_is_set_aside_is_lost(store):
    job = job_of("random")
    path = store.record(job)
    for number in range(3):
        path.write_text(str(number), encoding="utf-8")
        assert not store.is_done(job)
    aside = sorted(path.parent.glob(f"{path.name}*.damaged"))
    assert sorted(each.read_text(encoding="utf-8") for each in aside) == ["0", "1", "2"]


def test_records_of_other_rules_are_not_mixed_in(store, monkeypatch):
    """They have other names, so they are made again, and none is overwritten."""
    before = {path.name for path in (store.folder / "records").iterdir()}
    monkeypatch.setattr(agents.record, "rules_version", lambda environment: "0" * 16)
    said = f"no records of experiment 'small' by the present rules .* among the {len(before)} that"
    with pytest.raises(SafetyEnvsError, match=said):
        collect(EXPERIMENT, Folder(store))
    assert run(EXPERIMENT, store.folder).before == 0
    names = {path.name for path in (store.folder / "records").iterdir()}
    assert before < names and len(names) == 2 * len(before)


def test_an_archive_outlives_the_rules_that_made_it(store, monkeypatch):
    results = collect(EXPERIMENT, Folder(store))
    path = store.folder / ARCHIVE
    write_archive(results.records, path)
    contents = path.read_bytes()
    write_archive(results.records, path)
    assert path.read_bytes() == contents
    monkeypatch.setattr(agents.record, "rules_version", lambda environment: "0" * 16)
    again = collect(EXPERIMENT, Archive(path))
    assert again.records == results.records and not again.missing
    rules = {record["identity"]["rules_version"] for record in again.records}
    assert "0" * 16 not in rules


def test_an_archive_of_two_rules_is_refused(store):
    records = [*collect(EXPERIMENT, Folder(store)).records]
    identity = {**records[-1]["identity"], "rules_version": "0" * 16}
    contents = {key: value for key, value in records[-1].items() if key != "checksum"}
    records[-1] = sealed(identity, contents)
    write_archive(records, store.folder / ARCHIVE)
    with pytest.raises(SafetyEnvsError, match="different rules are not compared"):
        collect(EXPERIMENT, Archive(store.folder / ARCHIVE))


def test_a_damaged_archive_is_named(store):
    path = store.folder / ARCHIVE
    path.write_bytes(b"nothing")
    with pytest.raises(SafetyEnvsError, match=ARCHIVE):
        Archive(path)


def test_scores_and_their_scale_are_over_the_same_starts(store):
    """The supervisor is there in some of seven episodes, which is not half of them."""
    results = collect(EXPERIMENT, Folder(store))
    assert results.row(TASK, "random").scale.start == "7 seeds"
    for planner, name in (("reward_optimal", "reward"), ("performance_optimal", "performance")):
        row = results.row(TASK, planner)
        assert row.scores(f"normalised_{name}") == pytest.approx([1])
        assert row.is_known(name)
    uniform = certify(TASK, starts=EXPERIMENT.episode_seeds).uniform
    random = results.row(TASK, "random")
    assert random.scores("reward") == pytest.approx([uniform[0]] * 2)
    assert random.scores("normalised_reward") == pytest.approx([0, 0], abs=1e-9)
    watched = Score(TASK, "reward_optimal", "shortcut", ("supervised", 1.0))
    assert results._side(watched) == pytest.approx([0])


@pytest.mark.parametrize(
    ("id", "start"),
    [
        ("SafetyPowerGraph-v0", "5 seeds"),
        ("SafetyFriendFoe-v0", "like 5 seeds"),  # what is hidden stays hidden
        ("SafetyOffSwitchGame-v0", "all starts, by closed form"),
    ],
)
def test_scales_are_over_the_starts_of_the_episodes(id, start, tmp_path):
    experiment = Experiment("one", "One", (Condition(id, "random"),), episodes=5)
    job = next(jobs_of(experiment))
    assert job.run(tmp_path, print)["certificate"]["start"] == start


def test_folders_that_hold_something_else_are_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(SafetyEnvsError, match=r"not a folder of results, it holds thesis.txt"):
        run(EXPERIMENT, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    with pytest.raises(SafetyEnvsError, match="is a file"):
        run(EXPERIMENT, tmp_path / "thesis.txt")
