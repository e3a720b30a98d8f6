"""From the settings to the parts that `app` runs, each built where it can be tried by itself."""
