"""The demo: the whole way of an event on real parts, on one machine.

order    what was asked for
feed     simulated traffic, sent from a thread
gauges   rate, lag and freshness while it runs
taste    one user's profile beside the hidden taste
demo     the steps in their order
"""
