"""Binary registers, learned in layers: the fastest bit first, and each the next one's to use."""

from seqlogic.layered.learn import Layered, learn_layered

__all__ = ["Layered", "learn_layered"]
