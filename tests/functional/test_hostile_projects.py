"""A stranger's project, cloned by a user, does no harm: nothing is moved, deleted, run or taken from elsewhere."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import threading
from typing import TYPE_CHECKING, Any

import pytest

from support.expected import error_of, refused
from support.hostile_server import hostile_server
from support.packages import packed, serve
from support.project import MAIN, Ended, Terra, Workspace, snapshot, write_files

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links, modes and FIFOs are of POSIX")

REGISTRY = '[registries.here]\nurl = "../workspace"\n'
PATIENCE = 20  # seconds; a run takes less than one, so what lasts longer hangs


@pytest.fixture
def project(terra: Terra, workspace: Workspace) -> Path:
    """A project whose registry, the workspace, has the plugin `vpc`."""
    workspace.simple("vpc")
    (terra.cwd / "terra.toml").write_text(REGISTRY)
    return terra.cwd


def in_time(terra: Terra, *words: str, **environment: str) -> Ended:
    """Run to the end; a run that hangs fails the test."""
    run = subprocess.run(
        [str(terra.program), *words],
        cwd=terra.cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert "Traceback" not in run.stderr, run.stderr
    return Ended(run.returncode, run.stdout, run.stderr)


def plugin_files(project: Path, name: str = "vpc") -> dict[str, str]:
    return {path: digest for path, digest in snapshot(project).items() if path.startswith(f"plugins/{name}")}


# -- journals -------------------------------------------------------------------------------------------------

NUMBER = "0" * 32
OPERATIONS: dict[str, dict[str, str]] = {
    "absolute": {"path": "{outside}/mine", "number": "000000"},
    "upwards": {"path": "../outside/mine", "number": "000000"},
    "number that leaves": {"path": "mine", "number": "../../../outside/mine"},
    "through a link": {"path": "lnk/mine", "number": "000000"},
    "hook of git": {"path": ".git/hooks/x", "number": "000000"},
    "of a usual form": {"path": "mine", "number": "000000"},
}


def strange_journal(project: Path, isolated: Path, operation: dict[str, str], way: str) -> None:
    """Lay a journal as a clone brings it, which deletes the user's file or puts another in its place."""
    mine = b"# mine\n"
    write_files(isolated / "outside", {"mine": mine})
    write_files(project, {"mine": mine, ".git/hooks/x": mine})
    (project / "lnk").symlink_to(isolated / "outside")
    held = hashlib.sha256(mine).hexdigest()
    path = operation["path"].format(outside=isolated / "outside")
    delete = {"path": path, "number": operation["number"], "found": None, "new": held}
    replaced = {"path": path, "number": operation["number"], "found": hashlib.sha256(b"evil").hexdigest(), "new": held}
    plan = {
        "terra-journal": 1,
        "number": NUMBER,
        "operations": [delete if way == "delete" else replaced],
        "folders": [],
    }
    folder = project / ".terra-journal"
    (folder / "new").mkdir(parents=True)
    (folder / "old").mkdir()
    (folder / "plan.json").write_text(json.dumps(plan))
    if way == "replace" and "/" not in operation["number"]:
        (folder / "old" / operation["number"]).write_bytes(b"evil")


@pytest.mark.parametrize("way", ["delete", "replace"])
@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_journal_of_a_clone_is_not_obeyed(
    terra: Terra, project: Path, isolated: Path, operation: dict[str, str], way: str
) -> None:
    strange_journal(project, isolated, operation, way)
    outside = snapshot(isolated / "outside")
    for words in (("list",), ("add", "vpc")):
        refused(terra, *words, exit=1, says=[".terra-journal"], hint="look into it")
    assert snapshot(isolated / "outside") == outside


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name not in ("hook of git", "of a usual form")])
def test_journal_that_leaves_the_project_is_not_obeyed_even_where_the_home_vouches(
    terra: Terra, project: Path, isolated: Path, name: str
) -> None:
    strange_journal(project, isolated, OPERATIONS[name], "delete")
    key = hashlib.sha256(os.fsencode(project.resolve())).hexdigest()
    write_files(isolated / "terra/journals", {key: NUMBER})
    outside = snapshot(isolated / "outside")
    for words in (("list",), ("add", "vpc")):
        before = snapshot(project)
        ended = terra(*words, exit=None)
        assert ended.exit in (1, 5), ended.err
        assert snapshot(project) == before
    assert snapshot(isolated / "outside") == outside


