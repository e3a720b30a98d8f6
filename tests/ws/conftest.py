"""Fixtures of the stream's tests."""

from collections.abc import AsyncIterator

import pytest

from tests.ws.stage import Stage, stage


@pytest.fixture
async def stream() -> AsyncIterator[Stage]:
    """A server with the default limits."""
    async with stage() as running:
        yield running
