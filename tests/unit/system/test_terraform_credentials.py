"""The tokens that the user keeps for Terraform."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from terra.errors import UsageError
from terra.system.origins import Origin
from terra.system.terraform_credentials import TerraformCredentials, variable
from terra.system.terraform_rc import read_tokens

HOST = "https://registry.example"


def found(environment: dict[str, str], url: str = HOST) -> tuple[str, str] | None:
    shown = TerraformCredentials(environment).find(Origin.parse(url))
    return (shown.value, shown.found_in) if shown else None


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("registry_example", "https://registry.example"),
        ("REGISTRY_example", "https://registry.example"),
        ("registry.example", "https://registry.example:443"),
        ("my__team_registry_example", "https://my-team.registry.example"),
        ("xn____caf__dma_example", "https://xn--caf-dma.example"),
        ("café_example", "https://xn--caf-dma.example"),
        ("registry_example:8443", "https://registry.example:8443"),
        ("127_0_0_1:8080", "http://127.0.0.1:8080"),
        ("localhost", "https://localhost"),
    ],
)
def test_a_variable_is_for_one_host(name: str, url: str):
    assert found({f"TF_TOKEN_{name}": "t0ken"}, url) == ("Bearer t0ken", f"`TF_TOKEN_{name}`")
    assert found({f"TF_TOKEN_{name}": "t0ken"}, "https://other.example") is None
    assert found({f"TF_TOKEN_{name}": "t0ken"}, "https://registry.example:9") is None


@pytest.mark.parametrize("host", ["registry.example", "my-team.registry.example", "xn--caf-dma.example"])
def test_the_variable_that_a_hint_names_is_the_one_that_is_read(host: str):
    assert found({variable(host): "t0ken"}, f"https://{host}") == ("Bearer t0ken", f"`{variable(host)}`")


def test_a_token_does_not_go_over_plain_http():
    assert found({"TF_TOKEN_registry_example:80": "t0ken"}, "http://registry.example") is None
    assert found({"TF_TOKEN_registry_example": "t0ken"}, "http://registry.example") is None


def test_what_names_no_host_is_left_alone():
    assert found({"TF_TOKEN_": "x", "TF_TOKEN___": "x", f"TF_TOKEN_{'a' * 90}": "x"}) is None
    assert found({"TF_TOKEN_registry_example": "  "}) is None


def test_a_token_that_no_header_takes_is_an_error():
    with pytest.raises(UsageError, match="characters that no token can have") as caught:
        found({"TF_TOKEN_registry_example": "t0\nken"})
    assert "t0" not in caught.value.message


def files(home: Path, **texts: str) -> dict[str, str]:
    """Write files of a home folder, by their names with `__` for `/`, and return the environment."""
    for name, text in texts.items():
        path = home / f".{name.replace('__', '/').replace('_', '.')}"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return {"HOME": str(home)}


def block(token: str, host: str = "registry.example") -> str:
    return f'credentials "{host}" {{ token = "{token}" }}\n'


def document(token: str) -> str:
    return json.dumps({"credentials": {"Registry.Example": {"token": token}}})


@pytest.mark.skipif("os.name == 'nt'", reason="the files stand elsewhere there")
def test_files_of_the_home_folder(tmp_path: Path):
    environment = files(tmp_path, terraformrc=block("a"))
    assert found(environment) == ("Bearer a", f"`{tmp_path / '.terraformrc'}`")
    files(tmp_path, terraform_d__credentials_tfrc_json=document("b"))
    assert found(environment) == ("Bearer b", f"`{tmp_path}/.terraform.d/credentials.tfrc.json`")
    files(tmp_path, terraform_d__other_tfrc=block("c"))
    assert found(environment) == ("Bearer c", f"`{tmp_path}/.terraform.d/other.tfrc`")
    files(tmp_path, terraform_d__zzz_txt=block("d"))
    assert found({**environment, "TF_TOKEN_registry_example": "e"}) == ("Bearer e", "`TF_TOKEN_registry_example`")
    assert found(environment) == ("Bearer c", f"`{tmp_path}/.terraform.d/other.tfrc`")


@pytest.mark.skipif("os.name == 'nt'", reason="the files stand elsewhere there")
@pytest.mark.parametrize("name", ["TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG"])
def test_a_file_that_is_named_is_the_only_one(tmp_path: Path, name: str):
    environment = files(tmp_path, terraformrc=block("a"), other=block("b"))
    assert found({**environment, name: str(tmp_path / ".other")}) == ("Bearer b", f"`{tmp_path / '.other'}`")
    assert found({**environment, name: str(tmp_path / "none")}) is None


def test_without_a_home_there_are_no_files():
    assert found({}) is None


@pytest.mark.skipif("os.name == 'nt'", reason="the files stand elsewhere there")
def test_a_file_that_cannot_be_read_has_no_tokens(tmp_path: Path):
    environment = files(tmp_path, terraformrc=block("a"))
    (tmp_path / ".terraformrc").write_bytes(b"\xff" + block("a").encode())
    assert found(environment) is None
    (tmp_path / ".terraformrc").unlink()
    (tmp_path / ".terraformrc").mkdir()
    assert found(environment) is None


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        (block("a"), {"registry.example": "a"}),
        ('credentials "h" {\n  token = "a\\"b\\\\c"\n}', {"h": 'a"b\\c'}),
        ('credentials "h" { token = "a" }\ncredentials "h" { token = "b" }', {"h": "b"}),
        ('credentials "h" = { token = "a" }', {"h": "a"}),
        ('# credentials "x" { token = "x" }\ncredentials "h" { /* token = "x" */ token = "a" // "x"\n}', {"h": "a"}),
        ('plugin_cache_dir = "credentials"\nhost "h" { token = "x" }\n' + block("a"), {"registry.example": "a"}),
        ('credentials "h" { inner { token = "x" } }', {}),
        ('host "x" { services = { "modules.v1" = "https://h/" } }\n' + block("a"), {"registry.example": "a"}),
        ('credentials_helper "h" { args = ["--token", "x"] }', {}),
        ('credentials "h" { other_token = "x" }', {}),
        ('credentials "h" { token = "a', {}),
        ('provider_installation { direct { exclude = ["credentials"] } }\n' + block("a"), {"registry.example": "a"}),
        ("", {}),
        ("{", {}),
        ("[1]", {}),
        ('{"credentials": 1}', {}),
        ('{"credentials": {"h": 1, "i": {"token": 2}, "j": {"token": "a"}}}', {"j": "a"}),
        ('{"credentials": [{"h": [{"token": "a"}]}]}', {"h": "a"}),
        ("{" * 100_000, {}),
        ('{"a":' * 100_000, {}),
    ],
)
def test_tokens_of_a_file(text: str, tokens: dict[str, str]):
    assert read_tokens(text) == tokens
