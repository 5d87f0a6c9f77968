"""The runner on a Ray cluster of two nodes, one of which is killed, and on Dask."""

import time
from threading import Thread

import pytest

from benchmarks.harness.executors import dask
from benchmarks.harness.runner import run_jobs
from benchmarks.harness.store import Store
from tests.benchmarks.stub_jobs import StubJob, times_run
from tests.helpers.paths import ROOT
from tests.helpers.processes import python

# Both leave threads and sockets behind that Python warns of at exit.
pytestmark = pytest.mark.filterwarnings("ignore")


def test_dask_does_every_job_once(tmp_path):
    pytest.importorskip("distributed", reason="needs pip install 'safety-envs[dask]'")
    jobs = [StubJob(number, 0.05) for number in range(8)]
    made = []

    def make():
        made.append(dask(2))
        return made[-1]

    outcome = run_jobs(jobs, tmp_path, make, workers=2, command="test", show_progress=False)
    assert outcome.done == 8 and not outcome.failed
    assert [times_run(tmp_path, job) for job in jobs] == [1] * 8


def test_the_tutorial_of_ray_prints_what_it_shows(tmp_path):
    pytest.importorskip("ray", reason="needs pip install 'safety-envs[ray]'")
    tutorial = (ROOT / "docs/tutorials/ray_cluster.md").read_text(encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text(tutorial, encoding="utf-8")
    done = python("-m", "tests.helpers.examples", page)  # Ray is started once in a process
    assert done.returncode == 0, done.stderr
    assert page.read_text(encoding="utf-8") == tutorial


def test_a_ray_cluster_loses_a_node_and_nothing_else(tmp_path):
    ray = pytest.importorskip("ray", reason="needs pip install 'safety-envs[ray]'")
    from ray.cluster_utils import Cluster

    from benchmarks.harness.ray_executor import RayExecutor

    cluster = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False}
    )
    node = cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    jobs = [StubJob(number, 1.0) for number in range(10)]

    def kill_node():
        while len(list((tmp_path / "runs").glob("*"))) < 4:  # in the middle of the work
            time.sleep(0.1)
        cluster.remove_node(node, allow_graceful=False)

    killer = Thread(target=kill_node)
    killer.start()
    try:
        outcome = run_jobs(
            jobs, tmp_path, lambda: RayExecutor(2, cluster.address), workers=2, command="test",
            show_progress=False,
        )  # fmt: skip
        killer.join()
        assert not outcome.failed
        assert [Store(tmp_path).read(job)["value"] for job in jobs] == [n**2 for n in range(10)]
        # What had a record when the node died was not done again; what ran there was.
        assert sum(times_run(tmp_path, job) - 1 for job in jobs) <= 1
    finally:
        ray.shutdown()
        cluster.shutdown()
