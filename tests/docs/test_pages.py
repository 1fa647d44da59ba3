"""Every console block of every page is run, and prints what the page says."""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest

from docs.console import ROOT, Page, Session, Step, blocks, matches, problem, read_page
from docs.venv import make_venv
from docs.web import serving
from support.components import require

PAGES = sorted(
    path
    for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md"))
    if "examples" not in path.relative_to(ROOT).parts
)
RUN = [page for page in map(read_page, PAGES) if page.steps]

# Blocks of these languages show something; what a reader is asked to type is `console`, and so is run.
SHOWING = {"", "text", "toml", "json", "hcl", "yaml", "ini", "python"}
# What installs terra cannot be run inside terra's own tests: test_quickstart.py runs the first of these.
INSTALLING = ("python3 -m venv .venv", "git clone ")


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", RUN, ids=[name(page.path) for page in RUN])
@pytest.mark.skipif(os.name != "posix", reason="the pages show a POSIX shell")
def test_a_page_prints_what_it_shows(page: Page, isolated: Path, terra_program: Path) -> None:
    absent = frozenset(program for program in page.needs if shutil.which(program) is None)
    with ExitStack() as stack:
        programs = terra_program.parent
        if page.in_venv:
            programs = make_venv(isolated / "home" / ".venv")
        session = Session(isolated / "home", programs)
        for each in page.served:
            served = serving(session.home / each.folder, each.token, each.login)
            session.origins[each.origin] = stack.enter_context(served)
        problems = [found for ran in session.run(page, absent) if (found := problem(ran))]
    assert not problems, f"{name(page.path)}\n\n" + "\n\n".join(problems)
    for program in absent:
        require(program)


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_block_that_is_not_run_shows_or_installs(path: Path) -> None:
    for language, text in blocks(path):
        if language == "sh":
            assert text.startswith(INSTALLING), f"write `console`, so that it is run:\n{text}"
        else:
            assert language in SHOWING | {"console"}, f"`{language}` is not a language of these pages:\n{text}"


def test_the_pages_that_must_have_examples_have_them() -> None:
    run = {name(page.path) for page in RUN}
    how_to = {name(path) for path in PAGES if path.parent.name == "how-to"}
    assert run >= {"README.md", "docs/tutorial/first-project.md", "docs/tutorial/two-plugins.md", *how_to}


def test_a_wildcard_stands_for_lines_or_text() -> None:
    assert matches(["one", "...", "four"], "one\ntwo\nthree\nfour\n")
    assert matches(["one", "...", "two"], "one\ntwo\n")
    assert matches(["sha256-..."], "sha256-abc  \n")
    assert not matches(["one", "..."], "two\n")
    assert not matches(["one"], "one\ntwo\n")
    assert not matches([], "unexpected\n")


def test_a_page_is_read_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(
        "<!-- setup: mkdir a -->\n<!-- needs: terraform -->\n```console\n$ cat <<EOF\n> x\n> EOF\nx\n$ true\n```\n"
        "<!-- serve: ~/www as https://modules.example with token t -->\n```console\n$ false\nerror: no\n```\n"
        "<!-- environment: venv -->\n<!-- serve: ~/www as https://pypi.example with login me:x -->\n"
    )
    page = read_page(path)
    assert page.steps == (
        Step("mkdir a", line=1),
        Step("cat <<EOF\nx\nEOF", ("x",), 4, "terraform"),
        Step("true", (), 8, "terraform"),
        Step("false", ("error: no",), 12),
    )
    modules, pypi = page.served
    assert (modules.folder, modules.origin, modules.token, modules.login) == (
        "www",
        "https://modules.example",
        "t",
        None,
    )
    assert (pypi.origin, pypi.token, pypi.login) == ("https://pypi.example", None, "me:x")
    assert page.in_venv


def test_an_address_with_a_login_stands_for_the_same_host(tmp_path: Path) -> None:
    session = Session(tmp_path, tmp_path, {"https://pypi.example": "http://127.0.0.1:80"})
    path = tmp_path / "page.md"
    path.write_text("```console\n$ echo https://me:x@pypi.example/simple/ https://other.example/@pypi\n```\n")
    (ran,) = session.run(read_page(path))
    assert ran.output == "http://me:x@pypi.example/simple/ https://other.example/@pypi\n"


def test_a_session_notices_what_differs(isolated: Path, terra_program: Path) -> None:
    path = isolated / "page.md"
    path.write_text(
        "```console\n$ cd /\n$ pwd\n/\n$ echo wrong\nright\n$ false\n$ echo $?\n1\n$ true\nerror: expected\n```\n"
    )
    ran = Session(isolated / "home", terra_program.parent).run(read_page(path))
    assert [problem(each) is None for each in ran] == [True, True, False, False, True, False]
