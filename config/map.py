"""The settings of the live map: where its page finds the stream, and what lies below the zones.

Structs only. Without any of them the page needs nothing but the monitor itself.
"""

from typing import Annotated, Final

from msgspec import Meta, Struct

from config.fields import FilePath

STYLE_FORM: Final = "a URL that begins with https:// or http://"
STREAM_FORM: Final = "a URL that begins with wss:// or ws://"
ORIGIN_FORM: Final = "https:// or http://, a host and perhaps a port, nothing behind"

# Hosts are plain names and addresses: they stand in the page's security policy.
StyleUrl = Annotated[
    str, Meta(pattern=r"^https?://[A-Za-z0-9.\[\]:-]+(/\S*)?\Z", extra={"form": STYLE_FORM})
]
StreamUrl = Annotated[
    str,
    Meta(pattern=r"^wss?://[A-Za-z0-9.\[\]:-]+(/[^\s;,?#]*)?\Z", extra={"form": STREAM_FORM}),
]
Origin = Annotated[
    str, Meta(pattern=r"^https?://[A-Za-z0-9.\[\]:-]+\Z", extra={"form": ORIGIN_FORM})
]


class MapSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The live map at `/`. From other hosts it may load what is named here, and nothing else."""

    stream_url: Annotated[
        StreamUrl | None,
        Meta(description="The stream as browsers reach it, behind a proxy; else by its port."),
    ] = None
    basemap_style: Annotated[
        StyleUrl | None, Meta(description="URL of a MapLibre style to draw below the zones.")
    ] = None
    basemap_hosts: Annotated[
        tuple[Origin, ...],
        Meta(description="Further hosts that the style loads tiles, fonts and icons from."),
    ] = ()
    basemap_pmtiles: Annotated[
        FilePath | None,
        Meta(description="A PMTiles file to draw below the zones; served at /basemap.pmtiles."),
    ] = None

    def __post_init__(self) -> None:
        if self.basemap_style is not None and self.basemap_pmtiles is not None:
            raise ValueError("set either basemap_style or basemap_pmtiles")
