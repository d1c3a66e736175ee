"""The items on offer and their matrices."""

import math

import msgspec
import numpy as np
import pytest

from flink_job.local.traffic.columns import Columns, columns
from flink_job.local.traffic.items import Items, load
from udfs.catalogues.catalogue import Catalogue, values
from udfs.catalogues.catalogue import load as load_catalogue
from udfs.catalogues.dimension import Dimension, Sample


@pytest.fixture(scope="module", params=["cars", "films"])
def items(request: pytest.FixtureRequest) -> Items:
    return load(load_catalogue(request.param))


@pytest.fixture(scope="module")
def matrices(items: Items) -> Columns:
    return columns(items)


def test_every_item_is_countable_by_its_catalogue(items: Items) -> None:
    known = [values(items.catalogue, item) for item in items.attributes]
    share = sum(value is not None for row in known for value in row) / sum(map(len, known))
    assert share > 0.9


def test_the_rendered_json_of_an_item_is_its_attributes_and_id(items: Items) -> None:
    for position in (0, 1234, len(items.ids) - 1):
        decoded = msgspec.json.decode(items.rendered[position])
        assert decoded == items.attributes[position]
        assert items.positions[decoded["id"]] == position


def test_a_missing_attribute_of_an_ad_is_absent_from_its_json() -> None:
    cars = load(load_catalogue("cars"))
    without = [item for item in cars.attributes if "gearbox" not in item]
    assert 0.03 < len(without) / len(cars.ids) < 0.06
    assert all(value is not None for item in cars.attributes for value in item.values())


def test_a_new_dimension_changes_no_attribute_that_items_had_before(items: Items) -> None:
    longer = msgspec.structs.replace(items.catalogue, dimensions=(_tyres(), *items.catalogue.dimensions))
    again = load(longer)
    assert {name: again.columns[name] for name in items.columns} == items.columns
    assert set(again.columns["tyres"]) == {"summer", "winter"}


def test_drawn_categories_keep_to_the_stated_shares(items: Items) -> None:
    for dimension in items.catalogue.by_name.values():
        if dimension.sample and dimension.sample.shares:
            column, total = items.columns[dimension.name], sum(dimension.sample.shares.values())
            for name, share in dimension.sample.shares.items():
                expected = share / total
                error = math.sqrt(expected * (1 - expected) / len(column))
                assert abs(column.count(name) / len(column) - expected) < 5 * error, (dimension.name, name)


def test_the_matrices_hold_the_values_that_decode_counts(items: Items, matrices: Columns) -> None:
    labels = ["", *(label for column in matrices.labels for label in column)]
    names = items.catalogue.names
    for position in range(0, len(items.ids), 97):
        counted = dict(zip(names, values(items.catalogue, items.attributes[position]), strict=True))
        for place, dimension in enumerate(matrices.categorical):
            assert labels[matrices.slots[position, place]] == (counted[dimension.name] or "")
        for place, dimension in enumerate(matrices.numeric):
            scaled = counted[dimension.name]
            number = matrices.numbers[position, place]
            assert math.isnan(number) if scaled is None else number == pytest.approx(float(scaled) / dimension.scale)


def test_a_missing_number_is_infinitely_far_from_every_point(matrices: Columns) -> None:
    assert np.array_equal(np.isnan(matrices.numbers), np.isinf(matrices.scores))


def test_a_catalogue_without_a_file_gets_as_many_items_as_asked() -> None:
    films = load(load_catalogue("films"), drawn=10)
    assert films.ids[0] == "film-00000"
    assert len(films.ids) == len(films.rendered) == 10
    assert isinstance(films.attributes[3]["made"], dict)


def test_a_catalogue_without_numbers_has_matrices_too() -> None:
    small = Catalogue("tyres_only", load_catalogue("cars").types, (_tyres(),))
    matrices = columns(load(small, drawn=20))
    assert matrices.scores.shape == (20, 0)
    assert matrices.slots.shape == (20, 1)


def _tyres() -> Dimension:
    return Dimension("tyres", "categorical", "extras.tyres", sample=Sample({"summer": 0.8, "winter": 0.2}))
