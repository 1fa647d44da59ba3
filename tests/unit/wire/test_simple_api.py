from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terra.errors import InvalidDocumentError
from terra.model.digest import Digest
from terra.model.name import normalised
from terra.wire.simple_api import IndexFile, read_simple_page

PAGE = "https://index.example/simple/terra-aws-s3/"
V1_JSON = "application/vnd.pypi.simple.v1+json"
V1_HTML = "application/vnd.pypi.simple.v1+html"
HEX = "ab" * 32
WHEEL = "terra_aws_s3-0.1.0-py3-none-any.whl"


def read(data: object, content_type: str = V1_JSON):
    return read_simple_page(json.dumps(data).encode(), content_type, PAGE)


def html(body: str, content_type: str = "text/html"):
    return read_simple_page(f"<!DOCTYPE html><html><body>{body}</body></html>".encode(), content_type, PAGE)


def test_json():
    page = read(
        {
            "meta": {"api-version": "1.4", "x": 1},
            "name": "terra-aws-s3",
            "files": [
                {
                    "filename": WHEEL,
                    "url": "../../files/" + WHEEL + "#sha256=ff",
                    "hashes": {"md5": "1", "sha256": HEX.upper()},
                    "requires-python": ">=3.9",
                    "yanked": "broken",
                    "core-metadata": {"sha256": HEX},
                },
                {"filename": "terra_aws_s3-0.2.0.tar.gz", "url": "https://files.example/a", "hashes": {}},
                {"filename": WHEEL.replace("1", "3"), "url": "a", "hashes": {}, "yanked": True},
                {"filename": WHEEL.replace("1", "4"), "url": "a", "yanked": False, "requires-python": None},
            ],
        }
    )
    assert page.issues == ()
    assert page.files == (
        IndexFile(WHEEL, "https://index.example/files/" + WHEEL, Digest.sha256(HEX), ">=3.9", "broken"),
        IndexFile("terra_aws_s3-0.2.0.tar.gz", "https://files.example/a"),
        IndexFile(WHEEL.replace("1", "3"), PAGE + "a", yanked=""),
        IndexFile(WHEEL.replace("1", "4"), PAGE + "a"),
    )


@pytest.mark.parametrize("content_type", ["text/html", V1_HTML, "application/xhtml+xml", ""])
def test_html(content_type: str):
    page = html(
        f"""<h1>Links</h1><a href="../">up</a><A name="x">none</A>
        <a href="../../p/{WHEEL}#sha256={HEX}" data-requires-python="&gt;=3.9" data-yanked="a &amp; b">{WHEEL}</a><br>
        <a href='terra%5Faws_s3-0.2.0.tar.gz#md5=00' data-yanked rel=nofollow>x</a>
        <a href="terra_aws_s3-0.3.0-py3-none-any.whl" href="evil.whl" data-core-metadata="true">x""",
        content_type,
    )
    assert page.issues == ()
    assert page.files == (
        IndexFile(WHEEL, f"https://index.example/p/{WHEEL}", Digest.sha256(HEX), ">=3.9", "a & b"),
        IndexFile("terra_aws_s3-0.2.0.tar.gz", PAGE + "terra%5Faws_s3-0.2.0.tar.gz", yanked=""),
        IndexFile("terra_aws_s3-0.3.0-py3-none-any.whl", PAGE + "terra_aws_s3-0.3.0-py3-none-any.whl"),
    )


def test_html_with_a_base():
    page = html(f'<base href="/other/"><base href="/no/"><a href="{WHEEL}">x</a>')
    assert page.files[0].url == f"https://index.example/other/{WHEEL}"


def test_a_project_without_files_is_a_page():
    assert read({"files": []}).files == ()
    assert html("<h1>Links for terra-aws-s3</h1>").files == ()


@pytest.mark.parametrize(
    "bad",
    [
        7,
        {},
        {"filename": WHEEL},
        {"filename": 1, "url": "a"},
        {"filename": "../" + WHEEL, "url": "a"},
        {"filename": "a\n.whl", "url": "a"},
        {"filename": "b-1-py3-none-any.whl", "url": "http://index.example/less-than-https"},
        {"filename": "b-1-py3-none-any.whl", "url": "file:///etc/passwd"},
        {"filename": "b-1-py3-none-any.whl", "url": "https://[half"},
        {"filename": "b-1-py3-none-any.whl", "url": "a", "hashes": {"sha256": "ab"}},
        {"filename": "b-1-py3-none-any.whl", "url": "a", "hashes": {"sha256": 7}},
    ],
)
def test_a_bad_entry_hides_no_good_one(bad: object):
    page = read({"files": [bad, {"filename": WHEEL, "url": "a"}, {"filename": WHEEL, "url": "second"}]})
    assert [(each.filename, each.url) for each in page.files] == [(WHEEL, PAGE + "a")]
    assert [each.where for each in page.issues] == ["files[0]"]


def test_a_bad_link_hides_no_good_one():
    page = html(f'<a href="x-1.whl#sha256=zz">a</a><a href="https://[/y.whl">a</a><a href="{WHEEL}">b</a>')
    assert [each.filename for each in page.files] == [WHEEL]
    assert [each.where for each in page.issues] == ["link 1"]


