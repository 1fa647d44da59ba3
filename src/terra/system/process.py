"""Other programs: run one to its end, with what it may see of the environment chosen by the caller."""

from __future__ import annotations

from terra.errors import SystemFailureError
from terra.ports import Command, Outcome


class SubprocessRunner:
    """Runs programs for real; implements `ports.Runner`."""

    def run(self, command: Command) -> Outcome:
        """Run a program to its end, without a terminal to ask at.

        Raises:
            SystemFailureError: It could not be started, or ran out of time.
        """
        import subprocess  # 8 ms that most commands never need

        try:
            ended = subprocess.run(  # noqa: S603  # the words are a tuple, no shell reads them
                command.argv,
                cwd=command.folder,
                env=None if command.environment is None else dict(command.environment),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=command.timeout,
                check=False,
                text=True,
                errors="replace",
            )
        except subprocess.TimeoutExpired as error:
            message = f"`{command.argv[0]}` did not end within {command.timeout:.0f} s"
            raise SystemFailureError(message, subjects=(command.argv[0],)) from error
        except OSError as error:
            message = f"`{command.argv[0]}` could not be started: {error.strerror}"
            raise SystemFailureError(message, subjects=(command.argv[0],)) from error
        return Outcome(ended.returncode, ended.stdout, ended.stderr)
