"""`python -m seqlogic`."""

import sys

from seqlogic.cli import main

sys.exit(main())
