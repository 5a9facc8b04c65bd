"""`python -m fpga`: a machine's SoC for a board, with the options of a litex-boards target."""

import sys

from fpga.target import main

sys.exit(main())
