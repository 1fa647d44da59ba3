"""What ends a run at a limit of the machine is no bug of terra's."""

from __future__ import annotations

import pytest

from terra.cli import failing, main


@pytest.mark.parametrize(
    ("error", "said"), [(MemoryError(), "not enough memory"), (RecursionError("x"), "something nests too deeply")]
)
def test_a_limit_of_the_machine_is_named(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> int:
        raise error

    monkeypatch.setattr(main, "_run", fail)
    assert main.run(["list"]) == 1
    assert f"error: {said}\n" in capsys.readouterr().err
    assert failing.as_terra_error(error, verbose=False).code == "system"