def test_journal_without_a_number(terra: Terra, project: Path, isolated: Path) -> None:
    strange_journal(project, isolated, OPERATIONS["of a usual form"], "delete")
    plan = project / ".terra-journal/plan.json"
    document = json.loads(plan.read_text())
    for number in ("", None, [], 0):
        plan.write_text(json.dumps({**document, "number": number}))
        refused(terra, "list", exit=1, says=[".terra-journal"], hint="")
    plan.write_text(json.dumps({key: each for key, each in document.items() if key != "number"}))
    refused(terra, "list", exit=1, says=[".terra-journal"], hint="")


@pytest.mark.parametrize("kind", ["file", "link to a folder", "link to nothing"])
def test_journal_that_is_no_folder(terra: Terra, project: Path, isolated: Path, kind: str) -> None:
    write_files(isolated / "outside", {"mine": "# mine\n"})
    journal = project / ".terra-journal"
    if kind == "file":
        journal.write_text("x")
    else:
        journal.symlink_to(isolated / ("outside" if kind == "link to a folder" else "nowhere"))
    for words in (("list",), ("add", "vpc")):
        refused(terra, *words, exit=1, says=[".terra-journal", "not a folder that terra made"], hint="move it away")
    assert (isolated / "outside/mine").read_text() == "# mine\n"


# -- locks ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["../../mine", "{outside}/mine", "a/../../../mine", "./mine", "a//b", "..\\mine"])
def test_lock_whose_files_leave_the_plugin(terra: Terra, project: Path, isolated: Path, path: str) -> None:
    write_files(isolated / "outside", {"mine": "# mine\n"})
    write_files(project, {"mine": "# mine\n"})
    held = hashlib.sha256(b"# mine\n").hexdigest()
    line = f"644 {held} {path.format(outside=isolated / 'outside')}"
    tree = hashlib.sha256(f"{line}\n".encode()).hexdigest()
    (project / "terra.lock").write_text(
        f'version = 1\n\n[[plugin]]\nid = "vpc@0.0.1"\nregistry = "here"\nsource = "workspace:packages/plugins/vpc"\n'
        f'tree = "sha256-{tree}"\ndirect = true\nrequires = []\nsigners = []\nhooks = false\n'
        f"files = [{json.dumps(line)}]\n"
    )
    for words in (("list",), ("add", "vpc"), ("add", "vpc", "--overwrite")):
        refused(terra, *words, exit=2, says=["terra.lock", "files[0]"], hint="version control")
    assert (isolated / "outside/mine").exists()


# -- the home -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bucket", ["archives", "index", "plugins", "tmp"])
def test_home_with_folders_of_the_users_own(terra: Terra, project: Path, isolated: Path, bucket: str) -> None:
    home = isolated / "mine"
    write_files(home, {f"{bucket}/2024/photo.jpg": "mine", f"{bucket}/note.json": "mine"})
    before = snapshot(home / bucket)
    for words in (("cache", "prune"), ("add", "vpc")):
        refused(terra, *words, exit=1, says=[f"{bucket}`", "not terra's"], hint="TERRA_HOME", TERRA_HOME=str(home))
    assert snapshot(home / bucket) == before


def test_prune_touches_what_is_terras_alone(terra: Terra, isolated: Path) -> None:
    with hostile_server() as server:
        server.routes["/vpc.zip"] = serve(packed({"main.tf": MAIN}, ".zip"))
        terra("add", server.url("/vpc.zip"))
    home = isolated / "terra"
    mine = {
        "archives/mine.zip": "mine",
        "archives/sha256/mine.zip": "mine",
        "index/mine.json": "mine",
        "plugins/mine/main.tf": MAIN,
        "plugins/vpc/notes.txt": "mine",
        "plugins/Mine/v1.0.0/main.tf": MAIN,
        "tmp/mine/file": "mine",
        "tmp/run-mine": "mine",
        "mine.txt": "mine",
    }
    write_files(home, mine)
    for path in mine:
        os.utime(home / path, (0, 0))
    os.utime(home / "tmp/mine", (0, 0))
    entries = terra("cache", "list", "--json").json["entries"]
    assert entries
    assert "mine" not in json.dumps([each["name"] for each in entries]).lower()
    terra("cache", "prune")
    assert terra("cache", "list", "--json").json["entries"] == []
    assert {path: (home / path).read_text() for path in mine} == mine


