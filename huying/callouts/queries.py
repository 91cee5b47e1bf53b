"""Reads of call-outs that several halves share; further ones stand in queries_<half>.py."""

from huying.callouts import rules
from huying.callouts.models import Asked, Callout, Signup, Volunteer
from huying.kernel.scopes import Actor


def organises(actor: Actor, callout: Callout) -> bool:
    """Whether the actor may post and change call-outs where this one is."""
    return actor.holds(rules.ORGANISERS, callout.path)


def is_own(actor: Actor, signup: Signup) -> bool:
    """Whether the sign-up is the actor's: under their login, or behind the link of the message that they got."""
    if actor.is_person:
        return actor.id == signup.person_id
    if actor.subject is None or actor.subject[0] != "asked":
        return False
    return Asked.objects.filter(
        pk=actor.subject[1], person_id=signup.person_id, callout__shifts=signup.shift_id
    ).exists()


def volunteer_of(actor: Actor) -> Volunteer | None:
    """The actor's registration of today, or None."""
    if actor.id is None:
        return None
    return Volunteer.objects.current().filter(person_id=actor.id).select_related("place").first()
