"""Realistic traffic: items -> listings -> tastes -> sessions -> stream -> producer, and the truth.

A user with a hidden taste is shown lists of items and chooses from them. Tastes are fixed by the seed; what happens is
fixed by the seed, the run token and the values of the clock.
"""