@pytest.mark.parametrize("home", [".", "home", "plugins", "plugins/vpc"])
def test_home_in_the_project(terra: Terra, project: Path, home: str) -> None:
    folder = str(project / home)
    ended = in_time(terra, "add", "vpc", TERRA_HOME=folder)
    if ended.exit == 0:
        assert (project / "plugins/vpc/main.tf").read_text() == MAIN
        assert in_time(terra, "list", "--json", TERRA_HOME=folder).json["plugins"][0]["edited"] == []
    else:
        assert ended.exit in (1, 2, 6), ended.err
        assert error_of(ended)[1], "a refusal says what to do"
        assert not (project / "terra.lock").exists()
    assert not (project / ".terra-journal").exists()


# -- terra.toml -----------------------------------------------------------------------------------------------

HIDDEN = [".git", ".github/x", "a/.git/hooks", "a/../b", "~/x", "C:/x", "/x"]


@pytest.mark.parametrize("folder", HIDDEN)
def test_plugins_go_into_no_hidden_folder(terra: Terra, project: Path, folder: str) -> None:
    (project / "terra.toml").write_text(f'[project]\nplugins-dir = "{folder}"\n{REGISTRY}')
    refused(terra, "add", "vpc", exit=2, says=["plugins-dir", f"`{folder}`"], hint=None)
    (project / "terra.toml").write_text(f'{REGISTRY}[sets.dev]\ndir = "{folder}"\n')
    refused(terra, "add", "vpc", "--set", "dev", exit=2, says=["sets.dev.dir", f"`{folder}`"], hint=None)


@pytest.mark.parametrize(
    ("one", "two"),
    [("plugins", "plugins"), ("plugins", "plugins/dev"), ("a/b", "a"), ("plugins", "Plugins"), ("plugins", "plugins/")],
)
def test_sets_have_folders_of_their_own(terra: Terra, project: Path, one: str, two: str) -> None:
    (project / "terra.toml").write_text(
        f'[project]\nplugins-dir = "{one}"\n{REGISTRY}[sets.dev]\ndir = "{two}"\n[sets.x]\ndir = "x"\n'
    )
    refused(terra, "add", "vpc", exit=2, says=["sets.dev.dir", "apart"], hint=None)
    (project / "terra.toml").write_text(f'{REGISTRY}[sets.x]\ndir = "x/{one}"\n[sets.dev]\ndir = "x/{two}"\n')
    refused(terra, "add", "vpc", "--set", "x", exit=2, says=["sets.dev.dir", "apart"], hint=None)


@pytest.mark.parametrize("document", ["terra.toml", "terra.lock"])
@pytest.mark.parametrize("kind", ["fifo", "endless"])
def test_document_that_never_ends(terra: Terra, project: Path, document: str, kind: str) -> None:
    (project / document).unlink(missing_ok=True)
    if kind == "fifo":
        os.mkfifo(project / document)
    else:
        (project / document).symlink_to("/dev/zero")
    for words in (("list",), ("add", "vpc", "--registry", "../workspace")):
        ended = in_time(terra, *words)
        assert ended.exit == 2, ended.err
        assert document in error_of(ended)[0]
        assert "a regular file" in error_of(ended)[0]
    assert not (project / "plugins").exists()


def test_mode_of_the_users_document_stays(terra: Terra, project: Path) -> None:
    (project / "terra.toml").chmod(0o600)
    before = (project / "terra.toml").read_bytes()
    terra("add", "vpc")
    assert (project / "terra.toml").read_bytes() != before
    assert (project / "terra.toml").stat().st_mode & 0o777 == 0o600


