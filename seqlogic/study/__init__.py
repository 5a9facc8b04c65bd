"""Experiments on the learner: they measure and print, and assert nothing."""
