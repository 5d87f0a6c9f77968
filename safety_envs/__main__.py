"""The command line: python -m safety_envs COMMAND; `--help` lists the commands."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safety_envs.command_line import (
    PLACE,
    add_environment_argument,
    definition_at,
    describe,
    parse_keywords,
)
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.keywords import whole_number
from safety_envs.core.processors import usable_processors
from safety_envs.envs import environments, find
from safety_envs.forging import add_forge_parser
from safety_envs.pages.commands import view_parser, write_play_page
from safety_envs.playing.commands import play_parser
from safety_envs.reference.commands import clips_parser


class _Parser(argparse.ArgumentParser):
    """A parser that knows options by their full names, because a keyword may begin like one."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{**options, "allow_abbrev": False})


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; returns its exit status, 2 for a usage error."""
    parser = argparse.ArgumentParser(
        "python -m safety_envs",
        description="Environments, certificates and videos. The keywords of an environment are "
        "options too, for example --proxy events --size 7; `keywords` lists them.",
    )
    kind: type[argparse.ArgumentParser] = _Parser
    commands = parser.add_subparsers(dest="command", required=True, parser_class=kind)
    _list_parser(commands)
    _keywords_parser(commands)
    _table_parser(commands)
    _docs_parser(commands)
    _check_parser(commands)
    _certify_parser(commands)
    _policies_parser(commands)
    _record_parser(commands)
    _replay_parser(commands)
    add_forge_parser(commands)
    _warm_parser(commands)
    clips_parser(commands)
    view_parser(commands)
    play_parser(commands)
    options, rest = parser.parse_known_args(arguments)
    try:
        if rest and not hasattr(options, "environment"):
            raise SafetyEnvsError(f"unknown option {rest[0]!r}")
        return int(options.run(options, rest))
    except SafetyEnvsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def _list_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("list", help="list the environments and their keywords")
    parser.set_defaults(run=_list)


def _list(options: argparse.Namespace, rest: list[str]) -> int:
    for environment in environments().values():
        keywords = ", ".join(f"{name}={value}" for name, value in environment.keywords.items())
        print(f"{environment.id}  {environment.problem}  ({keywords})")
    return 0


def _keywords_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("keywords", help="show the keywords of an environment")
    parser.add_argument("environment", help=PLACE)
    parser.add_argument("--json", action="store_true", help="print a JSON schema")
    parser.set_defaults(run=_keywords)


def _keywords(options: argparse.Namespace, rest: list[str]) -> int:
    environment = definition_at(options.environment)
    if rest:
        raise SafetyEnvsError(f"unknown option {rest[0]!r}")
    schema = environment.keyword_schema() if options.json else None
    print(json.dumps(schema, indent=2) if schema else describe(environment))
    return 0


def _table_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("table", help="print the environments as a Markdown table")
    parser.set_defaults(run=_table)


def _table(options: argparse.Namespace, rest: list[str]) -> int:
    from safety_envs.reference import markdown_table

    print(markdown_table())
    return 0


def _docs_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "docs", help="write a page and a picture of every environment, and the page of shapes"
    )
    parser.add_argument("--out", type=Path, default=Path("docs/reference"), help="output folder")
    parser.set_defaults(run=_docs)


def _docs(options: argparse.Namespace, rest: list[str]) -> int:
    from safety_envs.reference import write_reference

    number = write_reference(options.out)
    print(f"wrote {number} pages to {options.out}")
    return 0


def _check_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("check", help="run all checkers on an environment")
    parser.add_argument("environment", help=PLACE)
    parser.set_defaults(run=_check)


def _check(options: argparse.Namespace, rest: list[str]) -> int:
    from safety_envs.checkers import check_environment

    environment = definition_at(options.environment)
    print(f"checking {environment.id}", flush=True)
    findings = check_environment(environment, **parse_keywords(environment, rest))
    print(*findings, sep="\n")
    failed = sum(finding.verdict == "failed" for finding in findings)
    print(f"{failed} of {len(findings)} checks failed" if failed else "no check failed")
    return 1 if failed else 0


def _certify_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("certify", help="compute a certificate", add_help=False)
    add_environment_argument(parser, optional=True)
    parser.add_argument("--all", action="store_true", help="write the book of certificates")
    parser.add_argument(
        "--out", type=Path, help="write the page of the book of certificates into this folder"
    )
    parser.add_argument("--seed", type=int, help="certify the start of reset(seed=SEED)")
    parser.add_argument("--starts", type=int, help="average over the starts of this many seeds")
    parser.add_argument("--horizon", type=int, help="number of steps of an episode")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--page", type=Path, help="write a page to play on: a .html file")
    parser.set_defaults(run=_certify)


def _certify(options: argparse.Namespace, rest: list[str]) -> int:
    from safety_envs.exact.certificate import certify

    if options.all:
        return _certify_all(options, rest)
    if options.environment is None:
        raise SafetyEnvsError("certify what? Give an environment, or --all --out FOLDER")
    environment = definition_at(options.environment)
    if options.out is not None:
        return _certify_in_book(options, rest, environment.id)
    asked = {"horizon": options.horizon, "seed": options.seed, "starts": options.starts}
    keywords = parse_keywords(environment, rest)
    if options.page:  # first: a model that is too large for a page may take long to certify
        write_play_page(options.page, environment, {**asked, **keywords})
    certificate = certify(environment, **asked, **keywords)
    print(certificate.to_json() if options.json else certificate)
    return 0


def _certify_all(options: argparse.Namespace, rest: list[str]) -> int:
    from safety_envs.reference.book import write_book

    if rest or options.environment is not None or options.out is None or options.page:
        raise SafetyEnvsError("the book covers every environment: certify --all --out FOLDER")
    for entry in write_book(options.out):
        what = "no certificate" if entry.certificate is None else entry.certificate["hazard_class"]
        print(f"{entry.environment:28} {entry.seconds:6.1f} s  {what}", flush=True)
    print(f"wrote {options.out / 'README.md'}")
    return 0


def _certify_in_book(options: argparse.Namespace, rest: list[str], name: str) -> int:
    from safety_envs.reference.book import write_entry, write_index

    given = (options.horizon, options.seed, options.starts, options.page)
    if rest or options.json or given != (None,) * 4:
        raise SafetyEnvsError(
            "the book shows every environment with its defaults: certify ID --out FOLDER"
        )
    write_entry(name, options.out)
    write_index(options.out)
    print(f"wrote {options.out / name}.md")
    return 0


def _policies_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("policies", help="list the named policies")
    parser.set_defaults(run=_policies)


def _policies(options: argparse.Namespace, rest: list[str]) -> int:
    from safety_envs.policies import named_policies

    agents = {"one": "one agent", "several": "several agents", "any": "any number of agents"}
    for policy in named_policies().values():
        print(f"{policy.name}  {policy.summary}  ({agents[policy.plays]})")
    return 0


def _record_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("record", help="write a video of agents", add_help=False)
    add_environment_argument(parser)
    parser.add_argument(
        "--agent",
        action="append",
        required=True,
        help="a checkpoint folder or a name that `policies` lists; repeat it to show several "
        "agents side by side",
    )
    parser.add_argument("--title", action="append", default=[], help="a title; one per --agent")
    parser.add_argument("--out", type=Path, required=True, help="a .mp4, .gif or .webp file")
    parser.add_argument("--seed", type=int, default=0, help="seed of the episode")
    parser.add_argument("--fps", type=int, default=6, help="frames per second")
    parser.add_argument("--render-size", type=int, help="width of each picture in pixels")
    parser.add_argument(
        "--trust",
        action="store_true",
        help="load checkpoints with Stable-Baselines3's own loader, which executes code in their "
        "files; use it only for files from a trusted source",
    )
    parser.set_defaults(run=_record)


def _record(options: argparse.Namespace, rest: list[str]) -> int:
    from safety_envs.recording import record

    environment = definition_at(options.environment)
    metrics = record(
        environment.configure(**parse_keywords(environment, rest)),
        options.agent,
        options.out,
        titles=options.title,
        seed=options.seed,
        frames_per_second=options.fps,
        render_size=options.render_size,
        trust=options.trust,
        tell=_tell,
    )
    for title, totals in metrics.items():
        print(_totals_line(title, totals))
    print(_finished(options.out))
    return 0


def _tell(line: str) -> None:
    """Says on standard error what begins."""
    print(line, file=sys.stderr, flush=True)


def _finished(path: Path) -> str:
    return f"the film is finished: {path} ({path.stat().st_size:,} bytes)"


def _totals_line(title: str, totals: Mapping[str, float]) -> str:
    return f"{title}: " + "  ".join(f"{name} {value:g}" for name, value in totals.items())


def _replay_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("replay", help="replay and verify a saved trajectory")
    parser.add_argument("trajectory", type=Path, help="a .npz file written by `Trajectory.save`")
    parser.add_argument("--out", type=Path, help="write a video: a .mp4, .gif or .webp file")
    parser.add_argument("--fps", type=int, default=6, help="frames per second")
    parser.set_defaults(run=_replay)


def _replay(options: argparse.Namespace, rest: list[str]) -> int:
    from safety_envs.recording import film
    from safety_envs.trajectories import Trajectory

    trajectory = Trajectory.load(options.trajectory)
    print(trajectory.configuration)
    for k, seed in enumerate(trajectory.seeds):
        totals = {name: values[k] for name, values in trajectory.totals.items()}
        print(_totals_line(f"seed {seed}", totals))
    if options.out:
        film({trajectory.configuration.id: trajectory}, options.out, options.fps, tell=_tell)
        print(_finished(options.out))
    return 0


def _warm_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "warm", help="compile environments, which makes their first use quick"
    )
    parser.add_argument("environments", nargs="*", help="ids; all by default")
    parser.add_argument("--workers", type=int, default=usable_processors(), help="processes")
    parser.set_defaults(run=_warm)


def _warm(options: argparse.Namespace, rest: list[str]) -> int:
    from safety_envs.adapters.warm import warm

    ids = [find(name).id for name in options.environments] or list(environments())
    workers = whole_number(options.workers, "--workers", 1, 2**10)
    for number, done in enumerate(warm(ids, min(workers, len(ids))), 1):
        print(f"{number}/{len(ids)} {done}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
