"""The post: outcomes of another thread reach the loop, each at its own future."""

import asyncio
import threading

import pytest

from cql.answer import Row
from cql.post import Post
from udfs.errors import StoreUnavailable


def test_what_another_thread_sends_arrives_each_at_its_own_future() -> None:
    count = 2_000

    async def received() -> list[list[Row]]:
        post = Post[list[Row]](asyncio.get_running_loop())
        futures: list[asyncio.Future[list[Row]]] = [post.loop.create_future() for _ in range(count)]

        def send() -> None:
            for number, future in enumerate(futures):
                post.send(future, [(number,)])

        thread = threading.Thread(target=send)
        thread.start()
        found = await asyncio.gather(*futures)
        thread.join()
        return found

    assert asyncio.run(received()) == [[(number,)] for number in range(count)]


def test_an_error_is_raised_where_it_was_waited_for_and_who_gave_up_is_passed_over() -> None:
    async def outcomes() -> None:
        post = Post[list[Row]](asyncio.get_running_loop())
        gone, failed, fine = (post.loop.create_future() for _ in range(3))
        gone.cancel()
        post.send(gone, [(0,)])
        post.send(failed, StoreUnavailable("away"))
        post.send(fine, [(1,)])
        with pytest.raises(StoreUnavailable):
            await failed
        assert await fine == [(1,)]

    asyncio.run(outcomes())
