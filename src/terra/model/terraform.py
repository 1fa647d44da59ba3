"""Which files are Terraform's and OpenTofu's, by their names, and which folders are modules for it.

https://developer.hashicorp.com/terraform/language/files
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

NATIVE_ENDINGS = (".tf", ".tofu")
JSON_ENDINGS = (".tf.json", ".tofu.json")
TERRAFORM_ENDINGS = (".tf", ".tf.json", ".tofu", ".tofu.json")


def is_read(path: str) -> bool:
    """Tell whether Terraform reads a file of its folder: it passes over those that begin with a dot."""
    return path.endswith(TERRAFORM_ENDINGS) and not path.rpartition("/")[2].startswith(".")


def module_folders(paths: Iterable[str]) -> set[str]:
    """Return the folders that Terraform can call: those with files that it reads directly in them; `""` for the top."""
    return {path.rpartition("/")[0] for path in paths if is_read(path)}
