"""Which files of a payload root are the payload.

A copy of the rules of `terra.archive.selection` and `terra.model.patterns`, so that a wheel has the tree
of its folder; this distribution depends on hatchling alone, and a test holds the two equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

TERRAFORM_ENDINGS = (".tf", ".tf.json", ".tofu", ".tofu.json")
_TERRA_FILES = ("terra-plugin.toml", "terra.toml", "terra.lock", "terra-registry.json")
_NEVER_FOLDERS = (".git", ".hg", ".svn", ".terraform")
_TOOL_FOLDERS = ("node_modules", "__pycache__", "__macosx")
_TOOL_FOLDER_ENDINGS = (".egg-info", ".dist-info")
_ROOT_MODULES = ("examples", "tests")
_PACKAGING = (
    *("pyproject.toml", "setup.py", "setup.cfg", "manifest.in", "pkg-info"),
    *("hatch.toml", "hatch_build.py", "uv.lock", "poetry.lock", "pdm.lock"),
    *("package.json", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml"),
)
_BUILT = ("dist/*.whl", "dist/terra_*.tar.gz")
_STATE = ("*.tfstate", "*.tfstate.*", "crash.log", "crash.*.log")
_NEVER, _UNLESS_INCLUDED = "never", "unless included"


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides beside terra's own rules.

    Attributes:
        include: The author's patterns that bring back what is left out by default.
        exclude: The author's patterns that leave out more; they win.
        vendored: Folders of the payload root that hold vendored plugins, without a final `/`.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    vendored: tuple[str, ...] = ()


def select(paths: Iterable[str], rules: Rules) -> tuple[str, ...]:
    """Return the files that are the payload, sorted; paths have `/` and are relative to the payload root."""
    return tuple(path for path in sorted(paths) if _is_kept(tuple(path.split("/")), rules))


def is_state(path: str) -> bool:
    """Tell whether a file is Terraform's state, or what Terraform keeps beside it."""
    *folders, name = path.lower().split("/")
    return ".terraform" in folders or any(fnmatchcase(name, pattern) for pattern in _STATE)


def _is_kept(parts: tuple[str, ...], rules: Rules) -> bool:
    left_out = _left_out(parts, rules.vendored)
    if left_out == _NEVER or _matches(parts, rules.exclude):
        return False
    return left_out is None or _matches(parts, rules.include)


def _left_out(parts: tuple[str, ...], vendored: tuple[str, ...]) -> str | None:
    """Tell whether terra leaves a file out by default, and whether that is final; the outermost part decides."""
    for depth in range(1, len(parts) + 1):
        part, is_folder = parts[depth - 1].lower(), depth < len(parts)
        if part in _NEVER_FOLDERS or (is_folder and "/".join(parts[:depth]) in vendored):
            return _NEVER
        if part.startswith(".") or (is_folder and _is_folder_left_out(part, depth)):
            return _UNLESS_INCLUDED
    name = parts[-1].lower()
    if name in _TERRA_FILES:
        return _NEVER
    is_packaging = len(parts) == 1 and name in _PACKAGING
    is_packaging |= len(parts) == 2 and any(fnmatchcase("/".join(parts).lower(), each) for each in _BUILT)  # noqa: PLR2004
    is_noise = name.endswith(".pyc") or any(fnmatchcase(name, pattern) for pattern in _STATE)
    return _UNLESS_INCLUDED if is_packaging or is_noise else None


def _is_folder_left_out(part: str, depth: int) -> bool:
    is_root_module = depth == 1 and part in _ROOT_MODULES
    return is_root_module or part in _TOOL_FOLDERS or part.endswith(_TOOL_FOLDER_ENDINGS)


def _matches(parts: tuple[str, ...], patterns: tuple[str, ...]) -> bool:
    return any(_matches_one(parts, pattern) for pattern in patterns)


def _matches_one(parts: tuple[str, ...], pattern: str) -> bool:
    """Tell whether a pattern names a file or a folder above it; one that ends in `/` names folders only."""
    wanted, names_folders = tuple(pattern.removesuffix("/").split("/")), pattern.endswith(("/", "/**"))
    if len(wanted) == 1 and wanted[0] != "**":
        wanted = ("**", *wanted)
    elif len(wanted) > 1 and wanted[-1] == "**":
        wanted = wanted[:-1]
    if wanted == ("**",):
        return True
    depths = range(1, len(parts) + (0 if names_folders else 1))
    return any(_is_whole(parts[:depth], wanted) for depth in depths)


def _is_whole(parts: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    if not wanted:
        return not parts
    if wanted[0] == "**":
        return _is_whole(parts, wanted[1:]) or (bool(parts) and _is_whole(parts[1:], wanted))
    return bool(parts) and fnmatchcase(parts[0], wanted[0]) and _is_whole(parts[1:], wanted[1:])
