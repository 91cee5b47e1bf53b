"""Refusals: what a user may run into, each with the words to show. The gate turns them into pages and problem+json."""


class Refusal(Exception):
    """A step or an input that is not taken; `reason` is shown to the user as it stands."""

    status = 400

    def __init__(self, reason: str, *, code: str = ""):
        super().__init__(reason)
        self.reason = reason
        self.code = code or type(self).__name__


class BadInput(Refusal):
    """What was given cannot be taken; `fields` maps a field's name to its error."""

    status = 422

    def __init__(self, reason: str, *, fields: dict[str, str] | None = None, code: str = ""):
        super().__init__(reason, code=code)
        self.fields = fields or {}


class Forbidden(Refusal):
    """The actor may not do this."""

    status = 403


class StepRefused(Refusal):
    """The step is not possible in the row's present state, or something that it needs is missing."""

    status = 409


class StalePage(StepRefused):
    """The row has moved on since the page was opened; `events` are the kinds of what happened since."""

    def __init__(self, reason: str, *, events: list[str] | None = None):
        super().__init__(reason)
        self.events = events or []


class TooMany(Refusal):
    """Too many requests; `retry_after` in seconds, `challenge` when a proof of work would open the way."""

    status = 429

    def __init__(self, reason: str, *, retry_after: int = 60, challenge: str = ""):
        super().__init__(reason)
        self.retry_after = retry_after
        self.challenge = challenge
