"""Opens the store that the settings name; the client of Redis is loaded only where it is used."""

from contextlib import AbstractAsyncContextManager, AsyncExitStack
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from config.load import Loaded
from monitor.store.port import Probe, Store
from monitor.store.sqlite import open_sqlite


async def open_store(stack: AsyncExitStack, loaded: Loaded, probe: Probe) -> Store:
    """The store; closed with the stack. Raises StoreError when it can't be used."""
    settings = loaded.settings.store
    if settings.type == "redis":
        password = None if settings.password is None else settings.password.reveal()
        redis = import_module("monitor.store.redis")
        opened: AbstractAsyncContextManager[Store] = redis.open_redis(
            settings.url, settings.name, probe, password
        )
        return await stack.enter_async_context(opened)
    if settings.type == "none":
        # The same path as ever, on a file that nobody keeps.
        folder = stack.enter_context(TemporaryDirectory(prefix="citywatch-"))
        return await stack.enter_async_context(open_sqlite(Path(folder) / "forgotten.db", probe))
    return await stack.enter_async_context(open_sqlite(loaded.resolve(settings.path), probe))
