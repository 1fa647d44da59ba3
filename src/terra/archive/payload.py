"""From the bytes of a release, or a folder, to its payload: exactly those files, in a private folder.

What is opened here is hostile. Nothing is compared with what was asked for; that is `trust`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.archive.contents import Contents, Extracted
from terra.archive.layout import find_root
from terra.archive.names import printable
from terra.archive.pointers import pointers
from terra.archive.selection import Rules, refuse_acting, select, with_references
from terra.archive.stage import emptied_on_failure
from terra.errors import InvalidDocumentError, PayloadError
from terra.model.stages import Staged
from terra.model.terraform import TERRAFORM_ENDINGS
from terra.model.tree import Tree
from terra.system import fs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from terra.archive.layout import Root
    from terra.model.name import Name
    from terra.model.stages import Fetched

_TEXT_LIMIT = 1 << 20  # bytes of a Terraform file that are searched for references
_SHOWN = 3


def open_payload(
    fetched: Fetched, into: Path, *, name: Name | None = None, allow_files: tuple[str, ...] = ()
) -> Staged:
    """Put the payload of a release into an empty folder, which is empty again after any failure.

    Args:
        fetched: The archive or folder.
        into: A private folder that is empty or does not exist; the payload is it, or a folder in it.
        name: The plugin as its author names it, needed only for a wheel that carries several.
        allow_files: Patterns (fnmatch, over the payload path) of files that are allowed although they act
            on the rest of a project.

    Raises:
        UnsafeArchiveError: The archive or folder breaks a rule, or is damaged.
        PayloadError: It holds no payload, files that are refused, or Terraform that Git LFS keeps elsewhere.
        InvalidDocumentError: The author's manifest is wrong.
        OSError: The disk said no.
    """
    with emptied_on_failure(into):
        everything = _everything(fetched, into)
        root = find_root(everything, fetched, name)
        rules = Rules.of(root.manifest, _vendored(everything, root))
        contents = everything.narrowed(root.prefix, rules)
        at = len(root.prefix)
        selection = select([path[at:] for path in contents.paths if path.startswith(root.prefix) and path[at:]], rules)
        if not any(path.endswith(TERRAFORM_ENDINGS) for path in selection.kept):
            raise _no_terraform(contents, root)
        refuse_acting(selection.kept, allow_files, contents.archive)
        folder, files = contents.deliver(root.prefix, selection.kept, into)
        left_out = with_references(selection.left_out, selection.kept, lambda path: fs.read(folder / path, _TEXT_LIMIT))
        found = pointers(folder, selection.kept, contents.archive)
        return Staged(folder, Tree.of(files), root.manifest, root.version, left_out, root.entry, found)


def _everything(fetched: Fetched, into: Path) -> Contents:
    """Return what a folder holds, or an archive once it is unpacked into `into`."""
    archive = fetched.file_name or fetched.path.name
    if fetched.is_folder:
        from terra.archive.folder import open_folder, open_unpacked

        is_wheel = fetched.form == "unpacked-wheel"
        subdir = fetched.subdir.strip("/")
        return open_unpacked(archive, fetched.path) if is_wheel else open_folder(archive, fetched.path, subdir)
    from terra.archive.reader import extract_into

    return Extracted(archive, into, extract_into(fetched.path, fetched.form, into, file_name=archive))


def _vendored(contents: Contents, root: Root) -> tuple[str, ...]:
    """Return the folders of the payload root that hold the plugin's own vendored plugins."""
    if root.home + "terra.toml" not in contents.paths:
        return ()
    folders = _plugin_folders(contents.read(root.home + "terra.toml", _TEXT_LIMIT))
    absolute = [root.home + folder.strip("/") for folder in folders]
    return tuple(each[len(root.prefix) :] for each in absolute if each.startswith(root.prefix))


def _plugin_folders(data: bytes) -> Sequence[str]:
    from terra.wire import toml

    try:
        top = toml.decode(data, "terra.toml")
    except InvalidDocumentError:
        return ["plugins"]  # it is another project's file: not ours to complain about
    sets = top.table("sets")
    others = [sets.table(key).text("dir", f"{key}/plugins") for key in sets.keys()]  # noqa: SIM118  # not a mapping
    return [top.table("project").text("plugins-dir", "plugins"), *others]


def _no_terraform(contents: Contents, root: Root) -> PayloadError:
    archive, where = printable(contents.archive), f" in `{printable(root.prefix)}`" if root.prefix else ""
    folders = sorted({path.rpartition("/")[0] for path in contents.paths if path.endswith(TERRAFORM_ENDINGS)})
    named = ", ".join(f"`//{printable(folder)}`" for folder in folders[:_SHOWN] if folder)
    hint = f"there are some in {named}" if named else "a plugin has at least one `*.tf`, `*.tf.json` or `*.tofu` file"
    return PayloadError(f"`{archive}` has no Terraform files{where}", hint=hint, subjects=(archive,))
