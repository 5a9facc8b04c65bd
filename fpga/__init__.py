"""A proven machine on a board: Migen core, LiteX SoC, boards, toolchains, simulation, host driver."""
