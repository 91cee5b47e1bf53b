"""The way of a wish as one table of steps (domain.md, 'Small wishes'): legality, permission, buttons, event names."""

from django.utils.translation import gettext_lazy as _

from huying.directory.queries import may_give
from huying.kernel.scopes import Actor
from huying.kernel.workflow import Step, Workflow
from huying.wishes import events, rules
from huying.wishes.choices import State as S
from huying.wishes.queries import holds_claim, took_part


def keeper(actor: Actor, wish) -> bool:
    """Whoever looks through wishes before they hang on the tree: the compound's secretary and the community."""
    return actor.holds(rules.KEEPERS, wish.path)


def decider(actor: Actor, wish) -> bool:
    """The community, which answers for what nobody claims."""
    return actor.holds(rules.DECIDERS, wish.path)


def giver(actor: Actor, wish) -> bool:
    """Anybody who may give: a registered member, a volunteer, staff, somebody of a verified unit."""
    return may_give(actor)


def claimant(actor: Actor, wish) -> bool:
    """Whoever holds the open claim, for themselves or for their unit."""
    return holds_claim(actor, wish)


def wisher(actor: Actor, wish) -> bool:
    """Whoever holds the wish's secret link."""
    return actor.opens("wish", wish.pk)


def voice(actor: Actor, wish) -> bool:
    """The wisher, or staff who write the wisher's word down; never somebody whose giving is judged."""
    return wisher(actor, wish) or (actor.holds(rules.COLLECTORS, wish.path) and not took_part(actor, wish))


def both(actor: Actor, wish) -> bool:
    """The wisher and the claimant, who talk to each other here."""
    return claimant(actor, wish) or voice(actor, wish)


def system(actor: Actor, wish) -> bool:
    """The system's own timers."""
    return actor.kind == "system"


def claimant_or_decider(actor: Actor, wish) -> bool:
    """The claimant gives it back, or the community for somebody who cannot any more."""
    return claimant(actor, wish) or decider(actor, wish)


def voice_or_system(actor: Actor, wish) -> bool:
    """The wisher, or the timer when no word came."""
    return system(actor, wish) or voice(actor, wish)


def _verified_needs(wish) -> str:
    for value, words in (
        (wish.public_text, _("请写挂在树上的文字。")),
        (wish.alias, _("请写一个称呼，比如“一位奶奶”。")),
        (wish.kind, _("请选是哪一类。")),
    ):
        if not value:
            return words
    return ""


def _declined_needs(wish) -> str:
    return "" if wish.declined_reason.strip() else _("请写明为什么不上墙，许愿人会看到。")


TREE = (S.PUBLISHED, S.CLAIMED, S.CONTACT, S.FULFILLED, S.CONFIRMED, S.CLOSED)

WISH = Workflow(
    # Looking through it
    Step("verify", (S.COLLECTED,), S.VERIFIED, events.VERIFIED, keeper, _verified_needs, label=_("核实")),
    Step("publish", (S.VERIFIED,), S.PUBLISHED, events.PUBLISHED, keeper, label=_("上墙")),
    Step("reword", (S.VERIFIED, *TREE), None, events.REWORDED, keeper, _verified_needs, label=_("改墙上的文字")),
    Step(
        "decline",
        (S.COLLECTED, S.VERIFIED, S.PUBLISHED),
        S.DECLINED,
        events.DECLINED,
        keeper,
        _declined_needs,
        label=_("不上墙"),
    ),
    Step(
        "move",
        (S.COLLECTED, S.VERIFIED, S.PUBLISHED),
        S.MOVED,
        events.BECOMES_CALL,
        keeper,
        label=_("转为诉求"),
    ),
    # Taking it on
    Step("claim", (S.PUBLISHED,), S.CLAIMED, events.CLAIMED, giver, label=_("我来认领")),
    Step(
        "answer",
        (S.PUBLISHED,),
        S.CLAIMED,
        events.CLAIMED,
        decider,
        when=lambda wish: wish.answer_due_at is not None,
        label=_("社区来兜底"),
    ),
    Step(
        "join",
        (S.CLAIMED, S.CONTACT),
        None,
        events.JOINED,
        giver,
        when=lambda wish: wish.givers > 1,
        label=_("一起出力"),
    ),
    # Giving
    Step(
        "reveal",
        (S.CLAIMED, S.CONTACT, S.FULFILLED),
        None,
        events.REVEALED,
        claimant,
        label=_("看联系方式"),
        quiet=True,
    ),
    Step("contact", (S.CLAIMED, S.CONTACT), S.CONTACT, events.CONTACTED, claimant, label=_("已经联系上")),
    Step("fulfil", (S.CLAIMED, S.CONTACT), S.FULFILLED, events.FULFILLED, claimant, label=_("已经送到")),
    Step("say", (S.CLAIMED, S.CONTACT, S.FULFILLED), None, events.SAID, both, label=_("捎句话")),
    Step(
        "release",
        (S.CLAIMED, S.CONTACT),
        S.PUBLISHED,
        events.RELEASED,
        claimant_or_decider,
        label=_("退回认领"),
    ),
    # The wisher's word
    Step("confirm", (S.FULFILLED, S.CLOSED), S.CONFIRMED, events.CONFIRMED, voice, label=_("心愿实现了")),
    Step("close", (S.FULFILLED,), S.CLOSED, events.CLOSED, voice_or_system, label=_("就这样吧")),
    Step("reoffer", (S.FULFILLED,), S.PUBLISHED, events.REOFFERED, voice, label=_("不是想要的")),
    Step(
        "take_down",
        (S.COLLECTED, S.VERIFIED, *TREE),
        S.WITHDRAWN,
        events.TAKEN_DOWN,
        voice,
        label=_("取下心愿"),
    ),
    # Timers
    Step("remind", (S.CLAIMED,), None, events.REMINDED, system, label=_("提醒"), quiet=True),
    Step("lapse", (S.CLAIMED,), S.PUBLISHED, events.LAPSED, system, label=_("认领失效")),
    Step("answer_due", (S.PUBLISHED,), None, events.ANSWER_DUE, system, label=_("该社区兜底了"), quiet=True),
    Step("ask_again", (S.FULFILLED,), None, events.ASKED_AGAIN, system, label=_("再问一次"), quiet=True),
)