def test_what_is_no_distribution_is_left_out():
    page = read({"files": [{"filename": name, "url": "a"} for name in ("a-1.egg", "a-1.exe", "x.whl.asc", "README")]})
    assert (page.files, page.issues) == ((), ())


@pytest.mark.parametrize("version", ["2.0", "10.1", "0.9", "1x", "", "²"])
def test_another_version_of_the_interface(version: str):
    with pytest.raises(InvalidDocumentError) as caught:
        read({"meta": {"api-version": version}, "files": []})
    assert "upgrade terra" in (caught.value.hint or "")
    with pytest.raises(InvalidDocumentError, match="api-version"):
        html(f'<meta name="pypi:repository-version" content="{version}">')


def test_the_version_in_the_content_type():
    with pytest.raises(InvalidDocumentError) as caught:
        read({"files": []}, "application/vnd.pypi.simple.v2+json")
    assert "upgrade terra" in (caught.value.hint or "")
    assert html('<meta name="pypi:repository-version" content="1.9">').files == ()
    assert read({"files": []}, "application/vnd.pypi.simple.latest+json").files == ()
    assert read({"files": []}, "Application/JSON").files == ()


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b"", "text/html"),
        (b"not found", "text/html"),
        (b"\x00\xff\xfe", ""),
        (b"", V1_JSON),
        (b"<html>", V1_JSON),
        (b"[]", V1_JSON),
        (b"[]", ""),
        (b"{}", V1_JSON),
        (b'{"files": {}}', V1_JSON),
        (b'{"files": []}', "text/plain"),
        (b"<html>", "application/octet-stream"),
        (b'<form action="/sso"><input name=p type="Password"></form><a href="x-1.whl">x</a>', "text/html"),
    ],
)
def test_what_is_no_page(data: bytes, content_type: str):
    with pytest.raises(InvalidDocumentError) as caught:
        read_simple_page(data, content_type, PAGE)
    assert PAGE in caught.value.message
    assert caught.value.exit == 2


@given(st.binary(max_size=300), st.sampled_from([V1_JSON, V1_HTML, "text/html", "", "x/y"]))
def test_anything_is_a_page_or_refused(data: bytes, content_type: str):
    try:
        page = read_simple_page(data, content_type, PAGE)
    except InvalidDocumentError:
        return
    assert isinstance(page.files, tuple)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda each: (
            st.lists(each)
            | st.dictionaries(
                st.sampled_from(["meta", "files", "filename", "url", "hashes", "sha256", "yanked", "requires-python"]),
                each,
            )
        ),
    )
)
def test_any_json_is_a_page_or_refused(document: object):
    try:
        page = read({"files": [document, {"filename": WHEEL, "url": "a"}]})
    except InvalidDocumentError:
        return
    assert page.files[-1].filename == WHEEL


@pytest.mark.parametrize("part", ["<!--", "<!", "<a ", "<", "&", "</", "<?", '<a href="'])
def test_what_never_ends_is_no_work(part: str):
    """The parser is quadratic over some of these where it is told that all has come; this would then take hours."""
    page = read_simple_page(f'<a href="{WHEEL}">x</a>'.encode() + part.encode() * (1 << 20), "text/html", PAGE)
    assert page.files[0].filename == WHEEL


def test_markup_that_the_parser_cannot_read():
    with pytest.raises(InvalidDocumentError, match="broken markup"):
        html("<![<![")


@pytest.mark.parametrize(
    ("filename", "version", "pure"),
    [
        (WHEEL, "0.1.0", True),
        ("Terra.AWS-s3-0.1.0.tar.gz", "0.1.0", False),
        ("terra-aws-s3-0.1.0.zip", "0.1.0", False),
        ("terra_aws_s3-0.1.0-1-py3-none-any.whl", "0.1.0", True),
        ("terra_aws_s3-0.1.0-py2.py3-none-any.whl", "0.1.0", True),
        ("terra_aws_s3-0.1.0-cp311-cp311-linux_x86_64.whl", "0.1.0", False),
        ("terra_aws_s3-0.1.0-py2-none-any.whl", "0.1.0", False),
        ("terra_aws_s3-1.0.0rc1-py3-none-any.whl", "1.0.0rc1", True),
        ("terra_aws_s3-1.0_1-py3-none-any.whl", "1.0-1", True),
        ("terra_aws_sqs-0.1.0-py3-none-any.whl", None, True),
        ("terra_aws_s3.whl", None, False),
        ("terra_aws_s3-.tar.gz", None, False),
        ("a-b-c-d-e-f-g-h.whl", None, False),
    ],
)
def test_file_names(filename: str, version: str | None, pure: bool):
    file = IndexFile(filename, PAGE + "x")
    assert (file.version_of("terra-aws-s3"), file.is_pure) == (version, pure)


def test_builds_are_ordered_by_number():
    names = ["a-1-py3-none-any.whl", "a-1-2-py3-none-any.whl", "a-1-2b-py3-none-any.whl", "a-1-10-py3-none-any.whl"]
    assert sorted({*names}, key=lambda each: IndexFile(each, PAGE).build) == names


def test_names_in_addresses():
    assert normalised("Terra_AWS..s3-_x") == "terra-aws-s3-x"
