"""What the page says when there is nothing to show, or no right to see it; and where the key is and is not."""

import re
from collections.abc import Iterator

import pytest
from held import NOW
from playwright.sync_api import Page, expect
from showing import BUSY, Site
from tabs import Open

from udfs.errors import StoreUnavailable
from udfs.events.exclusion import Span


@pytest.fixture(autouse=True)
def mended(site: Site) -> Iterator[None]:
    yield
    site.held.error = None


def message(page: Page) -> str:
    expect(page.locator("#message")).to_be_visible()
    expect(page.locator("#message")).not_to_have_text("")
    return page.locator("#message").text_content() or ""


def enter(page: Page, key: str) -> None:
    expect(page.locator("#key-dialog")).to_be_visible()
    page.fill("#key", key)
    page.click("#key-form button[value=save]")


def test_of_an_unknown_user_the_page_says_that_nothing_is_known(opened: Open, site: Site) -> None:
    page = opened(f"{site.url}/?user=nobody")
    expect(page.locator("#empty")).to_be_visible()
    expect(page.locator("#activity-section")).to_be_hidden()
    expect(page.locator("#sure")).to_contain_text("Evidencenone")


def test_a_mistake_in_the_question_is_named_and_its_mend_redraws(opened: Open, site: Site) -> None:
    page = opened(f"{site.url}/?user={BUSY}&days=99")
    assert "days" in message(page)
    page.fill("#days", "9")
    expect(page.locator("#message")).to_be_hidden()
    expect(page.locator("#cards .card")).to_have_count(20)


def test_items_that_are_no_json_are_refused_by_the_page(opened: Open, site: Site) -> None:
    page = opened(f"{site.url}/?user={BUSY}")
    page.fill("#items", "bmw")
    page.click("#ranking button[type=submit]")
    assert "The items are no JSON" in message(page)


def test_while_the_store_is_away_nothing_old_passes_for_an_answer(opened: Open, site: Site) -> None:
    page = opened(f"{site.url}/?user={BUSY}")
    expect(page.locator("#answer")).to_be_visible()
    site.held.error = StoreUnavailable("away")
    page.fill("#days", "5")
    assert "the store is out of reach" in message(page)
    expect(page.locator("#answer")).to_be_hidden()
    site.held.error = None
    page.click("#who button[type=submit]")
    expect(page.locator("#answer")).to_be_visible()
    expect(page.locator("#message")).to_be_hidden()


def test_an_api_that_is_gone_is_told(opened: Open, site: Site) -> None:
    page = opened(f"{site.url}/?user={BUSY}")
    expect(page.locator("#answer")).to_be_visible()
    page.context.set_offline(True)
    page.fill("#days", "5")
    assert "the API does not answer" in message(page)


def test_whoever_objected_is_not_shown(opened: Open, site: Site) -> None:
    page = opened(f"{site.url}/?user={BUSY}")
    page.click("#pick")
    expect(page.locator("#ranked")).to_be_visible()
    site.held.held_people.held_spans["user-00001"] = {0: Span(round(NOW * 1000), None)}
    page.fill("#user", "user-00001")
    page.keyboard.press("Enter")
    assert "objected to profiling" in message(page)
    assert "key" not in message(page)
    expect(page.locator("#answer")).to_be_hidden()
    expect(page.locator("#ranked")).to_be_hidden()


def test_where_nobody_is_stored_any_user_says_so(opened: Open, locked: Site) -> None:
    rows, locked.held.rows = locked.held.rows, {}
    page = opened(locked.url)
    enter(page, locked.held.held_keys.make("read"))
    expect(page.locator("#catalogue")).to_have_text("cars")
    page.click("#any")
    assert "nothing is stored of anybody yet" in message(page)
    locked.held.rows = rows


def test_a_key_is_asked_for_once_and_never_in_the_address(opened: Open, locked: Site) -> None:
    key = locked.held.held_keys.make("read", "score")
    page = opened(f"{locked.url}/?user={BUSY}")
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    enter(page, key)
    expect(page.locator("#cards .card")).to_have_count(20)
    expect(page.locator("#curl")).to_contain_text("$PENCHANT_KEY")
    page.reload()
    expect(page.locator("#cards .card")).to_have_count(20)
    expect(page.locator("#key-dialog")).to_be_hidden()
    secret = key.rpartition("_")[2] or key
    assert not [address for address in [*addresses, page.url] if secret in address]
    assert secret not in page.content()
    assert page.evaluate("localStorage.length") == 0
    assert page.context.cookies() == []


def test_a_key_that_opens_nothing_is_told_and_can_be_forgotten(opened: Open, locked: Site) -> None:
    page = opened(locked.url)
    enter(page, "wrong")
    assert "Enter a key that may do this" in message(page)
    page.click("#enter-key")
    page.click("#key-form button[value=forget]")
    expect(page.locator("#key-dialog")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0


def test_a_key_without_the_scope_is_told_what_is_missing(opened: Open, locked: Site) -> None:
    page = opened(f"{locked.url}/?user={BUSY}")
    enter(page, locked.held.held_keys.make("read"))
    expect(page.locator("#cards .card")).to_have_count(20)
    page.click("#pick")
    assert re.search("scope score.*Enter a key", message(page))


def test_a_key_that_asks_too_often_is_told_the_limit(opened: Open, locked: Site) -> None:
    page = opened(f"{locked.url}/?user={BUSY}")
    enter(page, locked.held.held_keys.make("read", rate=1))
    expect(page.locator("#message")).to_contain_text("more than 1 requests in one second")
