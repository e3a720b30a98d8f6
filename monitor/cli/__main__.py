"""`python -m monitor.cli`, the same as `citywatch`."""

import sys

from monitor.cli.arguments import main

sys.exit(main())
