"""Build wheel and sdist and look into them: small, code only, and the same wheel by way of the sdist.

python tests/package.py FOLDER
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

LIMIT = 660_000  # bytes; see docs/explanation/decisions/0016-size-of-the-wheel.md


def main(folder: Path) -> None:
    out = folder / "dist"
    shutil.rmtree(out, ignore_errors=True)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1767225600"}
    build = [sys.executable, "-m", "build", "--outdir"]
    subprocess.run([*build, str(out)], check=True, env=environment, stdout=subprocess.DEVNULL)
    (wheel,), (sdist,) = list(out.glob("*.whl")), list(out.glob("*.tar.gz"))
    names = zipfile.ZipFile(wheel).namelist()
    foreign = [name for name in names if name.startswith("terra/") and not name.endswith((".py", "py.typed"))]
    assert not foreign, f"the wheel holds more than code: {foreign}"
    assert not [name for name in names if name.endswith((".tf", ".tofu"))], "the wheel holds Terraform files"
    assert wheel.stat().st_size <= LIMIT, f"the wheel has {wheel.stat().st_size} bytes, at most {LIMIT}"
    with tarfile.open(sdist) as opened:
        assert not [each for each in opened.getnames() if "/tests/" in each], "the sdist holds tests"
    again = folder / "again"
    shutil.rmtree(again, ignore_errors=True)
    subprocess.run([*build, str(again), "--wheel"], check=True, env=environment, stdout=subprocess.DEVNULL)
    assert next(again.glob("*.whl")).read_bytes() == wheel.read_bytes(), "the wheel is not reproducible"
    print(f"{wheel.name}: {wheel.stat().st_size} bytes, {len(names)} files")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
