"""`terra.toml` and `config.toml`: every problem at once, with its place, and never a secret."""

from __future__ import annotations

import pytest

from terra.errors import InvalidDocumentError
from terra.model.digest import Digest
from terra.model.name import Name
from terra.model.project import Credential, PluginSet, Policy, Project, RegistryEntry, Settings, Wanted
from terra.model.requirement import ANY, Specifier
from terra.wire.project_toml import read_project, read_settings

HEX = "3c4d" * 16


def issues(text: str, read=read_project) -> dict[str, str]:
    with pytest.raises(InvalidDocumentError) as caught:
        read(text.encode(), "the document")
    assert caught.value.path == "the document"
    return {issue.where: str(issue) for issue in caught.value.issues}


def test_the_example_of_the_reference():
    found = read_project(
        f"""
        [project]
        name = "my-infra"
        plugins-dir = "vendor/plugins/"

        [plugins]
        aws-s3 = ">=0.1,<1"
        "my-company/vpc" = {{ version = "~>1.2", registry = "corp" }}
        aws-sqs = {{ source = "file:../aws-sqs", exclude = ["docs/**"], checksum = "sha256-{HEX}" }}
        any = "*"

        [sets.dev]
        dir = "envs/dev/plugins"
        plugins = {{ aws-s3 = ">=0.2,<1" }}

        [sets.prod]

        [registries.corp]
        url = "https://terra.corp.example/"
        root-sha256 = "ab"
        namespaces = ["my-company"]

        [registries.mirror]
        kind = "pypi"

        [policy]
        require-checksum = true
        require-signature = ["my-company"]
        allow-sources = []
        remote-modules = "refuse"
        code-blocks = "refuse"
        allow-files = ["*_override.tf"]
        """.encode(),
        "terra.toml",
    )
    s3 = Wanted(Name("aws-s3"), Specifier.parse(">=0.1,<1"))
    sqs = Wanted(
        Name("aws-sqs"), source="file:../aws-sqs", exclude=("docs/**",), checksum=Digest.sha256(HEX), specifier=ANY
    )
    vpc = Wanted(Name("my-company/vpc"), Specifier.parse("~>1.2"), "corp")
    assert found == Project(
        "my-infra",
        PluginSet("", "vendor/plugins", (s3, vpc, sqs, Wanted(Name("any")))),
        (
            PluginSet("dev", "envs/dev/plugins", (Wanted(Name("aws-s3"), Specifier.parse(">=0.2,<1")),)),
            PluginSet("prod", "prod/plugins"),
        ),
        (
            RegistryEntry("corp", "https://terra.corp.example/", None, ("my-company",), "ab"),
            RegistryEntry("mirror", None, "pypi"),
        ),
        Policy(
            require_checksum=True,
            require_signature=("my-company",),
            allow_sources=(),
            remote_modules="refuse",
            code_blocks="refuse",
            allow_files=("*_override.tf",),
        ),
    )


@pytest.mark.parametrize("data", [b"", b"# only a comment", b"\xef\xbb\xbf", b"[project]\r\n", b"[plugins]"])
def test_nothing_said(data: bytes):
    assert read_project(data, "terra.toml") == Project()
    assert read_project(data, "terra.toml").policy.allow_sources is None


def test_every_issue_at_once():
    found = issues(
        """
        new = 1
        [project]
        name = 3
        plugins-dir = "../elsewhere"
        title = "x"
        [plugins]
        Bad = "*"
        aws-s3 = "latest"
        aws-sqs = 5
        vpc = { version = "x", checksum = "md5-1", exclude = ["a", 2], colour = "red", source = 1 }
        [sets.Dev]
        [sets.qa]
        dir = "/abs"
        [registries.a]
        kind = "f.t.p"
        extra = true
        [policy]
        require-checksum = "yes"
        remote-modules = "perhaps"
        allow-sources = "https"
        code-block = "refuse"
        """
    )
    assert set(found) == {
        "new",
        "project.name",
        "project.plugins-dir",
        "project.title",
        "plugins.Bad",
        "plugins.aws-s3",
        "plugins.aws-sqs",
        "plugins.vpc.version",
        "plugins.vpc.checksum",
        "plugins.vpc.exclude[1]",
        "plugins.vpc.colour",
        "plugins.vpc.source",
        "sets.Dev",
        "sets.qa.dir",
        "registries.a.kind",
        "registries.a.url",
        "registries.a.extra",
        "policy.require-checksum",
        "policy.remote-modules",
        "policy.allow-sources",
        "policy.code-block",
    }
    assert found["project.name"] == "`project.name`: expected a text, got `3`"
    assert found["policy.remote-modules"].endswith("expected one of `warn`, `refuse`, got `perhaps`")
    assert "an unknown key" in found["project.title"]
    assert "`name`, `plugins-dir`" in found["project.title"]


@pytest.mark.parametrize("text", ["[", "a = ", "a = 1\na = 2", "[a]\n[a]", "a = 1e", "x = " + "[" * 5000])
def test_what_is_no_toml(text: str):
    assert set(issues(text)) == {"document"}


def test_what_is_no_text():
    with pytest.raises(InvalidDocumentError, match="byte 8`: expected UTF-8, got 0xff"):
        read_project(b"name = '\xff'", "terra.toml")


