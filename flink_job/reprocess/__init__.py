"""History computed again into a generation of its own, by the same job from another position of the log.

checks   refuses what cannot be exact
prepare  makes the generation that is wanted, and lays down where its job begins
pace     a cap on writes per second, which the store's latency only lowers
watch    how far it has come and how long it will take
"""
