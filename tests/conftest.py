"""What every test shares: examples that are the same on every machine and on every run."""

from hypothesis import settings

settings.register_profile("seqlogic", deadline=None, derandomize=True, max_examples=100, print_blob=False)
settings.load_profile("seqlogic")
