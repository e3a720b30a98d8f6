"""The WebSocket stream to watchers. A leaf."""
