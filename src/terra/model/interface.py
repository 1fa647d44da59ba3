"""What a payload's Terraform files declare; filled by the `hcl` room."""

from __future__ import annotations

from terra.model.values import value


@value
class Place:
    """A place in a file: its path relative to the payload with `/`, and its line from 1."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@value
class Validation:
    """A `validation` block: both texts as written, the message without its quotes."""

    condition: str
    error_message: str


@value
class Input:
    """A `variable` block; `type` and `default` are expressions as written, None where absent."""

    name: str
    place: Place
    type: str | None = None
    default: str | None = None
    description: str = ""
    sensitive: bool = False
    nullable: bool = True
    validations: tuple[Validation, ...] = ()

    @property
    def required(self) -> bool:
        """Whether a caller must give a value."""
        return self.default is None


@value
class Output:
    """An `output` block."""

    name: str
    place: Place
    description: str = ""
    sensitive: bool = False


@value
class RequiredProvider:
    """An entry of `required_providers`: local name, source address and version constraint as written."""

    name: str
    source: str | None
    version: str | None
    place: Place


@value
class ModuleCall:
    """A `module` block.

    Attributes:
        source: The value of `source`, or None where it is absent or not a plain string.
        source_span: Start and end byte of the source's text inside its quotes.
        version: The value of `version`.
        version_span: Start and end byte of the whole `version = …` attribute.
        arguments: The names of everything that the block gives, `source` and the like too.
    """

    name: str
    place: Place
    source: str | None
    source_span: tuple[int, int] | None = None
    version: str | None = None
    version_span: tuple[int, int] | None = None
    arguments: tuple[str, ...] = ()

    @property
    def is_local(self) -> bool:
        """Whether the source is a path, which is all that Terraform reads without the network."""
        return self.source is not None and self.source.startswith(("./", "../", "/", ".\\", "..\\"))


@value
class CodeBlock:
    """A block that runs a program: `local-exec`, `remote-exec`, or an `external` data source."""

    kind: str
    place: Place


@value
class Interface:
    """Everything that the files of one folder, and the folders below it, declare.

    Inputs, outputs and providers are those of the root folder, which is what a caller sees; module
    calls, code-running blocks and parse problems are those of every folder.
    """

    inputs: tuple[Input, ...] = ()
    outputs: tuple[Output, ...] = ()
    providers: tuple[RequiredProvider, ...] = ()
    required_version: str | None = None
    module_calls: tuple[ModuleCall, ...] = ()
    code_blocks: tuple[CodeBlock, ...] = ()
    unparsed: tuple[Place, ...] = ()
