"""Switch, roll back and drop: what happens to a generation once it is there.

In: generations of one keyspace. Out: one write of the row in force, or deleted partitions. Erasures are read again
before each switch: whatever has happened meanwhile, an erased user does not come back with a generation.
"""

import datetime
from collections.abc import Iterator

from cql.generations import Generations
from cql.layers import InForce, layers
from udfs.errors import StoreRefused


def switch(generations: Generations, number: int, first: int, now: datetime.datetime) -> InForce:
    """Let answers rest on a generation. Raises StoreRefused, also for one that was dropped or is in force already.

    `first`: what answers rest on as long as there was no switch.
    """
    previous = generations.current(first)
    _check_there(generations, number)
    if number == previous:
        message = f"generation {number} is in force already"
        raise StoreRefused(message)
    generations.erase_again(number)
    generations.switch(number, previous, now)
    return InForce(number, previous, now)


def rollback(generations: Generations, now: datetime.datetime) -> InForce:
    """Let answers rest again on what they rested on before the last switch. Raises StoreRefused."""
    current = generations.in_force()
    if current is None:
        message = "there was no switch yet, so there is nothing to go back to"
        raise StoreRefused(message)
    return switch(generations, current.previous, current.number, now)


def drop(generations: Generations, number: int, first: int, now: datetime.datetime) -> Iterator[int]:
    """Delete a generation; yields how many users' partitions are gone. Raises StoreRefused while it is needed."""
    current = generations.current(first)
    known = generations.known()
    if number not in known:
        message = f"there is no generation {number}; see `penchant generation list`"
        raise StoreRefused(message)
    for other in {current, *(one.number for one in known.values() if one.state == "open")} - {number}:
        if number in {layer.generation for layer in layers(other, known)}:
            message = f"generation {number} lies below generation {other}; drop that one first"
            raise StoreRefused(message)
    if number == current:
        message = f"generation {number} is in force; switch to another one first"
        raise StoreRefused(message)
    return generations.drop(number, now)


def _check_there(generations: Generations, number: int) -> None:
    found = generations.known().get(number)
    if found is None or found.state != "open":
        state = "not there" if found is None else found.state
        message = f"generation {number} is {state}; see `penchant generation list`"
        raise StoreRefused(message)
