"""Catalogues: all that makes Penchant speak of cars or of films. In: TOML. Out: a `Catalogue` that was checked.

catalogue              types of events, dimensions, time zone, and the version of each dimension
dimension              one property of an item: raw value -> category or scaled integer
faults                 what is wrong with a file, and how to mend it
cars.toml, films.toml  the catalogues that are shipped
"""