def test_what_another_program_saves_meanwhile_is_not_lost(terra: Terra, workspace: Workspace, project: Path) -> None:
    """An editor that saves by rename, again and again at another moment of a run."""
    names = [f"p-{number}" for number in range(15)]
    workspace.simple(*names)
    manifest, beside = project / "terra.toml", project / "terra.toml.editor"
    exits = []
    for number, name in enumerate(names):
        comment = f"# comment {number}\n"
        beside.write_bytes(manifest.read_bytes() + comment.encode())
        over = threading.Event()
        moment = (".terra-journal", ".terra-journal/plan.json", f"plugins/{name}")[number % 3]
        editor = threading.Thread(target=save, args=(beside, manifest, project / moment, over))
        editor.start()
        ended = terra("add", name, exit=None)
        over.set()
        editor.join()
        assert ended.exit in (0, 6), ended.err
        assert ended.exit == 0 or "changed while terra was working" in ended.err
        assert ended.exit == 6 or (project / f"plugins/{name}/main.tf").exists()
        assert comment in manifest.read_text(), (number, ended)
        exits.append(ended.exit)
    assert 6 in exits, "no run met an edit"
    assert not (project / ".terra-journal").exists()


def save(beside: Path, manifest: Path, moment: Path, over: threading.Event) -> None:
    """Rename one file over another as soon as terra has made `moment`, or is over."""
    while not over.is_set() and not os.path.lexists(moment):
        pass
    os.replace(beside, manifest)


# -- git ------------------------------------------------------------------------------------------------------


def test_no_program_of_the_repositorys_config_is_run(terra: Terra, project: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=project, check=True, timeout=60)
    subprocess.run(["git", "config", "core.fsmonitor", "touch CANARY; false"], cwd=project, check=True, timeout=60)
    subprocess.run(["git", "ls-files", "-o"], cwd=project, check=True, timeout=60, capture_output=True)
    assert (project / "CANARY").exists(), "this git would run it"
    (project / "CANARY").unlink()
    (project / "plugins").mkdir()
    (project / ".gitignore").write_text("*.md\n")
    assert "plugins/vpc/README.md" in terra("add", "vpc").err, "git was asked"
    terra("doctor", exit=None)
    assert not (project / "CANARY").exists()


# The ways to an object that the repository lacks. `{canary}` is a file that only a program makes.
WAYS = {
    "transport": 'url = "ext::sh -c touch% {canary}"\n[protocol "ext"]\n\tallow = always\n',
    "upload pack": 'url = "{folder}"\n\tuploadpack = "touch {canary}; false"\n',
    "ssh": 'url = "host.invalid:x"\n[core]\n\tsshCommand = "touch {canary}; false"\n',
}


def lacking(folder: Path, way: str, canary: Path) -> None:
    """Make a repository whose index names a `.gitignore` that is neither in the work tree nor among its objects."""
    folder.mkdir(parents=True, exist_ok=True)
    author = folder.parent / "author"
    write_files(author, {".gitignore": "*.md\n"})
    for words in (("init", "-q"), ("add", ".gitignore"), ("update-index", "--skip-worktree", ".gitignore")):
        subprocess.run(["git", *words], cwd=author, check=True, timeout=60)
    config = (
        "[core]\n\trepositoryformatversion = 1\n\tbare = false\n\tworktree = {tree}\n[extensions]\n"
        '\tpartialClone = origin\n[remote "origin"]\n\tpromisor = true\n\tpartialclonefilter = blob:none\n\t'
    ) + WAYS[way]
    tree = ".." if folder.name == ".git" else "."
    text = config.format(canary=canary, folder=author, tree=tree)
    index = (author / ".git/index").read_bytes()
    kept = {"objects/.keep": "", "refs/.keep": ""}
    write_files(folder, {"HEAD": "ref: refs/heads/main\n", "config": text, "index": index, **kept})


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("where", [".", ".git"])
def test_no_missing_object_is_fetched(terra: Terra, workspace: Workspace, isolated: Path, where: str, way: str) -> None:
    """A clone may hold a bare repository of files that are committed, an archive a `.git` too."""
    workspace.simple("vpc")
    clone, canary = isolated / "clone", isolated / "canary"
    infra = clone / "infra"
    lacking(infra / where, way, canary)
    subprocess.run(["git", "init", "-q"], cwd=clone, check=True, timeout=60)
    write_files(infra, {"terra.toml": '[registries.here]\nurl = "../../workspace"\n'})
    words = ["git", "-c", "safe.bareRepository=all", "check-ignore", "x.md"]
    subprocess.run(words, cwd=infra, check=False, timeout=60, capture_output=True)
    assert canary.exists(), "this git would run it"
    canary.unlink()
    cloned = Terra(terra.program, infra)
    cloned("add", "vpc", GIT_ALLOW_PROTOCOL="ext:ssh:file", GIT_NO_LAZY_FETCH="0")
    cloned("doctor", exit=None)
    assert not canary.exists()
    assert (infra / "plugins/vpc/main.tf").read_text() == MAIN


