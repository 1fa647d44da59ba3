"""Which files of a payload root are the payload: the author's exclusions, terra's own, and what is refused.

The same rules hold for every archive and for a folder, so that a release has one tree.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from terra.errors import PayloadError
from terra.model.patterns import matched_depth, may_reach_into
from terra.model.stages import LeftOut
from terra.model.terraform import TERRAFORM_ENDINGS
from terra.model.values import value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from terra.model.plugin import PluginManifest

# Never part of a payload, whatever `include` says: they would make the plugin's folder a repository, a
# project or a registry of its own, or are what carries the payload.
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
_BUILT = ("dist/*.whl", "dist/terra_*.tar.gz")  # what building the plugin leaves in its folder
_STATE = ("*.tfstate", "*.tfstate.*", "crash.log", "crash.*.log")
# They act on the rest of a project, or on every run in it: override files are merged over other files'
# blocks, `*.auto.tfvars` are read unasked, and a `terragrunt.hcl` makes its folder a unit to deploy.
_ACTING = re.compile(
    r"((.*_)?override\.(tf|tofu)(\.json)?|.*\.auto\.tfvars(\.json)?|terraform\.tfvars(\.json)?"
    r"|terragrunt(\.stack)?\.hcl(\.json)?)",
    re.DOTALL,
)
# Compiled by the first payload that leaves something out.
_REFERENCE = rb'(?<=[/"])[\w.-]+(?=[/"])'
_COMMENT = rb"(?m)^\s*(#|//).*$"


@value
class Selection:
    """The paths that are the payload, and what is not with the reason; relative to the payload root."""

    kept: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


@value
class Rules:
    """What decides beside terra's own rules.

    Attributes:
        include: The author's patterns that bring back what terra leaves out.
        exclude: The author's patterns that leave out more; they win.
        vendored: Folders of the payload root that hold vendored plugins, without a final `/`.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    vendored: tuple[str, ...] = ()

    @classmethod
    def of(cls, manifest: PluginManifest | None, vendored: tuple[str, ...] = ()) -> Rules:
        """Return the rules of a manifest, where there is one."""
        return cls(vendored=vendored) if manifest is None else cls(manifest.include, manifest.exclude, vendored)


def select(paths: Iterable[str], rules: Rules) -> Selection:
    """Divide the files of a payload root.

    Args:
        paths: Relative to the payload root; one that ends in `/` is a folder that was not looked into.
        rules: The author's patterns and the vendored folders.
    """
    kept: list[str] = []
    left: list[tuple[str, str, str]] = []
    for path in sorted(paths):
        verdict = _verdict(tuple(path.removesuffix("/").split("/")), rules, is_folder=path.endswith("/"))
        if verdict is None:
            kept.append(path)
        else:
            depth, why = verdict
            parts = path.split("/")
            whole = "/".join(parts[:depth])
            left.append((path, whole if whole == path else whole + "/", why))
    return Selection(tuple(path for path in kept if not path.endswith("/")), _summary(kept, left))


def skips(folder: str, rules: Rules) -> bool:
    """Tell whether a folder of a payload root need not be looked into, since nothing of it can be kept."""
    parts = tuple(folder.split("/"))
    verdict = _by_default(parts, rules, is_folder=True)
    return verdict is not None and (verdict[2] or not may_reach_into(parts, rules.include))


def is_noise(part: str) -> bool:
    """Tell whether a part of a path says nothing of where the payload is: a dot file, or what tools write."""
    return part.startswith(".") or part.lower() in _TOOL_FOLDERS


def is_root_module(part: str) -> bool:
    """Tell whether a folder of this name at a payload's root holds root modules of its own."""
    return part.lower() in _ROOT_MODULES


