"""HTTP routes by subject; reads views, sends commands."""
