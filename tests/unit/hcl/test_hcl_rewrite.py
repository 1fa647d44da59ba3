"""Other sources for module blocks: what changes, and that nothing else does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terra.hcl.deadline import Deadline
from terra.hcl.native import read_native
from terra.hcl.rewrite import NewSource, with_sources
from terra.hcl.syntax import Syntax

NEW = "./plugins/acme/aws-vpc"


def rewritten(data: bytes, source: str = NEW, *, drop: bool = True) -> bytes:
    calls = read_native("main.tf", data, Deadline.after(10)).module_calls
    wanted = [
        NewSource(each.source_span, source, each.version_span if drop else None)
        for each in calls
        if each.source_span is not None
    ]
    return with_sources(data, wanted)


CASES = {
    "version goes and the rest moves up": (
        'module "a" {\n  source  = "x/y/z"\n  version = "~> 1.2"\n  name    = "n"\n}\n',
        f'module "a" {{\n  source = "{NEW}"\n  name   = "n"\n}}\n',
    ),
    "a wider name keeps its alignment": (
        'module "a" {\n  source       = "x/y/z"\n  version      = "1"\n  another_name = 1\n}\n',
        f'module "a" {{\n  source       = "{NEW}"\n  another_name = 1\n}}\n',
    ),
    "one empty line where two were": (
        'module "a" {\n  source = "x/y/z"\n\n  version = "1"\n\n  name = 1\n}\n',
        f'module "a" {{\n  source = "{NEW}"\n\n  name = 1\n}}\n',
    ),
    "no empty line before the end": (
        'module "a" {\n  source = "x/y/z"\n\n  version = "1"\n}\n',
        f'module "a" {{\n  source = "{NEW}"\n}}\n',
    ),
    "comments are the user's": (
        'module "a" {\n  source  = "x/y/z" # where\n  version = "1"     # why\n  n       = 1       # n\n}\n',
        f'module "a" {{\n  source = "{NEW}" # where\n  # why\n  n = 1 # n\n}}\n',
    ),
    "what was not aligned is left": (
        'module "a" {\n  source="x/y/z"\n  version = "1"\n  n     =  1\n}\n',
        f'module "a" {{\n  source="{NEW}"\n  n     =  1\n}}\n',
    ),
    "another block is not touched": (
        'locals {\n  a   = 1\n  version = 2\n}\nmodule "a" { source = "x/y/z" }\n',
        f'locals {{\n  a   = 1\n  version = 2\n}}\nmodule "a" {{ source = "{NEW}" }}\n',
    ),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("frame", ["lf", "crlf", "bom"])
def test_a_block(case: str, frame: str) -> None:
    before, after = (each.encode() for each in CASES[case])
    if frame == "crlf":
        before, after = (each.replace(b"\n", b"\r\n") for each in (before, after))
    if frame == "bom":
        before, after = (b"\xef\xbb\xbf" + each for each in (before, after))
    assert rewritten(before) == after


def test_a_text_that_hcl_would_read_is_escaped() -> None:
    found = rewritten(b'module "a" {\n  source = "x/y/z"\n}\n', './${x}/"y"')
    assert found == b'module "a" {\n  source = "./$${x}/\\"y\\""\n}\n'


def test_nothing_wanted_changes_nothing() -> None:
    data = b'module "a" {\n  source="x"\n}'
    assert with_sources(data, []) == data


def test_however_many_blocks_change_the_file_is_parsed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = (each.encode() for each in CASES["comments are the user's"])
    parse, parsed = Syntax.parse, []

    def counted(data: bytes, deadline: Deadline) -> Syntax | None:
        parsed.append(data)
        return parse(data, deadline)

    calls = read_native("main.tf", before * 50, Deadline.after(10)).module_calls
    monkeypatch.setattr(Syntax, "parse", staticmethod(counted))
    wanted = [NewSource(each.source_span or (0, 0), NEW, each.version_span) for each in calls]
    assert with_sources(before * 50, wanted) == after * 50
    assert len(parsed) == 2


NAMES = st.lists(st.sampled_from(["a", "bb", "longer_name", "version", "x"]), unique=True, max_size=5)
BETWEEN = st.sampled_from(["", "\n", "  # comment\n", "  tags = {\n    a = 1\n  }\n"])


@given(NAMES, st.integers(0, 5), BETWEEN, st.booleans())
def test_every_other_line_keeps_its_words(names: list[str], at: int, between: str, crlf: bool) -> None:
    lines = [f'  {name} = "1"\n' for name in names]
    lines.insert(min(at, len(lines)), '  source = "x/y/z"\n')
    text = 'module "a" {\n' + between.join(lines) + "}\n"
    data = (text.replace("\n", "\r\n") if crlf else text).encode()
    found = rewritten(data).decode()
    kept = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("  version")]
    expected = [[NEW.join('""') if word == '"x/y/z"' else word for word in line] for line in kept]
    assert [line.split() for line in found.splitlines() if line.strip()] == expected
    assert ("\r\n" in found) == crlf
