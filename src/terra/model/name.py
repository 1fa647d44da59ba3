"""Plugin names and the names derived from them (distribution, npm package, path, module address)."""

from __future__ import annotations

import re

from terra.errors import UsageError
from terra.model.values import ordered_value

_PART = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_NAME = re.compile(rf"{_PART}(?:/{_PART})?")
_MAX_LENGTH = 64
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_DEVICE = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")
_HINT = "a plugin name is one or two parts of a-z, 0-9 and single hyphens, as in `aws-s3` or `my-company/vpc`"


def normalised(distribution: str) -> str:
    """Return the name of a distribution in the one spelling that compares (PEP 503)."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


@ordered_value
class Name:
    """A plugin name, `aws-s3` or `my-company/vpc`; construct it with `parse`."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Name:
        """Return the name in `text`.

        Raises:
            UsageError: The text is not a plugin name.
        """
        if not cls.is_name(text):
            message = f"`{text}` is not a plugin name"
            raise UsageError(message, hint=_HINT, subjects=(text,))
        return cls(text)

    @staticmethod
    def is_name(text: str) -> bool:
        """Tell whether `text` is a plugin name."""
        return (
            len(text) <= _MAX_LENGTH
            and _NAME.fullmatch(text) is not None
            and not any(_DEVICE.fullmatch(part) for part in text.split("/"))
        )

    @classmethod
    def derive(cls, text: str) -> Name:
        """Return a name made from free text such as a folder or archive name.

        Lower-cased, every run of other characters a hyphen.

        Raises:
            UsageError: Nothing usable is left.
        """
        derived = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:_MAX_LENGTH].strip("-")
        if not cls.is_name(derived):
            message = f"cannot derive a plugin name from `{text}`"
            raise UsageError(message, hint="give one with `--as NAME`", subjects=(text,))
        return cls(derived)

    @property
    def parts(self) -> tuple[str, ...]:
        """The one or two parts of the name, which are also its folders below `plugins/`."""
        return tuple(self.text.split("/"))

    @property
    def last(self) -> str:
        """The part after the `/`, or the whole name."""
        return self.parts[-1]

    @property
    def distribution(self) -> str:
        """The Python distribution that carries the plugin, as `terra-my-company-vpc`."""
        return "terra-" + self.text.replace("/", "-")

    @property
    def npm_package(self) -> str:
        """The npm package that carries the plugin: `@terra/aws-s3`, `@my-company/vpc`."""
        return "@" + (self.text if len(self.parts) > 1 else f"terra/{self.text}")

    def clashes_with(self, other: Name) -> bool:
        """Tell whether both cannot stand in one set: `x` and `x/…` would share a folder."""
        return self != other and (other.text.startswith(self.text + "/") or self.text.startswith(other.text + "/"))

    def __str__(self) -> str:
        return self.text
