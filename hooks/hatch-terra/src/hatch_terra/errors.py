"""The one error of this distribution; hatchling shows its text as the last thing of a failed build."""

from __future__ import annotations


class PluginError(ValueError):
    """The plugin cannot be built as it stands.

    Args:
        message: What is wrong, the subject in backticks, without a full stop.
        hint: One line that can be acted on.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message if hint is None else f"{message}\nhint: {hint}")
