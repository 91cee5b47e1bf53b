"""The way of a call as one table of steps (domain.md, 'Calls'): legality, permission, buttons, event names."""

from django.utils.translation import gettext_lazy as _

from huying.calls import events, rules
from huying.calls.choices import State as S
from huying.directory.queries import unit_ids_of
from huying.kernel.policy import load
from huying.kernel.scopes import Actor
from huying.kernel.workflow import Step, Workflow


def near(actor: Actor, call) -> bool:
    """Whoever the call is offered to: the level where it lies, or one above it."""
    return actor.holds(rules.roles_from(call.level), call.path)


def in_unit(actor: Actor, call) -> bool:
    """Somebody who speaks for the unit that the call was assigned to."""
    return call.unit_id is not None and call.unit_id in unit_ids_of(actor)


def decider(actor: Actor, call) -> bool:
    """A community secretary, or street, district or city staff above the place."""
    return actor.holds(rules.DECIDERS, call.path)


def dispatcher(actor: Actor, call) -> bool:
    """A community worker or anybody above; a call is never dispatched from below the community."""
    return near(actor, call) and actor.holds(rules.DISPATCHERS, call.path)


def holder(actor: Actor, call) -> bool:
    """Who answers for it: its owner (first to take it owns it), its unit, or a decider stepping in."""
    return (actor.id is not None and actor.id == call.owner_id) or in_unit(actor, call) or decider(actor, call)


def owner(actor: Actor, call) -> bool:
    """The owner or a decider; a unit is not the owner."""
    return (actor.id is not None and actor.id == call.owner_id) or decider(actor, call)


def unit(actor: Actor, call) -> bool:
    """Only the unit itself."""
    return in_unit(actor, call)


def hands_on(actor: Actor, call) -> bool:
    """Anybody who handles it now or could take it."""
    return holder(actor, call) or near(actor, call)


def caller(actor: Actor, call) -> bool:
    """The resident behind the secret link."""
    return actor.opens("call", call.pk)


def voice(actor: Actor, call) -> bool:
    """The resident, or staff who write the resident's word down; never the one whose answer is judged."""
    return caller(actor, call) or (
        actor.is_person
        and actor.holds(rules.HANDLERS, call.path)
        and actor.id not in (call.resolved_by_id, call.owner_id)
    )


def system(actor: Actor, call) -> bool:
    """The system's own timers."""
    return actor.kind == "system"


def near_or_system(actor: Actor, call) -> bool:
    """Whoever is near, or the timer when they did not look."""
    return system(actor, call) or near(actor, call)


def _owner_is_gone(call) -> bool:
    from huying.calls.queries import owner_still_there

    return call.owner_id is None or not owner_still_there(call)


def _accepted_needs(call) -> str:
    if not call.category:
        return _("请先选类别。")
    return ""


def _outcome_needs(call) -> str:
    return "" if call.outcome.strip() else _("请写下做了什么。")


def _settle_needs(call) -> str:
    return _accepted_needs(call) or _outcome_needs(call)


def _declined_needs(call) -> str:
    if not call.guided:
        return _("请选是哪一种情况。")
    return "" if call.guided_to.strip() else _("请告诉居民可以去找谁。")


def _parked_needs(call) -> str:
    for value, words in (
        (call.parked_reason, _("请写明为什么现在办不了。")),
        (call.parked_basis, _("请写明依据。")),
        (call.parked_person, _("请写明由谁负责。")),
        (call.review_on, _("请定一个复查的日子。")),
        (call.parked_words, _("请写一句给大家看的话。")),
    ):
        if not value:
            return words
    return ""


def _may_reopen_again(call) -> bool:
    return call.reopened < load("calls")["reopen"]["most"]


def _is_last_reopening(call) -> bool:
    return not _may_reopen_again(call)


WORKING = (S.ACCEPTED, S.ASSIGNED, S.UNDERWAY)

