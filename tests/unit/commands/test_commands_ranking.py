from __future__ import annotations

from terra.commands.ranking import Query, ranked
from terra.model.name import Name
from terra.model.summary import Summary


def one(name: str, description: str = "", tags: tuple[str, ...] = (), provider: str | None = None) -> Summary:
    return Summary(Name(name), description, tags, provider)


def names(query: Query, *summaries: Summary) -> list[str]:
    return [each.name.text for each in ranked(query, summaries)]


def test_the_nearer_the_place_the_earlier():
    expected = [
        one("bucket"),
        one("s3-bucket"),
        one("bucketing"),
        one("my-buckets"),
        one("thebucket"),
        one("object-store", tags=("Bucket",)),
        one("a-store", "Private buckets"),
    ]
    assert names(Query.of(["BUCKET"]), *reversed(expected)) == [each.name.text for each in expected]


def test_a_word_inside_another_of_the_description_is_no_hit():
    assert names(Query.of(["ring"]), one("a", "a string of things"), one("b", "a ring")) == ["b"]


def test_all_words_must_be_found_each_anywhere():
    found = [one("aws-s3", "private bucket"), one("aws-sqs", "queue"), one("gcs", "bucket")]
    assert names(Query.of(["aws", "bucket"]), *found) == ["aws-s3"]
    assert names(Query.of(["aws bucket"]), *found) == ["aws-s3"]
    assert names(Query.of(["aws", "balloon"]), *found) == []


def test_words_that_make_the_name_are_the_name():
    found = [one("aws-s3-logs"), one("aws-s3"), one("s3/aws"), one("aws/s3")]
    assert names(Query.of(["aws", "s3"]), *found)[:2] == ["aws-s3", "aws/s3"]
    assert names(Query.of(["aws-s3"]), *found) == ["aws-s3", "aws-s3-logs"]


def test_a_part_with_hyphens_is_a_part():
    assert names(Query.of(["aws-s3"]), one("x-aws-s3"), one("acme/aws-s3")) == ["acme/aws-s3", "x-aws-s3"]


def test_ties_are_by_name():
    assert names(Query.of(["vpc"]), one("c/vpc"), one("a/vpc"), one("b/vpc")) == ["a/vpc", "b/vpc", "c/vpc"]


def test_every_tag_and_the_provider_must_be_there():
    found = [one("a", tags=("Net", "aws"), provider="AWS"), one("b", tags=("net",), provider="hashicorp/aws")]
    assert names(Query.of([], ["net"]), *found) == ["a", "b"]
    assert names(Query.of([], ["net", "AWS"]), *found) == ["a"]
    assert names(Query.of([], [], "aws"), *found) == ["a", "b"]
    assert names(Query.of(["b"], [], "aws"), *found) == ["b"]
    assert names(Query.of([], ["ne"]), *found) == []
    assert names(Query.of([], [], "hashicorp"), *found) == []


def test_the_provider_is_found_as_a_word_too():
    assert names(Query.of(["aws"]), one("a", provider="aws"), one("b")) == ["a"]


def test_case_is_folded_beyond_ascii():
    assert names(Query.of(["STRASSE"]), one("a", "die Straße")) == ["a"]


def test_needles_are_what_an_answer_must_hold():
    assert Query.of(["Aws  s3", "aws"], [" Net "], "AWS").needles == ("aws", "s3", "net")
    assert Query.of([" "], [""], " ").needles == ()


def test_all_of_a_name_after_its_namespace_comes_before_names_with_other_words():
    found = [
        one("100automations/aws-postgres-vpc"),
        one("104corp/aws-vpc"),
        one("a/aws-vpc-of-mine"),
        one("z/aws-x-vpc"),
    ]
    expected = ["104corp/aws-vpc", "100automations/aws-postgres-vpc", "z/aws-x-vpc", "a/aws-vpc-of-mine"]
    assert names(Query.of(["aws", "vpc"]), *found) == expected
