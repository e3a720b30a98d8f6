"""Keys and the lines they stand on."""

import tomllib

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from config.faults import Key
from config.lines import key_lines
from config.reference import DEFAULT_TOML

TEXT = '''\
# a comment with a [header] and key = 1
title = "a # b" # after
"quoted key" = 'it''s'
dotted . inner."third part" = 1

[table] # opened
text = """
[not.a.table]
key = "no"
""""
raw = \'\'\'
\\\'\'\'
list = [ # open
  1, "],",
  [2,
   3],
]
inline = { a = 1, b = { c = [
  4 ] }, "d.e" = 5 }
escaped = "\\"]\\\\"

[[many]]
name = "first"
[many.inner]
deep = 1
[[many]]
name = "second"
[many.inner]
deep = 2
[[many.parts]]
x = 1
[ parent . child ]
x = 1970-01-01T00:00:00Z
[parent]
y = 1
'''


def keys_of(value: object, key: Key = ()) -> set[Key]:
    """Every key that tomllib finds in a document."""
    found = {key} if key else set()
    pairs: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = list(enumerate(value))
    for name, inner in pairs:
        found |= keys_of(inner, (*key, name))
    return found


def test_every_form_of_key_has_its_line() -> None:
    """Quoted, dotted, inline and repeated keys, and elements of lists, all have their line."""
    lines = key_lines(TEXT.replace("it''s", "its"))
    assert lines[("title",)] == 2
    assert lines[("quoted key",)] == 3
    assert lines[("dotted", "inner", "third part")] == 4
    assert lines[("table",)] == 6
    assert lines[("table", "raw")] == 11
    assert lines[("table", "list")] == 13
    assert lines[("table", "list", 1)] == 14
    assert lines[("table", "list", 2, 1)] == 16
    assert lines[("table", "inline", "b", "c", 0)] == 19
    assert lines[("table", "inline", "d.e")] == 19
    assert lines[("table", "escaped")] == 20
    assert lines[("many", 0, "inner", "deep")] == 25
    assert lines[("many", 1)] == 26
    assert lines[("many", 1, "inner")] == 28
    assert lines[("many", 1, "parts", 0, "x")] == 31
    assert lines[("parent", "child")] == 32
    assert lines[("parent",)] == 34


def test_the_scanner_finds_the_keys_that_tomllib_finds() -> None:
    """No key of the document is missed and none is made up."""
    text = TEXT.replace("it''s", "its")
    assert set(key_lines(text)) == keys_of(tomllib.loads(text))


def test_line_ends_of_windows_count_once() -> None:
    """A file with carriage returns has the same lines."""
    text = TEXT.replace("it''s", "its")
    assert key_lines(text.replace("\n", "\r\n")) == key_lines(text)


def test_the_defaults_are_scanned_whole() -> None:
    """In the product's own file of defaults every key stands on the line that the scanner says."""
    text = DEFAULT_TOML.read_text(encoding="utf-8")
    lines = key_lines(text)
    assert set(lines) == keys_of(tomllib.loads(text))
    rows = text.splitlines()
    for key, line in lines.items():
        named = next(part for part in reversed(key) if isinstance(part, str))
        assert named in rows[line - 1]


KEYS = st.sampled_from(["a", "b-1", '"c d"', "'e.f'", '"g\\"]"', "h . i", "3"])
SCALARS = st.sampled_from(
    ["1", "-2.5e3", "true", '"x"', '"]"', "'{'", '"""a\n]""b"""', "'''\n# no''''", "1970-01-01"]
)
GAPS = st.sampled_from(["", " ", "\n", " # ],}\n", "\r\n\t"])


def lists(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A list, over one line or many."""
    items = st.lists(st.tuples(GAPS, values, GAPS).map("".join), max_size=3)
    return items.map(lambda found: f"[{','.join(found)}]")


def inline_tables(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """An inline table."""
    pairs = st.dictionaries(KEYS, values, max_size=3)
    return pairs.map(lambda found: "{" + ", ".join(f"{k} = {v}" for k, v in found.items()) + "}")


VALUES = st.recursive(SCALARS, lambda inner: lists(inner) | inline_tables(inner), max_leaves=5)
HEADERS = st.sampled_from(["[t]", "[t.u]", "[ 'v' . w ]", "[[n]]", "[[n.m]]", "[n.o] # [p]"])
ROWS = st.tuples(KEYS, VALUES).map(lambda pair: f"{pair[0]} = {pair[1]} # a = 1") | HEADERS


@settings(max_examples=300, deadline=None)
@given(st.lists(ROWS, max_size=8).map("\n".join))
def test_any_valid_document_is_scanned_as_tomllib_reads_it(text: str) -> None:
    """Of any document that is TOML the scanner finds the very keys that tomllib finds."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        assume(False)
    assert set(key_lines(text)) == keys_of(document)
