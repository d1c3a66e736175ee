"""The store on real Cassandra: repeatable migrations, and upserts that end the same in any order."""

import asyncio
import itertools
from collections.abc import Iterator

import msgspec
import pytest
from running import free_ports, own_job, rows
from strategies import GARAGE, NOON_MS

from cql.generations import Generations
from cql.migrate import migrate, migrations
from cql.reader import Reader
from cql.rows import BatchKey, BatchRow, Progress
from cql.settings import StoreSettings
from cql.store import Store
from cql.writer import Writer, claim
from flink_job.local.settings import StackSettings
from udfs.catalogues.catalogue import Catalogue
from udfs.catalogues.dimension import Dimension
from udfs.errors import StoreRefused, StoreUnavailable
from udfs.events.batch import DAY_MS, Batch
from udfs.events.payload import together
from udfs.statistics.encoding import encode
from udfs.statistics.fold import Delta, Fold

NAMES = tuple(dimension.name for dimension in GARAGE.dimensions)
DAY = 20777
NOON = Batch(DAY, 12)
PAYLOADS = [f'["e{n}","i{n}",0,{n},"audi",{n},{n}]' for n in range(4)]


@pytest.fixture(scope="module")
def settings(local: StackSettings) -> StoreSettings:
    found = own_job(local, "store")
    migrate(found, GARAGE)
    return found


@pytest.fixture(scope="module")
def store(settings: StoreSettings) -> Iterator[Store]:
    opened = Store.open(settings)
    yield opened
    opened.close()


@pytest.fixture
def user(request: pytest.FixtureRequest) -> str:
    return str(request.node.name)


def test_the_first_migration_says_what_it_did_and_the_second_does_nothing(local: StackSettings) -> None:
    fresh = own_job(local, "fresh")
    done = migrate(fresh, GARAGE)
    files = [one.name for one in migrations()[1:]]
    columns = ["column d_make", "column d_price", "column d_mileage"]
    assert done[: len(files) + len(columns)] == [*files, *columns]
    hedged = [one for one in done if "ask another replica after 20ms" in one]
    assert done[len(files) + len(columns) :] == hedged
    assert len(hedged) == len(files) + 1
    assert migrate(fresh, GARAGE) == []


def test_a_dimension_that_was_appended_gets_its_column_and_old_rows_lack_its_cell(
    local: StackSettings, settings: StoreSettings
) -> None:
    grown = own_job(local, "grown")
    migrate(grown, GARAGE)
    _write(grown, GARAGE, _delta(1), "ann")
    longer = _and(GARAGE, "colour")
    assert migrate(grown, longer) == ["column d_colour"]
    [row] = rows(grown, longer)
    assert set(row.cells) == set(NAMES)


def test_a_migration_that_was_changed_after_it_had_been_applied_is_refused(local: StackSettings) -> None:
    changed = own_job(local, "changed")
    migrate(changed, GARAGE)
    store = Store.open(changed)
    store.execute("UPDATE migrations SET checksum = 'other' WHERE number = 1")
    store.close()
    with pytest.raises(StoreRefused, match="001_deltas was changed after it had been applied"):
        migrate(changed, GARAGE)


def test_a_row_that_is_read_is_the_row_that_was_written(store: Store, settings: StoreSettings, user: str) -> None:
    delta = _delta(3)
    _write(settings, GARAGE, delta, user)
    cells = dict(zip(NAMES, map(encode, delta.statistics), strict=True))
    assert _read(store, settings, user) == [BatchRow(Batch(DAY, 12).date, 12, 3, 3, 3, cells)]


@pytest.mark.parametrize("order", list(itertools.permutations([1, 2, 3])))
def test_the_newest_state_of_a_batch_wins_in_whatever_order_the_writes_arrive(
    store: Store, settings: StoreSettings, user: str, order: tuple[int, ...]
) -> None:
    for events in order:
        _write(settings, GARAGE, _delta(events), user)
    [row] = _read(store, settings, user)
    assert row.version == 3
    assert row.cells["mileage"] == encode(_delta(3).statistics[2])


def test_the_same_write_twice_is_one_row(store: Store, settings: StoreSettings, user: str) -> None:
    for _ in range(2):
        _write(settings, GARAGE, _delta(2), user)
    assert len(_read(store, settings, user)) == 1


def test_a_reader_gets_the_dimensions_it_asks_for_and_the_newest_date_first(
    store: Store, settings: StoreSettings, user: str
) -> None:
    for day, number in ((DAY - 1, 3), (DAY, 12), (DAY, 4)):
        _write(settings, GARAGE, _delta(1), user, Batch(day, number))
    found = _read(store, settings, user, ("mileage", "make"))
    assert [(row.date, row.batch) for row in found] == [
        (Batch(DAY, 4).date, 4),
        (Batch(DAY, 12).date, 12),
        (Batch(DAY - 1, 3).date, 3),
    ]
    assert all(set(row.cells) == {"mileage", "make"} for row in found)


def test_a_reader_gets_the_dates_it_asks_for(store: Store, settings: StoreSettings, user: str) -> None:
    for day in range(DAY - 3, DAY + 1):
        _write(settings, GARAGE, _delta(1), user, Batch(day, 12))
    found = _read(store, settings, user, days=(DAY - 2, DAY - 1))
    assert [row.date for row in found] == [Batch(DAY - 1, 0).date, Batch(DAY - 2, 0).date]