@pytest.mark.parametrize("key", ["token", "password", "credentials", "username"])
@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("", '{key} = "s3cret"'),
        ("registries.corp.", '[registries.corp]\nurl = "https://h"\n{key} = "s3cret"'),
        ("plugins.a.", '[plugins]\na = {{ version = "*", {key} = "s3cret" }}'),
        ("sets.dev.plugins.a.", '[sets.dev.plugins.a]\n{key} = "s3cret"'),
    ],
)
def test_a_secret_is_refused_and_not_shown(where: str, text: str, key: str):
    found = issues(text.format(key=key))
    assert set(found) == {f"{where}{key}"}
    assert "no secrets in a file of the repository" in found[f"{where}{key}"]
    assert "s3cret" not in str(found)


@pytest.mark.parametrize("address", ["https://joe:s3cret@h/x", "https://s3cret@h/x.zip", "git+ssh://s3cret@h/x"])
@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("plugins.a.source", '[plugins]\na = {{ source = "{}" }}'),
        ("plugins.a.registry", '[plugins]\na = {{ registry = "{}" }}'),
        ("registries.r.url", '[registries.r]\nurl = "{}"'),
    ],
)
def test_a_secret_in_an_address_too(where: str, text: str, address: str):
    found = issues(text.format(address))
    assert set(found) == {where}
    assert "s3cret" not in str(found)


@pytest.mark.parametrize("address", ["https://h/@scope/x.zip", "npm:@terra/aws-sqs@0.1.0", "file:../a@b"])
def test_an_at_sign_elsewhere_is_none(address: str):
    found = read_project(f'[plugins]\na = {{ source = "{address}" }}'.encode(), "terra.toml")
    assert found.default.plugins[0].source == address


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a", "a"),
        ("a", "A"),
        ("a", "a/b"),
        ("a/b", "a"),
        ("a/b/", "a\\\\b"),
    ],
)
def test_two_sets_in_one_folder_are_refused(one: str, other: str):
    found = issues(f'[sets.x]\ndir = "{one}"\n[sets.y]\ndir = "{other}"')
    assert set(found) == {"sets.y.dir"}
    assert "apart from that of the set `x`" in found["sets.y.dir"]


def test_a_set_in_the_folder_of_the_default_one_is_refused():
    assert "the default set" in issues('[sets.x]\ndir = "plugins/x"')["sets.x.dir"]
    assert "the default set" in issues('[project]\nplugins-dir = "x"\n[sets.x]')["sets.x.dir"]


def test_folders_that_only_begin_alike_are_apart():
    found = read_project(b'[sets.x]\ndir = "plugins-x"\n[sets.y]\ndir = "x"\n[sets.z]\ndir = "xy"', "terra.toml")
    assert [each.folder for each in found.sets] == ["plugins-x", "x", "xy"]


@pytest.mark.parametrize("folder", ["", ".", "..", "/abs", "~/x", "a/../b", "a//b", "C:/x", "..\\\\x", "./x", "a/.."])
def test_a_folder_stays_below_the_project(folder: str):
    assert "project.plugins-dir" in issues(f'[project]\nplugins-dir = "{folder}"')


@pytest.mark.parametrize("kind", ["pypi", "npm"])
@pytest.mark.parametrize("login", ["--disable@h", "%2D-disable@h", "-h", "joe@-h", "joe@%2Dh", "a%00b@h", "h%0a"])
def test_what_a_keyring_would_take_for_an_option(login: str, kind: str):
    text = f'[registries.r]\nurl = "https://{login}/simple/"\nkind = "{kind}"\n'
    assert "registries.r.url" in issues(text)
    with pytest.raises(InvalidDocumentError, match="do not begin with `-`"):
        read_settings(text.encode(), "config.toml")


@pytest.mark.parametrize("source", ["~/modules/x", "file:~/x", "file://~/x", "workspace:~other/x", "git:~/repo"])
def test_a_clone_names_nobodys_home(source: str):
    with pytest.raises(InvalidDocumentError, match=r"relative to terra[.]toml"):
        read_project(f'[plugins]\nx = {{ source = "{source}" }}\n'.encode(), "terra.toml")


def test_config_toml():
    found = read_settings(
        b"""
        [registries.corp]
        url = "https://h/"
        [policy]
        require-checksum = true
        [credentials."https://host.example/"]
        token = "t"
        [credentials."http://127.0.0.1:8080"]
        username = "u"
        password = "p"
        [network]
        allow-http = ["http://h"]
        """,
        "config.toml",
    )
    assert found == Settings(
        (RegistryEntry("corp", "https://h/"),),
        Policy(require_checksum=True),
        (Credential("https://host.example", "t"), Credential("http://127.0.0.1:8080", None, "u", "p")),
        ("http://h",),
    )
    assert "'t'" not in repr(found)
    assert "'p'" not in repr(found)


def test_every_issue_of_config_toml_at_once():
    found = issues(
        """
        plugins = 1
        [credentials."https://host/path"]
        token = "s3cret"
        [credentials.host]
        token = "s3cret"
        [credentials."https://h"]
        tokn = "s3cret"
        password = 1
        [network]
        allow-htp = []
        """,
        read_settings,
    )
    assert set(found) == {
        "plugins",
        'credentials."https://host/path"',
        "credentials.host",
        'credentials."https://h".tokn',
        'credentials."https://h".password',
        "network.allow-htp",
    }
    assert "s3cret" not in str(found)