def test_what_the_user_himself_tells_git_to_ignore(terra: Terra, project: Path, isolated: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=project, check=True, timeout=60)
    write_files(isolated, {"mine": "README.md\n", "mine.config": f"[core]\n\texcludesFile = {isolated / 'mine'}\n"})
    config = isolated / "mine.config"
    assert "README.md" in terra("add", "vpc", GIT_CONFIG_GLOBAL=str(config), GIT_DIR=str(isolated / "none")).err


# -- payloads -------------------------------------------------------------------------------------------------

SOURCES = [
    '("../../x")',
    '${"../../x"}',
    '"${"../../x"}"',
    'true ? "../x" : "../y"',
    '["../x"][0]',
    "var.x",
    '"../${x}"',
]


@pytest.mark.parametrize("source", SOURCES)
def test_module_source_that_is_an_expression(terra: Terra, workspace: Workspace, project: Path, source: str) -> None:
    workspace.plugin("vpc", {"main.tf": MAIN, "calls.tf": f'# a\nmodule "x" {{\n  source = {source}\n}}\n'})
    refused(terra, "add", "vpc", exit=5, says=["calls.tf:2", "`x`"], hint="")


CODE = 'data "external" "x" {\n  program = ["id"]\n}\n'
TIGHTER: dict[str, tuple[dict[str, str | bytes], str, str, str]] = {
    "code blocks": ({"main.tf": CODE}, "", 'code-blocks = "refuse"', "code-blocks"),
    "signatures": ({"main.tf": MAIN}, "", 'require-signature = ["*"]', "require-signature"),
    "files": ({"main.tf": MAIN, "x_override.tf": MAIN}, 'allow-files = ["x_override.tf"]', "", "allow-files"),
}


@pytest.mark.parametrize(("files", "loose", "tight", "hint"), TIGHTER.values(), ids=TIGHTER)
@pytest.mark.parametrize("offline", [False, True])
def test_lock_and_cache_are_no_way_past_a_policy(
    terra: Terra, isolated: Path, files: dict[str, str | bytes], loose: str, tight: str, hint: str, offline: bool
) -> None:
    clone = isolated / "clone"
    with hostile_server() as server:
        server.routes["/vpc.zip"] = serve(packed(files, ".zip"))
        (terra.cwd / "terra.toml").write_text(f"[policy]\n{loose}\n")
        terra("add", server.url("/vpc.zip"))
        lines = (terra.cwd / "terra.toml").read_text().replace(loose, "")
        write_files(
            clone,
            {
                "terra.toml": lines.replace("[policy]\n", f"[policy]\n{tight}\n"),
                "terra.lock": (terra.cwd / "terra.lock").read_bytes(),
            },
        )
        other = Terra(terra.program, clone)
        words = ("add", server.url("/vpc.zip"), *(["--offline"] if offline else []))
        refused(other, *words, exit=5, says=["vpc"], hint=hint)


def test_workspace_source_through_a_link(terra: Terra, workspace: Workspace, project: Path, isolated: Path) -> None:
    write_files(isolated / "outside", {"main.tf": MAIN})
    (workspace.folder / "lnk").symlink_to(isolated / "outside")
    workspace.write([{"name": "vpc", "source": "workspace:lnk"}])
    refused(terra, "add", "vpc", exit=2, says=["`workspace:lnk`", "out of the workspace"], hint="`file:`")


# -- registries -----------------------------------------------------------------------------------------------