def test_one_generation_does_not_see_another(store: Store, settings: StoreSettings, user: str) -> None:
    _write(settings, GARAGE, _delta(1), user)
    assert _read(store, msgspec.structs.replace(settings, generation=2), user) == []


def test_a_writer_of_one_dimension_leaves_the_others_as_they_are(
    store: Store, settings: StoreSettings, user: str
) -> None:
    whole = _delta(2)
    for place in range(len(NAMES)):
        alone = whole._replace(statistics=whole.statistics[place : place + 1])
        _write(settings, GARAGE, alone, user, places=(place,))
    [row] = _read(store, settings, user)
    assert list(row.cells.values()) == list(map(encode, whole.statistics))


def test_a_batch_past_its_retention_is_left_out(store: Store, settings: StoreSettings, user: str) -> None:
    assert not _write(settings, GARAGE, _delta(1), user, now_ms=NOON_MS + 61 * DAY_MS)
    assert _read(store, settings, user) == []


def test_a_generation_takes_the_same_dimensions_again_and_new_ones(local: StackSettings) -> None:
    settings = own_job(local, "claimed")
    migrate(settings, GARAGE)
    store = Store.open(settings)
    for catalogue in (GARAGE, GARAGE, _and(GARAGE, "colour"), GARAGE):
        claim(store, settings, catalogue)
    store.close()


def test_a_generation_refuses_another_version_of_a_dimension_but_another_generation_takes_it(
    store: Store, settings: StoreSettings
) -> None:
    claim(store, settings, GARAGE)
    finer = msgspec.structs.replace(GARAGE.dimensions[1], scale=1e7)
    changed = msgspec.structs.replace(GARAGE, dimensions=(GARAGE.dimensions[0], finer, GARAGE.dimensions[2]))
    with pytest.raises(StoreRefused, match=r"generation 1 holds dimension 'price' in version .* new generation"):
        claim(store, settings, changed)
    claim(store, msgspec.structs.replace(settings, generation=2), changed)


def test_a_generation_refuses_a_dimension_in_the_place_of_another_but_another_generation_takes_it(
    local: StackSettings,
) -> None:
    settings = own_job(local, "placed")
    migrate(settings, GARAGE)
    store, turned = Store.open(settings), msgspec.structs.replace(GARAGE, dimensions=GARAGE.dimensions[::-1])
    claim(store, settings, GARAGE)
    with pytest.raises(StoreRefused, match="'make' in the place that the catalogue gives to 'mileage'"):
        claim(store, settings, turned)
    claim(store, msgspec.structs.replace(settings, generation=2), turned)
    assert set(Generations(store).versions(1)) == set(NAMES)
    store.close()


def test_progress_is_read_as_it_was_reported(store: Store, settings: StoreSettings) -> None:
    writer = Writer(store, settings, GARAGE)
    for progress in (Progress(0, 5, NOON_MS), Progress(1, 7, NOON_MS + 1), Progress(0, 6, NOON_MS + 2)):
        writer.report(progress)
    found = asyncio.run(Reader(store).progress(settings.generation))
    assert found == [Progress(0, 6, NOON_MS + 2), Progress(1, 7, NOON_MS + 1)]


def test_more_rows_than_a_page_are_all_read(store: Store, settings: StoreSettings, user: str) -> None:
    async def write() -> None:
        writer = Writer(store, settings, GARAGE)
        batches = [Batch(DAY - n // 25, n % 25) for n in range(2_100)]
        for first in range(0, len(batches), 100):
            some = batches[first : first + 100]
            await asyncio.gather(*(writer.write(BatchKey(user, one), _delta(1), NOON_MS - 40 * DAY_MS) for one in some))

    asyncio.run(write())
    assert len(_read(store, settings, user, days=(DAY - 100, DAY))) == 2_100


def test_a_keyspace_that_was_not_migrated_is_told_with_the_mend(local: StackSettings) -> None:
    with pytest.raises(StoreUnavailable, match="has `penchant migrate` run"):
        Store.open(own_job(local, "nowhere"))


def test_a_store_that_is_not_there_is_unavailable(local: StackSettings) -> None:
    with pytest.raises(StoreUnavailable, match="is it up"):
        Store.open(msgspec.structs.replace(own_job(local, "store"), store_port=free_ports(1)[0]))


def _delta(events: int) -> Delta:
    return Fold(GARAGE).fold(together(PAYLOADS[:events]))


def _write(
    settings: StoreSettings,
    catalogue: Catalogue,
    delta: Delta,
    user: str,
    batch: Batch = NOON,
    now_ms: int = NOON_MS,
    places: tuple[int, ...] = (),
) -> bool:
    async def write() -> bool:
        store = Store.open(settings)
        try:
            return await Writer(store, settings, catalogue).write(BatchKey(user, batch), delta, now_ms, places)
        finally:
            store.close()

    return asyncio.run(write())


def _read(
    store: Store,
    settings: StoreSettings,
    user: str,
    names: tuple[str, ...] = NAMES,
    days: tuple[int, int] = (DAY - 60, DAY),
) -> list[BatchRow]:
    first, last = (Batch(day, 0).date for day in days)
    return asyncio.run(Reader(store).batches(Generations(store).layers(settings.generation), user, first, last, names))


def _and(catalogue: Catalogue, name: str) -> Catalogue:
    more = Dimension(name, "categorical", name)
    return msgspec.structs.replace(catalogue, dimensions=(*catalogue.dimensions, more))
