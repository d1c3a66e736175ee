"""The second plan: state keyed by (user, date, dimension), in Python, exactly as the result is addressed.

In: decoded rows. Out: rows (user_id, day, batch_number, payloads, place), one dimension's place in the catalogue at a
time, and the rows that do not count. Every access to state is a round trip to the JVM and every event is kept once
per dimension, so this plan is for small loads; it shares decode, fold and write with the plan `collected` and is the
oracle that the other must equal cell by cell.
"""

from collections.abc import Iterator

from pyflink.common import Row, Time, Types
from pyflink.datastream import FlatMapFunction, KeyedProcessFunction, RuntimeContext
from pyflink.datastream.state import MapStateDescriptor, StateTtlConfig
from pyflink.datastream.timerservice import TimerService
from pyflink.table import StreamTableEnvironment, Table

from flink_job.collect import Collected
from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import Reason
from udfs.statistics.fold import MAX_EVENTS

_REASON = 4
"""Rows between Python functions have no field names: columns are known by their place."""

_BYTES = Types.PRIMITIVE_ARRAY(Types.BYTE())
_RECORD = [Types.LONG(), Types.INT(), Types.LONG(), _BYTES, _BYTES, _BYTES]
_EVENT = [Types.STRING(), Types.INT(), Types.INT(), Types.STRING(), Types.STRING(), Types.STRING()]
_ADDRESSED = Types.ROW([Types.INT(), *_EVENT, *_RECORD])
_KEY = Types.TUPLE([Types.STRING(), Types.INT(), Types.INT()])
_BATCH = Types.ROW_NAMED(
    ["user_id", "day", "batch_number", "payloads", "place"],
    [Types.STRING(), Types.INT(), Types.INT(), _BYTES, Types.INT()],
)
_REFUSED = Types.ROW([Types.STRING(), Types.STRING(), *_RECORD])
_EITHER = Types.ROW([*_BATCH.get_field_types(), *_REFUSED.get_field_types()])
_NO_RECORD = (0, 0, 0, None, None, None)


def keyed(tables: StreamTableEnvironment, events: Table, settings: JobSettings, catalogue: Catalogue) -> Collected:
    """Gather the payloads of each batch per (user, date, dimension)."""
    decoded = tables.to_data_stream(events)
    addressed = decoded.flat_map(Address(len(catalogue.dimensions)), _ADDRESSED).uid("address").name("address")
    by_dimension = addressed.key_by(_address, key_type=_KEY)
    gathered = by_dimension.process(Gather(settings), _EITHER).uid("gather").name("gather")
    batches = gathered.flat_map(Select(0, 5, unless=5), _BATCH).uid("batches").name("batches")
    capped = gathered.flat_map(Select(5, 13, when=5), _REFUSED).uid("capped").name("capped")
    rejected = decoded.flat_map(Select(4, 12, when=_REASON), _REFUSED).uid("rejected").name("rejected")
    return Collected(batches, capped.union(rejected))


def _address(row: Row) -> tuple[str, int, int]:
    place, user_id, day, *_ = row
    return user_id, day, place


class Address(FlatMapFunction):
    """Sends an event to each dimension, also where it has no value, so that all of them count the same versions."""

    def __init__(self, dimensions: int) -> None:
        """`dimensions`: how many the catalogue has."""
        self._places = range(dimensions)

    def flat_map(self, value: Row) -> Iterator[Row]:
        """One decoded row; rejected ones go another way."""
        if not value[_REASON]:
            for place in self._places:
                yield Row(place, *value)


class Gather(KeyedProcessFunction):
    """Keeps the payloads of a (user, date, dimension) per batch, and emits the changed batches once per micro-batch."""

    def __init__(self, settings: JobSettings) -> None:
        """Only plain values are kept here: they travel to the workers."""
        self._micro_batch_ms = settings.micro_batch_ms
        self._ttl_hours = settings.state_ttl_hours

    def open(self, runtime_context: RuntimeContext) -> None:
        """Declare the state: batch number -> (events, payloads joined by commas), and which of them have changed."""
        batches = MapStateDescriptor("batches", Types.INT(), Types.TUPLE([Types.INT(), Types.STRING()]))
        batches.enable_time_to_live(_time_to_live(self._ttl_hours))
        self._batches = runtime_context.get_map_state(batches)
        self._changed = runtime_context.get_map_state(MapStateDescriptor("changed", Types.INT(), Types.BOOLEAN()))

    def process_element(self, value: Row, ctx: KeyedProcessFunction.Context) -> Iterator[Row]:
        """Keep one event, or refuse it beyond the cap; the first dimension speaks for all of them."""
        place, user_id, day, number, payload, _, _, *record = value
        events, payloads = self._batches.get(number) or (0, "")
        if events < MAX_EVENTS:
            self._batches.put(number, (events + 1, f"{payloads},{payload}" if payloads else payload))
            self._changed.put(number, True)
            self._wake(ctx.timer_service())
        elif place == 0:
            detail = f"beyond event {MAX_EVENTS} of its batch"
            yield Row(user_id, day, number, b"", 0, Reason.CAPPED.value, detail, *record)

    def on_timer(self, timestamp: int, ctx: KeyedProcessFunction.OnTimerContext) -> Iterator[Row]:
        """Emit what has changed since the last time."""
        user_id, day, place = ctx.get_current_key()
        for number in list(self._changed.keys()):
            # A change does not expire, but its batch may have, before a timer that was due long ago.
            if held := self._batches.get(number):
                yield Row(user_id, day, number, held[1].encode(), place, "", "", *_NO_RECORD)
        self._changed.clear()

    def _wake(self, timers: TimerService) -> None:
        # Rounded up, so that all events of a micro-batch share one timer.
        due = timers.current_processing_time() // self._micro_batch_ms + 1
        timers.register_processing_time_timer(due * self._micro_batch_ms)


class Select(FlatMapFunction):
    """Some neighbouring columns, of the rows that have something, or nothing, in another column."""

    # One step and not a filter before a map: a filter in Python takes no uid.
    def __init__(self, first: int, end: int, *, when: int | None = None, unless: int | None = None) -> None:
        """Columns `first` to `end - 1` of rows with something in column `when`, and nothing in column `unless`."""
        self._columns = slice(first, end)
        self._when = when
        self._unless = unless

    def flat_map(self, value: Row) -> Iterator[Row]:
        """The columns of one row, or nothing."""
        if (self._when is None or value[self._when]) and (self._unless is None or not value[self._unless]):
            yield Row(*list(value)[self._columns])


def _time_to_live(hours: int) -> StateTtlConfig:
    # Other visibilities switch off the read cache of the whole Python worker.
    return (
        StateTtlConfig.new_builder(Time.hours(hours))
        .set_update_type(StateTtlConfig.UpdateType.OnCreateAndWrite)
        .set_state_visibility(StateTtlConfig.StateVisibility.ReturnExpiredIfNotCleanedUp)
        .build()
    )
