"""`python -m seqlogic.study` is the bench."""

import sys

from seqlogic.study.bench import main

if __name__ == "__main__":
    sys.exit(main())
