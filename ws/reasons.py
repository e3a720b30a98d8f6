"""Why the stream refuses a message or ends a connection.

Named, so that the page, the log and the counters agree.
`CloseReason` carries the WebSocket close code that a client sees; codes from 4000 on are ours.
"""

from enum import Enum


class CloseReason(Enum):
    """Why a connection ended: the name counted, the close code, the words sent."""

    code: int
    words: str

    CLIENT_LEFT = ("client_left", 1000, "the client closed")
    CONNECTION_LOST = ("connection_lost", 1006, "the connection was lost")
    STOPPING = ("stopping", 1001, "the server is stopping; come back and resume")
    BAD_MESSAGES = ("bad_messages", 1008, "too many refused messages")
    MESSAGE_TOO_BIG = ("message_too_big", 1009, "a message above message_in_bytes")
    PING_TIMEOUT = ("ping_timeout", 1011, "keepalive ping timeout")
    SERVER_ERROR = ("server_error", 1011, "an error of ours")
    HELLO_TIMEOUT = ("hello_timeout", 4001, "no hello within hello_timeout_s")
    UNSUPPORTED_PROTOCOL = ("unsupported_protocol", 4002, "protocol version not spoken here")
    UNAUTHORIZED = ("unauthorized", 4003, "token missing or not known")
    RIGHTS_CHANGED = ("rights_changed", 4004, "the token has other rights now; come back")
    TOO_SLOW = ("too_slow", 4008, "above outbox_high_bytes for longer than over_high_s")
    OVERFLOW = ("overflow", 4009, "would have passed outbox_hard_bytes")
    STALLED = ("stalled", 4010, "nothing was read for stall_s")

    def __new__(cls, name: str, code: int, words: str) -> "CloseReason":
        """One member per name; several may share a code."""
        member = object.__new__(cls)
        member._value_ = name
        member.code = code
        member.words = words
        return member


class ErrorCode(Enum):
    """Why one message was refused; the connection goes on."""

    BAD_JSON = "bad_json"
    UNKNOWN_TYPE = "unknown_type"
    BAD_MESSAGE = "bad_message"
    UNEXPECTED = "unexpected"
    RATE_LIMITED = "rate_limited"
    UNKNOWN_CITY = "unknown_city"
    FORBIDDEN = "forbidden"
    TOO_MANY_TOPICS = "too_many_topics"
    UNKNOWN_SUBSCRIPTION = "unknown_subscription"
    UNAUTHORIZED = "unauthorized"
    UNSUPPORTED_PROTOCOL = "unsupported_protocol"


class Refusal(Enum):
    """Why a connection was refused before it was one (the answer is plain HTTP)."""

    NOT_FOUND = "not_found"
    ORIGIN = "origin"
    TOKEN_IN_URL = "token_in_url"
    UNAUTHORIZED = "unauthorized"
    TOO_MANY_CLIENTS = "too_many_clients"
    TOO_MANY_FROM_ADDRESS = "too_many_from_address"
    STOPPING = "stopping"


class ResumeOutcome(Enum):
    """What a subscription began with, and why."""

    NEW = "new"
    RESUMED = "resumed"
    OTHER_EPOCH = "other_epoch"
    TOO_LONG_AGO = "too_long_ago"
    BOX = "box"
