"""Collecting a wish: from a page, in a visit, at the counter, from a paper box, from a call."""

import datetime as dt
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from huying.kernel.errors import BadInput
from huying.kernel.log import record
from huying.kernel.scopes import Actor
from huying.people.actions import consent, hold_identity
from huying.people.models import Basis, Consent, Identity, Purpose
from huying.places.models import Place
from huying.places.rules import DIVISIONS
from huying.wishes import events, rules
from huying.wishes.actions.base import words
from huying.wishes.catalogue import numbers
from huying.wishes.models import Wish

# Which wording somebody agreed to; a new wording gets a new code.
WORDING, WORDING_HARDSHIP = "wish-contact-1", "wish-hardship-1"
HOW = {"page": Consent.How.PAGE, "box": Consent.How.PAPER}


@dataclass(frozen=True)
class Intake:
    """What a wisher gives. `key` is made with the form: the same key twice is the same wish."""

    place: Place
    text: str
    key: str
    channel: str
    kind: str = ""
    name: str = ""
    phone: str = ""
    address: str = ""
    hardship: str = ""
    agreed: bool = False  # that the claimant sees name, phone and address
    agreed_hardship: bool = False  # and the hardship
    through_writer: bool = False
    minor: bool = False
    guardian: bool = False
    call_number: int | None = None
    made_up: bool = False
    at: dt.datetime | None = None
    facts: dict = field(default_factory=dict)


def collect(intake: Intake, *, by: Actor) -> tuple[Wish, bool]:
    """Take a wish in; returns (wish, whether it is new). BadInput when something given cannot be taken.

    The same key again returns the wish that it made, whatever else is given.
    """
    known = Wish.objects.filter(intake_key=intake.key).first()
    if known is not None:
        return known, False
    given = checked(intake)
    with transaction.atomic():
        wish, new = _write(intake, given, by)
    return wish, new


def checked(intake: Intake) -> dict:
    """The words of an intake as they are kept; BadInput says all that cannot be taken, at its field."""
    if not 8 <= len(intake.key) <= 64 or not intake.key.isascii() or not intake.key.isprintable():
        raise BadInput(_("这一页已经过期，请重新打开。"), fields={"key": _("缺少表单编号。")})
    wrong: dict[str, str] = {}
    given = {}
    for name, missing, most in (
        ("text", _("请写一句，想要什么。"), numbers()["text"]["most"]),
        ("address", "", 100),
        ("hardship", "", numbers()["text"]["words_most"]),
    ):
        try:
            given[name] = words(getattr(intake, name), name, missing, most)
        except BadInput as refusal:
            wrong |= refusal.fields
    if intake.kind and intake.kind not in rules.KINDS:
        wrong["kind"] = _("请选是哪一类。")
    if not intake.place.is_current():
        wrong["place"] = _("这个地点已经停用，请扫新的二维码，或联系社区。")
    if len(intake.place.path.split(".")) < len(DIVISIONS):
        wrong["place"] = _("请选社区或更近的地点。")
    if intake.minor and not intake.guardian:
        wrong["guardian"] = _("不满十四岁的孩子，要监护人同意才能收下。")
    contact = intake.name.strip() or intake.phone.strip() or given.get("address")
    if contact and not intake.agreed:
        wrong["agreed"] = _("留了联系方式，就要先同意：认领以后只给认领的人看。")
    if given.get("hardship") and not intake.agreed_hardship:
        wrong["agreed_hardship"] = _("写了难处，就要单独同意：只给认领的人看。")
    # Without a way to the wisher nobody can bring what they wish for.
    if not (intake.phone.strip() or given.get("address") or intake.through_writer):
        wrong["phone"] = _("总要有一个找到您的办法：留电话、留住址，或者由楼栋长转告。")
    if wrong:
        raise BadInput(next(iter(wrong.values())), fields=wrong)
    return given


def _write(intake: Intake, given: dict, by: Actor) -> tuple[Wish, bool]:
    place = intake.place.parent if intake.place.kind == "household" else intake.place
    now = intake.at or timezone.now()
    identity = _held(intake, given)
    wish, new = Wish.objects.get_or_create(
        intake_key=intake.key,
        defaults={
            "channel": intake.channel,
            "text": given["text"],
            "place": place,
            "path": place.path,
            "community": _community(place),
            "identity": identity,
            "address_sealed": given["address"] or None,
            "hardship_sealed": given["hardship"] or None,
            "through_writer": intake.through_writer,
            "is_minor": intake.minor,
            "guardian_agreed": intake.minor and intake.guardian,
            "wisher_id": by.id if intake.channel == "page" else None,
            "written_by_id": None if intake.channel == "page" else by.id,
            "kind": intake.kind,
            "collected_at": now,
            "call_number": intake.call_number,
            "made_up": intake.made_up or place.made_up,
        },
    )
    if not new:
        # Somebody sent the same form in this very moment; what was written for it here goes with a second identity.
        if identity is not None:
            identity.delete()
        return wish, False
    if identity is not None:
        _consents(identity, intake, given, by, place)
    record(
        events.COLLECTED,
        wish,
        by=by,
        place=place.pk,
        at=intake.at,
        version=0,
        channel=intake.channel,
        **intake.facts,
    )
    return wish, True


def _held(intake: Intake, given: dict) -> Identity | None:
    """What is private is held for the wish: name and phone sealed in people, address and hardship sealed beside it."""
    held = hold_identity(intake.name, intake.phone, purpose=Purpose.WISH, basis=Basis.CONSENT)
    if held is None and (given["address"] or given["hardship"]):
        keep = dt.timedelta(days=numbers()["keep"]["longest_days"])
        held = Identity.objects.create(purpose=Purpose.WISH, basis=Basis.CONSENT, erase_on=timezone.localdate() + keep)
    return held


def _consents(identity: Identity, intake: Intake, given: dict, by: Actor, place: Place) -> None:
    how = HOW.get(intake.channel, Consent.How.SPOKEN)
    wordings = [WORDING] if intake.agreed else []
    if given["hardship"]:
        wordings.append(WORDING_HARDSHIP)
    for wording in wordings:
        consent(identity, Purpose.WISH, how=how, wording=wording, until=identity.erase_on, by=by, place=place)


def _community(place: Place) -> Place:
    path = ".".join(place.path.split(".")[: len(DIVISIONS)])
    if path == place.path:
        return place
    return Place.objects.filter(path=path).order_by("-valid_from")[0]
