"""The page in a real Chromium, before the real monitor."""