def refuse_acting(kept: Sequence[str], allow_files: Sequence[str], archive: str) -> None:
    """Refuse files that act on the rest of a project.

    Args:
        kept: The paths of the payload.
        allow_files: Patterns (fnmatch, over the whole path) of what the user allows.
        archive: What messages call the archive.

    Raises:
        PayloadError: There are some that the user does not allow.
    """
    found = [
        path
        for path in kept
        if _ACTING.fullmatch(path.rpartition("/")[2].lower())
        and not any(fnmatchcase(path, pattern) for pattern in allow_files)
    ]
    if found:
        from terra.archive.names import printable

        names = ", ".join(f"`{printable(path)}`" for path in found[:5]) + (", …" if len(found) > 5 else "")  # noqa: PLR2004
        message = f"`{printable(archive)}` has files that act on the rest of a project: {names}"
        hint = "if you trust them, allow them by name with `allow-files` in `[policy]`"
        raise PayloadError(message, hint=hint, subjects=[printable(path) for path in found])


def with_references(
    left_out: Sequence[LeftOut], kept: Iterable[str], read: Callable[[str], bytes]
) -> tuple[LeftOut, ...]:
    """Return what was left out, saying of each whether a Terraform file of the payload refers to it.

    A plain search for the name between slashes or quotes, outside of comment lines; it can be wrong.
    """
    wanted = {_last_part(each.path).encode(): "" for each in left_out}
    for path in kept if wanted else ():
        if path.endswith(TERRAFORM_ENDINGS):
            for token in wanted.keys() & set(re.findall(_REFERENCE, re.sub(_COMMENT, b"", read(path)))):
                wanted[token] = wanted[token] or path
    return tuple(
        LeftOut(each.path, each.why, by) if (by := wanted[_last_part(each.path).encode()]) else each
        for each in left_out
    )


def _last_part(path: str) -> str:
    return path.removesuffix("/").rpartition("/")[2]


def _verdict(parts: tuple[str, ...], rules: Rules, *, is_folder: bool) -> tuple[int, str] | None:
    default = _by_default(parts, rules, is_folder=is_folder)
    if default is not None and (default[2] or is_folder):
        return default[:2]
    if excluded := matched_depth(parts, rules.exclude):
        return excluded, "the author's `[files] exclude` leaves it out"
    if default is None or matched_depth(parts, rules.include):
        return None
    return default[:2]


def _by_default(parts: tuple[str, ...], rules: Rules, *, is_folder: bool) -> tuple[int, str, bool] | None:
    """Return at which depth terra leaves a path out, why, and whether that is final."""
    for depth in range(1, len(parts) + 1):
        part, in_folder = parts[depth - 1].lower(), is_folder or depth < len(parts)
        if part in _NEVER_FOLDERS:
            return depth, "it is never part of a payload", True
        if in_folder and "/".join(parts[:depth]) in rules.vendored:
            return depth, "it holds the plugin's own vendored plugins", True
        why = _folder_reason(part, depth) if in_folder else None
        why = "a dot file" if part.startswith(".") else why
        if why is not None:
            return depth, why, False
    return None if is_folder else _by_file_name(parts)


def _folder_reason(part: str, depth: int) -> str | None:
    if part in _TOOL_FOLDERS or part.endswith(_TOOL_FOLDER_ENDINGS):
        return "written by a tool"
    return "root modules of their own" if depth == 1 and part in _ROOT_MODULES else None


def _by_file_name(parts: tuple[str, ...]) -> tuple[int, str, bool] | None:
    name, depth = parts[-1].lower(), len(parts)
    if name in _TERRA_FILES:
        return depth, "it describes the plugin or project and is no part of it", True
    if any(fnmatchcase(name, pattern) for pattern in _STATE):
        return depth, "a state or crash file", False
    if name.endswith(".pyc"):
        return depth, "written by a tool", False
    if depth == 1 and name in _PACKAGING:
        return depth, "a packaging file", False
    if depth == 2 and any(fnmatchcase("/".join(parts).lower(), pattern) for pattern in _BUILT):  # noqa: PLR2004
        return depth, "a built package of the plugin", False
    return None


def _summary(kept: Sequence[str], left: Sequence[tuple[str, str, str]]) -> tuple[LeftOut, ...]:
    parents = {path[: at + 1] for path in kept for at, character in enumerate(path) if character == "/"}
    entries: dict[str, str] = {}
    for path, whole, why in left:
        entries.setdefault(path if whole in parents else whole, why)
    return tuple(LeftOut(path, entries[path]) for path in sorted(entries))
