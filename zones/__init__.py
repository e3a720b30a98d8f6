"""Zones of a city: polygons, exact location, figures. A leaf: pure, no I/O."""
