"""An independent recount of the log: it shares no code with Penchant and follows the words of the contract alone.

In: records (append ms, partition, offset, key, value, origin), types by strength, dimensions as dicts, a tzinfo.
Out: totals per (user, date, batch, dimension, type, category or "n", "sum", "squares" or number of a bin), and how
many records went where.
"""

# mypy: ignore-errors
import datetime
import json
from collections import Counter, defaultdict

HOUR, MS = 3_600_000, datetime.timedelta(milliseconds=1)
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def recount(records, types, dimensions, zone, days=60, generation=1):
    totals, counts, batches = Counter(), Counter(), defaultdict(list)
    for append, _, _, key, value, origin in sorted(records, key=lambda record: record[1:3]):
        try:
            batch, event = read(append, origin, key, parsed(value), types, dimensions, zone, days, generation)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            counts["rejected"] += 1
            continue
        batches[batch].append(event)
    for (user, date, batch), accepted in batches.items():
        events = accepted[:5_000]
        distinct = {event[0]: event for event in sorted(events, key=written, reverse=True)}
        ranked = sorted(distinct.values(), key=lambda event: (-event[2], -event[3], written(event)), reverse=True)
        counts.update(counted=len(distinct), duplicate=len(events) - len(distinct), capped=len(accepted) - len(events))
        for _, _, strength, _, *values in {event[1]: event for event in ranked}.values():
            for dimension, value in zip(dimensions, values, strict=True):
                cell = (user, date, batch.split()[0] if batch[0] == "r" else batch, dimension["name"], types[strength])
                if value is not None:
                    totals.update({(*cell, what): number for what, number in counted(value, **dimension).items()})
    return totals, counts + Counter(produced=len(records))


def parsed(value):
    found = json.loads(value, parse_constant=refuse)
    written(found).encode()  # no lone surrogates
    return found if len(value) <= 65_536 and deep(found) <= 64 and found.get("schema", 1) == 1 else refuse(value)


def deep(found):
    inner = found.values() if isinstance(found, dict) else found
    return 1 + max(map(deep, inner), default=0) if isinstance(found, (dict, list)) else 0


def read(append, origin, key, event, types, dimensions, zone, days, generation):
    ids = event["event_id"], event["user_id"], event["item"]["id"]
    occurred = datetime.datetime.fromisoformat(event["occurred_at"])
    at, date = (occurred - EPOCH) // MS, occurred.astimezone(zone).date()
    midnight = (datetime.datetime(date.year, date.month, date.day, tzinfo=zone) - EPOCH) // MS
    _, _, first, only = map(int, origin.split(b":")) if origin else (None, None, append, 0)
    if only not in (0, generation) or first - append > HOUR // 12:
        refuse(only)
    if not (first - at >= -HOUR // 12 and append - at <= days * 24 * HOUR):
        refuse(at)
    if not (key == ids[1].encode() and len(key) <= 256 and min(ids) > ""):
        refuse(ids)
    batch = str((at - midnight) // HOUR) if append - at <= 6 * HOUR else f"late {(append - midnight) // HOUR}"
    batch = f"replayed {ids[0]}" if origin else batch
    values = [countable(event["item"], **dimension) for dimension in dimensions]
    return (ids[1], str(date), batch), [ids[0], ids[2], types.index(event["type"]), (at - midnight) // 1000, *values]


def countable(found, name, kind, path, scale, transform, aliases, missing, top_coded, **_):
    for step in path.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    if found is None or found in missing:
        return None
    if kind == "categorical":
        return aliases.get(found.strip().lower(), found.strip().lower())
    number = found if top_coded is None else min(found, top_coded)
    return round(transform(number) * scale) if abs(number) <= 2**40 else refuse(number)


def counted(value, kind, scale, transform, bins, **_):
    if kind == "categorical":
        return {value: 1}
    low, high = map(transform, bins[:2])
    place = int(round((value / scale - low) / (high - low) * bins[2], 9))
    return {"n": 1, "sum": value, "squares": value * value, min(max(place, 0), bins[2] - 1): 1}


refuse = [].index
written = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
