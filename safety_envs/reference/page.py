"""The reference page of one environment, made from its definition.

The module is long because each section of the page is a function here.
"""

from collections.abc import Iterable

from safety_envs.command_line import value_in_words, variant_keywords
from safety_envs.core.board import AGENT_CHARACTERS
from safety_envs.core.definition import Configuration, Environment
from safety_envs.core.keywords import Keyword
from safety_envs.core.observe import Observer, encodings, planes_of
from safety_envs.core.views import OTHERS, window_planes
from safety_envs.reference.entry import Entry
from safety_envs.reference.markdown import block, code, keywords_in_call, table
from safety_envs.reference.story import story_of

BOOK = "certificates"
"""The folder of the book, beside that of the pages."""

PICTURE_SEED = 0
"""The seed of the episode whose first world is drawn."""


def page_of(environment: Environment, entry: Entry | None) -> str:
    """Returns the page as Markdown.

    Args:
        environment: the definition.
        entry: its entry in the book of certificates; None if it is not there.
    """
    configuration = environment.configure()
    sections = {
        "Actions": _actions(configuration),
        "Keywords": _keywords(environment),
        "Observation": _observation(configuration),
        "Metrics": _metrics(environment),
        "Hidden fields": _hidden(environment),
        "Certificate": _certificate(entry),
        "Use": _use(environment, entry),
        "Source": _source(environment),
    }
    parts = [_head(environment), *(f"## {name}\n\n{text}" for name, text in sections.items())]
    return "\n\n".join(parts) + "\n"


def _head(environment: Environment) -> str:
    story, agents = story_of(environment), environment.configure().agents
    several = f" Agents: {agents} by default." if environment.is_multi_agent else ""
    return "\n\n".join(
        [
            "<!-- made by `python -m safety_envs docs`: do not edit -->",
            f"# {story.title}",
            f"`{environment.id}` · hazard: {environment.problem}.{several}",
            f"**{story.sentence}**",
            f"![The first world of seed {PICTURE_SEED}]({environment.id}.png)",
            f"*The first world of seed {PICTURE_SEED}, with default keywords.*",
            story.text,
        ]
    )


def _actions(configuration: Configuration) -> str:
    rows = [(str(number), name) for number, name in enumerate(configuration.actions)]
    intro = ""
    if callable(configuration.environment.actions):
        intro = "With default keywords; other keywords can change the actions.\n\n"
    if configuration.environment.is_multi_agent:
        intro += "Every agent takes one of these in each step.\n\n"
    return intro + table(("number", "action"), rows)


def _keywords(environment: Environment) -> str:
    parts = [_keyword_table(environment.keyword_table.values())]
    for selector, values, keywords in variant_keywords(environment):
        others = {environment.variants[selector][value].id for value in values}
        if others == {environment.id} and keywords == environment.keyword_table:
            continue  # a variant that takes the same keywords
        rules = ", ".join(f"[{code(each)}]({each}.md)" for each in sorted(others))
        chosen = " or ".join(code(f"{selector}={value_in_words(value)}") for value in values)
        link = "" if others == {environment.id} else f", the rules of {rules}"
        parts += [f"With {chosen}{link}:", _keyword_table(keywords.values())]
    return "\n\n".join(parts)


def _keyword_table(keywords: Iterable[Keyword]) -> str:
    rows = [(code(each.name), each.words, code(str(each.default))) for each in keywords]
    return table(("keyword", "takes", "default"), rows)


def _observation(configuration: Configuration) -> str:
    offered = encodings(configuration)
    rows = []
    for encoding in offered:
        observer = Observer(configuration, encoding)
        shape = " x ".join(map(str, observer.shape))
        what = "text" if encoding == "text" else f"{observer.dtype.__name__} [{shape}]"
        rows.append((code(encoding), what))
    default = f"The default is {code(offered[0])}. Shapes are those of default keywords."
    if configuration.environment.is_multi_agent:
        default += " The first axis is the agent; in PettingZoo each agent has its own row."
    layout = _planes(configuration) if configuration.is_grid else _features(configuration)
    return "\n\n".join([default, table(("`observation=`", "one world"), rows), layout])


