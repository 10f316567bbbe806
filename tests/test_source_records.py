"""What is remembered of a file survives the store."""

import zlib
from datetime import datetime

import brotli
import msgspec
import pytest

from feedsvc.source.collect import dump, load
from tests.reading import Source
from tests.test_source_entries import FULL


def test_a_record_comes_back_as_it_was() -> None:
    source = Source()
    source.write("feeds/news/a.yaml", FULL + "- {id: bad, draft: true}\n- {id: AT&T <b> 👩}\n")
    (record,) = source.gather().records.values()
    assert record.problems
    assert record.held
    assert load(dump(record)) == record


def test_equal_records_give_equal_bytes() -> None:
    blobs = set()
    for _ in range(2):
        source = Source()
        source.write("feeds/news/a.yaml", FULL + "- {id: b}\n- {id: c}\n- {id: d}\n")
        (record,) = source.gather().records.values()
        blobs |= {dump(record), dump(load(dump(record)))}
    assert len(blobs) == 1


def test_a_record_of_the_time_when_bodies_were_text_is_read() -> None:
    source = Source()
    source.write("feeds/news/a.yaml", FULL + "- {id: b, published: 2024-01-01, title: T}\n")
    (record,) = source.gather().records.values()
    old = msgspec.to_builtins(record, builtin_types=(datetime,))
    for made, entry in zip(old["entries"], record.entries, strict=True):
        made["body"] = entry.markdown if entry.body else None
    assert [made["body"] for made in old["entries"]] == ["A *paragraph*.\n\n- a list", None]
    assert load(brotli.compress(msgspec.msgpack.encode(old))) == record


def test_entries_keep_their_name_from_one_version_to_the_next() -> None:
    """A rollback holds back the source of that name: with another it would be published again."""
    source = Source()
    source.write("feeds/news/a.yaml", FULL)
    (record,) = source.gather().records.values()
    assert record.essence == "c985354ffee5d47c5ed673e20a49038a2733"


def test_what_entries_say_alike_is_there_once() -> None:
    source = Source()
    text = "- {id: %s, published: 2024-01-01, title: T, tags: [tides, ports]}\n"
    source.write("feeds/news/a.yaml", "".join(text % name for name in "ab"))
    (record,) = source.gather().records.values()
    for one, other in (record.entries, load(dump(record)).entries):
        assert one.slug is one.id
        assert one.section is other.section
        assert [tag is same for tag, same in zip(one.tags, other.tags, strict=True)] == [True] * 2


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"x",
        zlib.compress(b'{"path": "feeds/news/a.yaml"}'),
        brotli.compress(b""),
        b"\x1f\x8b",
        b"\x1f\x8b" + b"x" * 30,
        zlib.compress(b"\x81", wbits=31),
        brotli.compress(msgspec.msgpack.encode({})),
        brotli.compress(b"\x81\xa4path\xa1\xff"),
    ],
)
def test_other_bytes_are_no_record(blob: bytes) -> None:
    with pytest.raises(ValueError, match="no record of an entry file"):
        load(blob)


def test_a_place_is_said_as_admins_read_it() -> None:
    source = Source()
    source.write("feeds/news/a.yaml", FULL)
    (record,) = source.gather().records.values()
    assert record.place("harbour-pilot-2024") == "feeds/news/a.yaml:1:3"
    assert record.place("other") == "feeds/news/a.yaml"
