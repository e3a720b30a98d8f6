"""The line of every key of a TOML text, which `tomllib` does not tell.

Called by `load` with a text that `tomllib` has accepted; so the grammar is not checked again, only
followed. The values are `tomllib`'s, never this file's, except for quoted keys.
"""

import tomllib
from typing import Final

from config.faults import Key

BARE_ENDS: Final = " \t\r\n=.[]{},#\"'"
VALUE_ENDS: Final = ",]}#\r\n"


def key_lines(text: str) -> dict[Key, int]:
    """Key → line, counted from 1, for every table, key and element of an array.

    A table opened only by its children has the line of the first of them. The text must be valid
    TOML; any other gives a meaningless answer or a `TOMLDecodeError`.
    """
    scanner = _Scanner(text)
    scanner.document()
    return scanner.lines


class _Scanner:
    """Walks through the text once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1
        self.lines: dict[Key, int] = {}
        self.arrays: dict[Key, int] = {}  # how often each [[array]] has been opened

    def document(self) -> None:
        """The whole text: headers and `key = value` lines."""
        table: Key = ()
        while True:
            self.blank()
            if self.at >= len(self.text):
                return
            if self.here() == "[":
                table = self.header()
            else:
                self.pair(table)

    def header(self) -> Key:
        """`[a.b]` or `[[a.b]]`; the key that the lines below it stand under."""
        line = self.line
        double = self.text.startswith("[[", self.at)
        self.skip(2 if double else 1)
        key: Key = ()
        parts = self.dotted()
        for number, part in enumerate(parts, start=1):
            key = (*key, part)
            self.mark(key, line)
            opens_element = double and number == len(parts)
            if key in self.arrays and not opens_element:
                key = (*key, self.arrays[key] - 1)
        if double:
            count = self.arrays.get(key, 0)
            self.arrays[key] = count + 1
            key = (*key, count)
            self.mark(key, line)
        else:
            # A table may be opened after its children; its own header is the better place.
            self.lines[key] = line
        self.blank()
        self.skip(2 if double else 1)
        return key

    def pair(self, table: Key) -> None:
        """`a.b = value` under a table."""
        line = self.line
        key = table
        for part in self.dotted():
            key = (*key, part)
            self.mark(key, line)
        self.blank()
        self.skip(1)  # =
        self.blank()
        self.value(key)

    def dotted(self) -> list[str]:
        """A key's parts."""
        parts: list[str] = []
        while True:
            self.blank()
            if self.here() in ('"', "'"):
                start = self.at
                self.string()
                parts.append(tomllib.loads(f"key = {self.text[start : self.at]}")["key"])
            else:
                start = self.at
                while self.here() and self.here() not in BARE_ENDS:
                    self.skip(1)
                if self.at == start:
                    self.skip(1)
                parts.append(self.text[start : self.at])
            self.blank()
            if self.here() != ".":
                return parts
            self.skip(1)

    def value(self, key: Key) -> None:
        """Any value; the keys and elements inside it get their lines as well."""
        match self.here():
            case '"' | "'":
                self.string()
            case "[":
                self.array(key)
            case "{":
                self.inline(key)
            case _:
                start = self.at
                while self.here() and self.here() not in VALUE_ENDS:
                    self.skip(1)
                if self.at == start:
                    self.skip(1)

    def array(self, key: Key) -> None:
        """`[a, b]`, over as many lines as it likes."""
        self.skip(1)
        index = 0
        while self.after_blank() not in ("]", ""):
            self.mark((*key, index), self.line)
            self.value((*key, index))
            index += 1
            if self.after_blank() == ",":
                self.skip(1)
        self.skip(1)

    def inline(self, key: Key) -> None:
        """`{a = 1, b = 2}`."""
        self.skip(1)
        while self.after_blank() not in ("}", ""):
            self.pair(key)
            if self.after_blank() == ",":
                self.skip(1)
        self.skip(1)

    def string(self) -> None:
        """Any of the four kinds of strings."""
        quote = self.here()
        fence = quote * 3 if self.text.startswith(quote * 3, self.at) else quote
        self.skip(len(fence))
        while self.at < len(self.text):
            if quote == '"' and self.here() == "\\":
                self.skip(2)
            elif self.text.startswith(fence, self.at):
                self.skip(len(fence))
                # A fenced text may end in one or two quotes of its own.
                while len(fence) == 3 and self.here() == quote:
                    self.skip(1)
                return
            else:
                self.skip(1)

    def blank(self) -> None:
        """White space, line ends and comments."""
        while self.at < len(self.text):
            if self.here() == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif self.here().isspace():
                self.skip(1)
            else:
                return

    def after_blank(self) -> str:
        self.blank()
        return self.here()

    def here(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def skip(self, count: int) -> None:
        self.line += self.text.count("\n", self.at, self.at + count)
        self.at += count

    def mark(self, key: Key, line: int) -> None:
        self.lines.setdefault(key, line)
