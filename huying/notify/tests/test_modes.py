"""Whoever holds a post under a mode is told that it began and ended; those beside it are not."""

from huying.modes import actions
from huying.modes.tests.scene import switched
from huying.notify.crowds import tell_crowd
from huying.notify.models import Message


def told(kind: str) -> set[str]:
    return set(Message.objects.filter(kind=kind).values_list("to_person__username", flat=True))


def test_all_of_the_place_are_told_once_and_the_others_not(stage, client):
    from huying.kernel.models import Event

    mode = switched(stage, by="qu")
    event = Event.objects.get(kind="modes.switched_on")
    tell_crowd(event)
    tell_crowd(event)
    assert told("modes.switched_on") == {"lu", "zhi", "gao", "shen", "qin", "xu", "jie"}
    assert Message.objects.count() == 7
    actions.end(mode, "雨停了", by=stage.actor("jie"))
    tell_crowd(Event.objects.get(kind="modes.ended"))
    assert told("modes.ended") == {"lu", "zhi", "gao", "shen", "qin", "xu"}
    client.force_login(stage.persons["lu"])
    page = client.get("/inbox/").content.decode()
    assert "广场社区开启了应急或演练" in page and f"/modes/{mode.pk}/" in page