CALL = Workflow(
    # Taking it on
    Step("accept", (S.RAISED,), S.ACCEPTED, events.ACCEPTED, near, _accepted_needs, label=_("受理")),
    Step("settle", (S.RAISED,), S.RESOLVED, events.SETTLED, near, _settle_needs, label=_("当场办结")),
    Step(
        "decline",
        (S.RAISED, S.ACCEPTED),
        S.DECLINED,
        events.DECLINED,
        near,
        _declined_needs,
        label=_("引导到别处"),
    ),
    Step(
        "make_wish",
        (S.RAISED, S.ACCEPTED),
        S.DECLINED,
        events.DECLINED,
        near,
        _declined_needs,
        when=lambda call: call.community_id is not None,
        label=_("转为微心愿"),
    ),
    Step(
        "offer_up",
        (S.RAISED,),
        S.RAISED,
        events.ESCALATED,
        near_or_system,
        when=lambda call: rules.level_above(call.level) is not None,
        label=_("上呼"),
    ),
    Step(
        "take",
        (S.ACCEPTED, S.UNDERWAY),
        None,
        events.TAKEN,
        near,
        when=_owner_is_gone,
        label=_("我来办"),
    ),
    Step("hand_over", WORKING, None, events.TAKEN, owner, label=_("交给同事")),
    # Sending it on
    Step(
        "assign",
        (S.ACCEPTED, S.UNDERWAY),
        S.ASSIGNED,
        events.ASSIGNED,
        dispatcher,
        lambda call: "" if call.unit_id else _("请选派给哪个单位。"),
        label=_("派单"),
    ),
    Step(
        "escalate",
        (S.ACCEPTED, S.UNDERWAY),
        S.ACCEPTED,
        events.ESCALATED,
        owner,
        when=lambda call: rules.level_above(call.level) is not None,
        label=_("上呼"),
    ),
    Step(
        "send_down",
        (S.RAISED, S.ACCEPTED),
        None,
        events.SENT_DOWN,
        dispatcher,
        when=lambda call: rules.rank(call.level) > rules.rank("community"),
        label=_("交社区办"),
    ),
    Step("start", (S.ACCEPTED, S.ASSIGNED), S.UNDERWAY, events.STARTED, holder, label=_("开始办")),
    Step("return", (S.ASSIGNED, S.UNDERWAY), S.ACCEPTED, events.RETURNED, unit, label=_("退单")),
    Step(
        "dispute",
        (S.ASSIGNED,),
        None,
        events.DISPUTED,
        unit,
        when=lambda call: call.disputed_at is None,
        label=_("提出异议"),
    ),
    Step(
        "uphold",
        (S.ASSIGNED,),
        S.ACCEPTED,
        events.DISPUTE_UPHELD,
        dispatcher,
        when=lambda call: call.dispute_open,
        label=_("同意异议，收回"),
    ),
    Step(
        "overrule",
        (S.ASSIGNED,),
        None,
        events.DISPUTE_OVERRULED,
        dispatcher,
        when=lambda call: call.dispute_open,
        label=_("不同意异议"),
    ),
    Step("ask_assist", WORKING, None, events.ASSIST_ASKED, owner, label=_("请单位协办")),
    # Time
    Step(
        "ask_extension",
        WORKING,
        None,
        events.EXTENSION_ASKED,
        holder,
        when=lambda call: call.extended_at is None and call.extension_days is None,
        label=_("申请延期"),
    ),
    Step(
        "extend",
        WORKING,
        None,
        events.EXTENDED,
        decider,
        when=lambda call: call.extended_at is None and call.extension_days is not None,
        label=_("同意延期"),
    ),
    Step(
        "refuse_extension",
        WORKING,
        None,
        events.EXTENSION_REFUSED,
        decider,
        when=lambda call: call.extended_at is None and call.extension_days is not None,
        label=_("不同意延期"),
    ),
    Step("park", WORKING, S.PARKED, events.PARKED, decider, _parked_needs, label=_("挂账")),
    Step("unpark", (S.PARKED,), S.UNDERWAY, events.UNPARKED, decider, label=_("恢复办理")),
    # Words
    Step("contact", (*WORKING, S.PARKED, S.RESOLVED), None, events.CONTACTED, holder, label=_("联系居民")),
    Step("unreached", (*WORKING, S.PARKED), None, events.UNREACHED, holder, label=_("没联系上")),
    Step("note", (S.RAISED, *WORKING, S.PARKED, S.RESOLVED), None, events.NOTED, hands_on, label=_("记一笔")),
    Step(
        "classify",
        WORKING,
        None,
        events.CLASSIFIED,
        owner,
        _accepted_needs,
        label=_("改类别"),
    ),
    Step(
        "reword",
        (*WORKING, S.PARKED, S.RESOLVED, S.CONFIRMED, S.CLOSED, S.REFERRED),
        None,
        events.REWORDED,
        owner,
        label=_("改公开的文字"),
    ),
    Step("add_words", (S.RAISED, *WORKING, S.PARKED), None, events.WORDS_ADDED, voice, label=_("补充")),
    # The answer
    Step("resolve", WORKING, S.RESOLVED, events.RESOLVED, holder, _outcome_needs, label=_("办结")),
    Step(
        "merge",
        (S.RAISED, *WORKING, S.PARKED),
        S.MERGED,
        events.MERGED,
        dispatcher,
        lambda call: "" if call.merged_into_id else _("请选合并到哪一件。"),
        label=_("合并"),
    ),
    Step("unmerge", (S.MERGED,), S.RAISED, events.UNMERGED, dispatcher, label=_("撤销合并")),
    Step("withdraw", (S.RAISED, *WORKING, S.PARKED), S.WITHDRAWN, events.WITHDRAWN, voice, label=_("撤回")),
    # The resident's word
    Step("confirm", (S.RESOLVED,), S.CONFIRMED, events.CONFIRMED, voice, label=_("确认办好了")),
    Step("close", (S.RESOLVED,), S.CLOSED, events.CLOSED, voice, label=_("就这样吧")),
    Step(
        "reopen",
        (S.RESOLVED, S.CLOSED, S.CONFIRMED),
        S.ACCEPTED,
        events.REOPENED,
        voice,
        when=_may_reopen_again,
        label=_("没办好，请再办"),
    ),
    Step(
        "refer",
        (S.RESOLVED, S.CLOSED, S.CONFIRMED),
        S.REFERRED,
        events.REFERRED,
        voice,
        when=_is_last_reopening,
        label=_("还是没办好，转联席会"),
    ),
    # Timers
    Step("remind", WORKING, None, events.REMINDED, system, label=_("提醒"), quiet=True),
    Step("overdue", WORKING, None, events.OVERDUE, system, label=_("超期提醒"), quiet=True),
    Step("review", (S.PARKED,), None, events.REVIEW_DUE, system, label=_("复查提醒"), quiet=True),
    Step("ask_again", (S.RESOLVED,), None, events.ASKED_AGAIN, system, label=_("再问一次"), quiet=True),
    Step("lapse", (S.RESOLVED,), S.CLOSED, events.LAPSED, system, label=_("未回复，结束")),
)