def _planes(configuration: Configuration) -> str:
    legend, view = configuration.legend, configuration.environment.view
    shown = planes_of(configuration) if view is None else window_planes(configuration)
    rows = [
        (str(number), code(each), legend[each].name)
        if each != OTHERS
        else (str(number), "", "another agent")
        for number, each in enumerate(shown)
    ]
    others = AGENT_CHARACTERS if view else ""  # the last plane shows them
    unseen = [
        f"{code(each)} {look.name}"
        for each, look in legend.items()
        if each not in shown and each not in others
    ]
    end = f"\n\nOn the board, without a plane: {', '.join(unseen)}." if unseen else ""
    return "Planes:\n\n" + table(("plane", "character", "what is there"), rows) + end


def _features(configuration: Configuration) -> str:
    rows = [
        (str(number), code(name), f"{low:g} .. {high:g}")
        for number, (name, (low, high)) in enumerate(configuration.features.items())
    ]
    return "Features:\n\n" + table(("number", "feature", "range"), rows)


_KINDS = {
    "total": "sum over the episode",
    "mean": "mean over the steps",
    "first": "number of the first step; undefined if it never happens",
    "least": "least of all steps",
    "per_agent": "sum for each agent, and for all",
    "derived": "derived from the others at the end",
}


def _metrics(environment: Environment) -> str:
    rows = [
        (code(name), metric.description, metric.unit, _KINDS[metric.kind])
        for name, metric in environment.metrics.items()
    ]
    made = table(("metric", "meaning", "unit", "kind"), rows)
    if not environment.exact_metrics:
        return made
    exact = [f"- {code(name)}: {text}" for name, text in environment.exact_metrics.items()]
    return "\n".join([f"{made}\n\nBy `safety_envs.measure`, not in `info`:\n", *exact])


def _hidden(environment: Environment) -> str:
    if environment.is_multi_agent:
        return "None. In the exact analysis every agent sees the whole world."
    if not environment.hidden:
        return "None. The exact solver plans on the whole world."
    names = ", ".join(map(code, environment.hidden))
    return f"The agent does not see {names}. The solver plans on beliefs about them."


def _certificate(entry: Entry | None) -> str:
    if entry is None:
        return "Not computed here. The command below computes one."
    if not entry.printed:
        return f"There is none with default keywords: {entry.refusal}."
    name = entry.environment
    call = block(f'certify("{name}"{keywords_in_call(entry.arguments)})', "python")
    more = f"Its [page in the book of certificates](../{BOOK}/{name}.md) shows more."
    return "\n\n".join([call, block(entry.printed, "text"), more])


def _use(environment: Environment, entry: Entry | None) -> str:
    name = environment.id
    lines = ["import gymnasium as gym", "import safety_envs", ""]
    if environment.is_multi_agent:
        lines.insert(1, "import pettingzoo")
        lines += [f'env = pettingzoo.make("parallel", "{name}")  # or "aec"']
    else:
        lines += [f'env = gym.make("{name}")']
    lines += [f'envs = gym.make_vec("{name}", num_envs=64)']
    arguments = {} if entry is None else entry.arguments
    options = "".join(f" --{key.replace('_', '-')} {value}" for key, value in arguments.items())
    commands = [
        f"python -m safety_envs certify {name}{options}",
        f"python -m safety_envs record {name} --agent random --out film.gif",
    ]
    return "\n\n".join([block("\n".join(lines), "python"), block("\n".join(commands), "sh")])


def _source(environment: Environment) -> str:
    story, module = story_of(environment), environment.step.__module__
    lines = [f"Hazard: {story.hazard}"] if story.hazard else []
    lines += [story.source] if story.source else []
    file = f"{module.replace('.', '/')}.py"
    ours = module.startswith("safety_envs.")
    lines += [f"Code: [{code(file)}](../../{file})" if ours else f"Code: {code(module)}"]
    return "\n\n".join(lines)
