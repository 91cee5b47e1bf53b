"""A toy that is made, sold and mended: the kernel's own workflow for tests. Its table is made by a fixture."""

from django.db import models

from huying.kernel.scopes import Actor, Post
from huying.kernel.sealed import SealedTextField
from huying.kernel.workflow import Step, Workflow


class Toy(models.Model):
    """A toy; `place_path` is where it stands."""

    class State(models.TextChoices):
        MADE = "made", "做好"
        SOLD = "sold", "卖出"
        BROKEN = "broken", "坏了"
        GONE = "gone", "没了"

    state = models.TextField(choices=State, default=State.MADE)
    version = models.PositiveIntegerField(default=1)
    place_id = models.BigIntegerField(null=True)
    place_path = models.TextField(default="61.6101")
    price = models.IntegerField(default=0)
    plays = models.IntegerField(default=0)
    fragile = models.BooleanField(default=False)
    owner = SealedTextField(null=True)
    giver = SealedTextField(null=True)

    class Meta:
        app_label = "toy"


S = Toy.State


def keeper(actor: Actor, toy: Toy) -> bool:
    return actor.holds(["keeper"], toy.place_path)


def owner(actor: Actor, toy: Toy) -> bool:
    return actor.opens("toy", toy.pk)


TOY = Workflow(
    Step(
        "sell",
        (S.MADE,),
        S.SOLD,
        "toys.sold",
        may=keeper,
        label="卖",
        needs=lambda toy: "" if toy.price else "请填价钱",
    ),
    Step("play", (S.SOLD,), None, "toys.played", may=owner, label="玩"),
    Step("break", (S.SOLD,), S.BROKEN, "toys.broken", may=owner, label="弄坏", when=lambda toy: toy.fragile),
    Step("mend", (S.BROKEN,), S.SOLD, "toys.mended", may=keeper, label="修"),
    Step("throw", (S.SOLD, S.BROKEN), S.GONE, "toys.thrown", may=owner, label="扔"),
)

KEEPER = Actor(id=1, kind="person", posts=(Post("keeper", "61.6101", 1),), name="芦店主")
OTHER_KEEPER = Actor(id=2, kind="person", posts=(Post("keeper", "61.6102", 2),), name="赵店主")
