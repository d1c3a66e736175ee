"""Profiles of many users in one request.

In: a body that names users. Out: a profile each, in that order; users who object are named apart.
"""

import asyncio
from typing import Annotated

import msgspec

from api.answers import Profile
from api.body import decoded
from api.items import MAX_USERS
from api.person import Given, alone
from api.service import Asked, Service
from udfs.errors import ObjectionStands


class ProfilesRequest(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a request for profiles."""

    users: Annotated[list[str], msgspec.Meta(min_length=1, max_length=MAX_USERS)]


class Profiles(msgspec.Struct, frozen=True):
    """A profile per user; `withheld` are those who have objected to profiling."""

    profiles: list[Profile]
    withheld: list[str]


_decoder = msgspec.json.Decoder(ProfilesRequest)


async def profiles(service: Service, given: Given, body: bytes) -> Profiles:
    """The profiles that a body asks for. Raises QueryError, StoreError or EncodingError."""
    users, asked = decoded(_decoder, body, '{"users": ["..."]}').users, await service.asked(given)
    found = await asyncio.gather(*(_profile(service, user_id, asked) for user_id in users))
    told = [profile for profile in found if profile is not None]
    return Profiles(told, [user_id for user_id, profile in zip(users, found, strict=True) if profile is None])


async def _profile(service: Service, user_id: str, asked: Asked) -> Profile | None:
    try:
        return await service.profile_of(alone(user_id), asked)
    except ObjectionStands:
        return None
