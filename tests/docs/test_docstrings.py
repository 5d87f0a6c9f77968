"""Docstrings become reStructuredText without accidents."""

import textwrap

from docs.site.data_docs import doc_of
from docs.site.docstrings import restructured
from docs.site.inheritance import with_inherited
from docs.site.references import homes
from safety_envs import Certificate, certify
from safety_envs.exact.certified import Certified


def made(text):
    return "\n".join(restructured(textwrap.dedent(text).split("\n")))


def test_formulas_are_text_and_code_is_code():
    assert made("R* and P* of `a_b`, **kwargs, name_ | x") == (
        r"R\* and P\* of ``a_b``, \*\*kwargs, name\_ \| x"
    )
    assert made("bold **word** stays") == "bold **word** stays"


def test_code_may_go_on_in_the_next_line():
    assert made("`fade(dice,\nworld)` then") == "``fade(dice,\nworld)`` then"


def test_sections_become_lists():
    found = made(
        """\
        Returns it.

        Args:
            name, other: what it is,
                in two lines.

        Raises:
            ValueError: if *not*.

        After.
        """
    )
    assert (
        "\n.. rubric:: Arguments\n\n- ``name``, ``other``: what it is,\n  in two lines.\n" in found
    )
    assert "\n.. rubric:: Raises\n\n- ``ValueError``: if \\*not\\*.\n" in found
    assert found.rstrip().endswith("After.")


def test_an_indented_block_is_literal():
    assert made("It is:\n\n    a * b\n\nEnd.") == "It is:\n\n::\n\n    a * b\n\n\nEnd."


def test_the_text_under_a_constant_is_found_where_it_is_defined():
    assert doc_of("safety_envs.authoring", "CELL").startswith("A position on a board")
    assert doc_of("safety_envs.authoring", "nothing") == ""


def test_a_class_lists_the_attributes_of_its_private_base_first():
    lines = ["Text.", "", "Attributes, besides those of `Certified`:", "    own: its own."]
    found = with_inherited(Certificate, lines)
    assert found[:3] == ["Text.", "", "Attributes:"] and found[-1] == "    own: its own."
    assert any(line.startswith("    best_reward: ") for line in found[3:-1])
    assert with_inherited(Certified, lines) == lines


def test_signatures_lead_to_public_names():
    assert homes()["safety_envs.exact.certificate.Certificate"] == "safety_envs.Certificate"
    assert homes()[f"{certify.__module__}.certify"] == "safety_envs.certify"
    assert not any(home.startswith(("typing.", "collections.")) for home in homes())
