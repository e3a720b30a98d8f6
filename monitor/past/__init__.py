"""The recording of what the engine took, and playing it again for watchers."""
