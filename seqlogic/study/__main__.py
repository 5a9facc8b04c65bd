"""`python -m seqlogic.study` is the bench."""

import os
import sys

# Before numpy and torch are imported, which read it then: what is compared is one thread of a processor.
os.environ["OMP_NUM_THREADS"] = "1"

from seqlogic.study.bench import main

if __name__ == "__main__":
    sys.exit(main())
