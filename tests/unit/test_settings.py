"""Settings: from an environment and back."""

from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from flink_job.local.settings import StackSettings
from flink_job.settings import JobSettings
from udfs.errors import SettingsError
from udfs.settings import PREFIX, Setting, environment, read, table


class Kiln(msgspec.Struct, frozen=True, kw_only=True):
    heat: Annotated[int, Meta(description="Degrees.", ge=0)] = 900
    fuel: Annotated[Literal["wood", "gas"], Meta(description="What burns.")] = "wood"
    glaze: Annotated[bool, Meta(description="Whether to glaze.")] = True
    hours: Annotated[float, Meta(description="How long.", gt=0)] = 8.0
    owner: Annotated[str, Meta(description="Whose it is.")]
    note: Annotated[str | None, Meta(description="Anything else.")] = None


OWNED = {"PENCHANT_OWNER": "Ada"}


def test_a_variable_sets_its_field_and_the_rest_keeps_its_default() -> None:
    kiln = read(Kiln, OWNED | {"PENCHANT_HEAT": "1200", "PENCHANT_GLAZE": "false", "HEAT": "1"})
    assert kiln == Kiln(owner="Ada", heat=1200, glaze=False)


def test_an_empty_variable_leaves_the_default() -> None:
    assert read(Kiln, OWNED | {"PENCHANT_HEAT": ""}).heat == 900


@pytest.mark.parametrize(
    ("variable", "value", "must"),
    [
        ("PENCHANT_HEAT", "hot", "int"),
        ("PENCHANT_HEAT", "-1", ">= 0"),
        ("PENCHANT_FUEL", "coal", "coal"),
        ("PENCHANT_GLAZE", "maybe", "bool"),
        ("PENCHANT_HOURS", "0", "> 0"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_its_variable_and_the_mend(
    variable: str, value: str, must: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        read(Kiln, OWNED | {variable: value})
    assert str(caught.value).startswith(f"settings: {variable}={value!r}: ")
    assert must in str(caught.value)
    assert "unset it" in str(caught.value)


def test_a_required_setting_that_is_absent_is_named() -> None:
    with pytest.raises(SettingsError, match="owner"):
        read(Kiln, {})


@given(
    st.builds(
        Kiln,
        heat=st.integers(0, 2**62),
        fuel=st.sampled_from(["wood", "gas"]),
        glaze=st.booleans(),
        hours=st.floats(1e-9, 1e9),
        owner=st.text(min_size=1),
        note=st.none(),
    )
)
def test_settings_survive_the_way_through_an_environment(kiln: Kiln) -> None:
    assert read(Kiln, environment(kiln)) == kiln


@pytest.mark.parametrize("kind", [JobSettings, StackSettings])
def test_the_defaults_of_every_process_survive_the_way_through_an_environment(kind: type[msgspec.Struct]) -> None:
    assert read(kind, environment(kind())) == kind() == read(kind, {})


def test_the_table_lists_variable_default_and_description_in_order() -> None:
    assert table(Kiln) == [
        Setting("PENCHANT_HEAT", "900", "Degrees."),
        Setting("PENCHANT_FUEL", "wood", "What burns."),
        Setting("PENCHANT_GLAZE", "true", "Whether to glaze."),
        Setting("PENCHANT_HOURS", "8.0", "How long."),
        Setting("PENCHANT_OWNER", "required", "Whose it is."),
        Setting("PENCHANT_NOTE", "", "Anything else."),
    ]


@pytest.mark.parametrize("kind", [JobSettings, StackSettings])
def test_every_setting_of_every_process_is_described(kind: type[msgspec.Struct]) -> None:
    rows = table(kind)
    assert len(rows) == len(kind.__struct_fields__)
    assert all(row.variable.startswith(PREFIX) and row.description for row in rows)
