"""The kinds of values that several settings share: their form, bounds and units.

`Meta.extra["form"]` says in words what a pattern wants; faults and the reference page quote it.
"""

from typing import Annotated, Any, Final, NewType

from msgspec import Meta

from alerts.rulebook import Setting

SLUG_FORM: Final = "1 to 64 of a-z, 0-9 and -, not beginning with -"
TIME_FORM: Final = "HH:MM, from 00:00 to 24:00"
DAYS_FORM: Final = "mon, tue, wed, thu, fri, sat, sun, or a range such as mon-fri"
SHA256_FORM: Final = "64 hexadecimal digits, in lower case"
PREFIX_FORM: Final = "a topic without +, # and without / at either end"

_DAY: Final = "(mon|tue|wed|thu|fri|sat|sun)"

Slug = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}\Z", extra={"form": SLUG_FORM})]
Name = Annotated[str, Meta(min_length=1, max_length=128)]
Id = Annotated[str, Meta(min_length=1, max_length=128)]
Host = Annotated[str, Meta(min_length=1, max_length=255)]
Port = Annotated[int, Meta(ge=0, le=65_535)]
FilePath = Annotated[str, Meta(min_length=1)]
TimeOfDay = Annotated[
    str, Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)\Z", extra={"form": TIME_FORM})
]
Days = Annotated[str, Meta(pattern=rf"^{_DAY}(-{_DAY})?\Z", extra={"form": DAYS_FORM})]
# Hidden in faults: what stands there by mistake is likely the token itself.
Sha256 = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{64}\Z", extra={"form": SHA256_FORM, "hidden": True})
]
TopicPrefix = Annotated[
    str, Meta(pattern=r"^[^/+#\s]+(/[^/+#\s]+)*\Z", extra={"form": PREFIX_FORM})
]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
RetentionSeconds = Annotated[int, Meta(ge=60, le=31_536_000)]
Minutes = Annotated[float, Meta(ge=0, le=240)]
Bytes = Annotated[int, Meta(ge=1_024, le=1_073_741_824)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
# Rule → field → value, as set in one table of the file; checked against `alerts.rules`.
RuleTables = NewType("RuleTables", dict[str, dict[str, Setting]])
# Kind of action → field → value, as set for one city; checked against `alerts.remedies.settings`.
ActionTables = NewType("ActionTables", dict[str, Any])
