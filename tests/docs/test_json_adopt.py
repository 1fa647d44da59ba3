"""docs/reference/json.md has every key that `terra adopt` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docs.test_json_reference import MAIN, MANIFEST, compare
from support.project import write_files

if TYPE_CHECKING:
    from support.project import Terra, Workspace


def test_adopt(terra: Terra, workspace: Workspace) -> None:
    files = {"main.tf": MAIN, "same.tf": "# same\n", "gone.md": "# gone\n", "p.tf": "locals {\n  p = path.module\n}\n"}
    for name in ("vpc", "net"):
        workspace.plugin(name, {**files, "calls.tf": ""}, MANIFEST.format(name=name))
    needing = f"{MANIFEST.format(name='terra/aws-s3')}\n[dependencies]\nnet = '>=0.1'\n"
    workspace.plugin("s3", files, needing)
    names = {"vpc": "vpc", "net": "net", "terra/aws-s3": "s3"}
    entries = [{"name": name, "source": f"workspace:packages/plugins/{path}"} for name, path in names.items()]
    registry = ("--registry", str(workspace.write(entries)))
    copy = {
        "main.tf": f"{MAIN}# mine\n",
        "same.tf": "# same\n",
        "own.tf": "# own\n",
        "q.tf": files["p.tf"],
        ".terraform/x": "",
    }
    write_files(terra.cwd, {f"modules/vpc/{path}": text for path, text in copy.items()})
    called = 'module "v" {\n  source = "./modules/vpc"\n}\n'
    elsewhere = 'module "s" {\n  source  = "terra/s3/aws"\n  version = "0.1.0"\n}\n'
    unknown = 'module "u" {\n  source = "terra/u/aws"\n}\n'
    write_files(terra.cwd, {"main.tf": called + elsewhere + unknown, "plugins/net/main.tf": "# in the way\n"})
    proposals = terra("--json", "adopt", "modules/vpc", *registry).json
    copies = terra("--json", "adopt", "main.tf", *registry).json
    words = ("--json", "adopt", "modules/vpc", "--as", "vpc@0.1.0", "--move", *registry)
    diff = terra(*words, "--diff").json
    moved = terra(*words).json
    folder = terra.cwd / "plugins" / "net"
    conflict = terra("--json", "adopt", "main.tf", "--rewrite", "--dry-run", *registry, exit=6).json
    restored = terra("--json", "adopt", str(folder), "--as", "net@0.1.0", "--restore", *registry).json
    compare("adopt", [proposals, copies, diff, moved, conflict, restored])
