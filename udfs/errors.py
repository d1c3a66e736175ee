"""Every error of Penchant's own; foreign exceptions become one of these at the edge where they arise.

PenchantError
├── SettingsError        a setting in the environment that cannot be used
├── RestoreRefused       a checkpoint or savepoint from which the job cannot go on as promised
├── CatalogueError       a catalogue file that cannot be used
├── EventRejected        a record that is not a countable event: a Reason and what was wrong
├── EncodingError        bytes that are not a statistic of a known version
├── QueryError           a question that cannot be answered as asked
├── NothingStored        what is asked for is not there
├── ObjectionStands      a user has objected to being profiled
├── StoreError
│   ├── StoreUnavailable   may succeed when tried again
│   ├── StoreRefused       was refused as it is, mostly for good
│   └── CatalogueDiffers   what is stored has another form than this process's catalogue
├── LogUnavailable       the log cannot be read now
├── ArchiveIncomplete    an archive lacks records that are asked for
└── StackError           the local stack cannot start or stop
"""

from enum import StrEnum


class PenchantError(Exception):
    """Base of all errors that a caller of Penchant may want to tell apart from a defect."""


class SettingsError(PenchantError):
    """A setting is missing or has a value that cannot be used; the message names its variable."""


class RestoreRefused(PenchantError):
    """The job cannot go on from there and be exact; trying again will not help. The message says what will."""


class CatalogueError(PenchantError):
    """A catalogue cannot be used; the message names the file, the entry and the mend."""


class Reason(StrEnum):
    """Why a record was not counted. The same words appear in dead letters, metrics and `penchant verify`."""

    NO_APPEND_TIME = "no_append_time"
    NO_KEY = "no_key"
    NO_VALUE = "no_value"
    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    WRONG_SHAPE = "wrong_shape"
    UNSUPPORTED_SCHEMA = "unsupported_schema"
    FOREIGN_KEY = "foreign_key"
    UNKNOWN_TYPE = "unknown_type"
    BAD_ATTRIBUTE = "bad_attribute"
    FROM_THE_FUTURE = "from_the_future"
    EXPIRED = "expired"
    OTHER_GENERATION = "other_generation"
    CAPPED = "capped"
    UNWRITABLE = "unwritable"


class EventRejected(PenchantError):
    """A record cannot be counted. `reason` is for machines, `detail` says where and how to mend it."""

    def __init__(self, reason: Reason, detail: str) -> None:
        """Keep the reason and its detail for the dead letter."""
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class EncodingError(PenchantError):
    """Stored bytes cannot be read as a statistic; the message says which version was met."""


class QueryError(PenchantError):
    """A question is out of range. `field` names the parameter at fault."""

    def __init__(self, field: str, message: str) -> None:
        """Keep the name of the parameter, and the message without it."""
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class NothingStored(PenchantError):
    """What is asked for is not there; the message says what."""


class ObjectionStands(PenchantError):
    """The user has objected to profiling; there is no answer until the objection is withdrawn."""


class StoreError(PenchantError):
    """The store did not do what it was asked."""


class StoreUnavailable(StoreError):
    """The store is out of reach, overloaded or too slow; the same request may succeed later."""


class StoreRefused(StoreError):
    """The store, or the node that was asked, refuses this request; mostly for good. The message says why."""


class CatalogueDiffers(StoreError):
    """No generation that may be served can be read by this process's catalogue; the message says what differs."""


class LogUnavailable(PenchantError):
    """The log cannot be read now; the message says which part of it."""


class ArchiveIncomplete(PenchantError):
    """An archive does not hold all records of a span of time; the message says where."""


class StackError(PenchantError):
    """A part of the local stack is missing, too old, in the way or did not start."""