def registry(folder: Path, name: str, *plugins: str, **manifests: Any) -> Workspace:
    """Make a registry whose plugins say whose they are."""
    made = Workspace(folder)
    for each in plugins:
        usual = f'[plugin]\nname = "{each}"\nversion = "0.1.0"\n'
        more = manifests.get(each.replace("-", "_"), "")
        made.plugin(each, {"main.tf": f"# of {name}\n{MAIN}"}, usual + more)
    made.write([{"name": each, "source": f"workspace:packages/plugins/{each}"} for each in plugins])
    return made


def came_from(project: Path, plugin: str) -> str:
    return (project / f"plugins/{plugin}/main.tf").read_text().splitlines()[0].removeprefix("# of ")


@pytest.fixture
def bound(terra: Terra, isolated: Path) -> Path:
    """The user binds `my-company` to `corp`; the project's `other` has the same name, and more."""
    corp = registry(isolated / "corp", "corp", "my-company/vpc").folder
    needs = '[dependencies]\n"my-company/vpc" = "*"\n'
    registry(isolated / "other", "other", "my-company/vpc", "app", app=needs)
    write_files(
        isolated / "terra", {"config.toml": f'[registries.corp]\nurl = "{corp}"\nnamespaces = ["my-company"]\n'}
    )
    (terra.cwd / "terra.toml").write_text('[registries.other]\nurl = "../other"\nnamespaces = ["my-company"]\n')
    return terra.cwd


def test_binding_of_the_user_wins(terra: Terra, bound: Path) -> None:
    terra("add", "my-company/vpc")
    assert came_from(bound, "my-company/vpc") == "corp"


def test_binding_of_the_user_stays_where_the_project_lists_his_registry_without_it(terra: Terra, bound: Path) -> None:
    """One location is one registry: the project's table for it comes first, and must not drop what the user bound."""
    text = (bound / "terra.toml").read_text()
    (bound / "terra.toml").write_text(f'[registries.known]\nurl = "../corp"\n{text}')
    terra("add", "my-company/vpc")
    assert came_from(bound, "my-company/vpc") == "corp"


def test_binding_of_the_user_wins_over_the_projects_line(terra: Terra, bound: Path) -> None:
    text = (bound / "terra.toml").read_text()
    (bound / "terra.toml").write_text(f'{text}[plugins]\n"my-company/vpc" = {{ version = "*", registry = "other" }}\n')
    ended = terra("add", "my-company/vpc", exit=None)
    assert ended.exit in (0, 5), ended.err
    assert ended.exit == 5 or came_from(bound, "my-company/vpc") == "corp"


@pytest.mark.parametrize("words", [(), ("--registry", "other"), ("--registry", "../other")])
def test_needed_name_comes_from_its_binding(terra: Terra, bound: Path, words: tuple[str, ...]) -> None:
    terra("add", "app", *words)
    assert came_from(bound, "app") == "other"
    assert came_from(bound, "my-company/vpc") == "corp"


@pytest.mark.parametrize("location", ["other", "../other", "../other/registry.json"])
def test_bound_name_is_asked_of_no_other(terra: Terra, bound: Path, location: str) -> None:
    words = ("add", "my-company/vpc", "--registry", location)
    refused(terra, *words, exit=5, says=["`my-company/vpc`", "`corp`"], hint="--registry")
    refused(terra, *words, "--allow-registry-change", exit=5, says=["`corp`"], hint="--registry")
    terra("add", "my-company/vpc", "--registry", "corp")


def test_one_label_of_two_registries(terra: Terra, project: Path, isolated: Path) -> None:
    other = registry(isolated / "other", "other", "vpc").folder
    write_files(isolated / "terra", {"config.toml": f'[registries.here]\nurl = "{other}"\n'})
    refused(terra, "add", "vpc", "--registry", "here", exit=2, says=["`here`", "more than one"], hint="another name")


def test_label_that_moved(terra: Terra, project: Path, isolated: Path) -> None:
    registry(isolated / "other", "other", "vpc")
    terra("add", "vpc")
    text = (project / "terra.toml").read_text()
    (project / "terra.toml").write_text(text.replace("../workspace", "../other"))
    refused(terra, "add", "vpc", exit=5, says=["`vpc`", "other"], hint="--allow-registry-change")
    terra("add", "vpc", "--allow-registry-change")
    assert came_from(project, "vpc") == "other"
    assert "../other" in (project / "terra.lock").read_text()
