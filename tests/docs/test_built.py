"""The check of a built site finds what is wrong."""

import pytest

from docs.site import built


def site(folder, **pages):
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return built.faults_of(folder)


def test_a_sound_site_has_no_faults(tmp_path):
    (tmp_path / "a.png").write_bytes(b"")
    one = '<h1 id="top">T</h1><a href="two.html#x">x</a><a href="#top">t</a><img src="a.png">'
    two = '<p id="x"><a href="https://example.org">away</a><img src="data:image/png;base64,">'
    assert site(tmp_path, one=one, two=two) == []


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        ('<a href="gone.html">', "gone.html: there is no such file"),
        ('<a href="#gone">', "#gone: there is no such heading"),
        ('<a href="../../up.html">', "leads out of the site"),
        ('<script src="https://cdn.example/x.js">', "would load this from the network"),
        (
            '<link rel="stylesheet" href="//fonts.example/x.css">',
            "would load this from the network",
        ),
        ('<img src="gone.png">', "gone.png: there is no such file"),
        ('<iframe src="play/gone.html">', "play/gone.html: there is no such file"),
    ],
)
def test_each_fault_is_found(tmp_path, page, fault):
    (found,) = site(tmp_path, one=page)
    assert found.startswith("one.html: ") and fault in found
