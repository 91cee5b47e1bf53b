"""What somebody is told who signs up: what is true now, which rule stood in the way, and what would help."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huying.callouts import rules
from huying.callouts.actions.signup import COUNTED, Outcome
from huying.callouts.catalogue import numbers
from huying.callouts.models import Shift
from huying.kernel.errors import StepRefused

REFUSALS = {
    "full": gettext_lazy("这个岗位已经满了。可以看看同一时间的别的岗位。"),
    "called_off": gettext_lazy("这次召集已经取消，不用来了。谢谢您！"),
    "finished": gettext_lazy("这次召集已经结束。谢谢您！"),
    "closed": gettext_lazy("报名已经截止。想帮忙的话，到时直接到现场，组织者可以当场给您安排。"),
    "started": gettext_lazy("这一班已经开始。可以直接到现场问组织者，或报后面的班次。"),
    "roster": gettext_lazy("值班表由组织者排班，请先把您的空闲时间告诉组织者。"),
    "not_registered": gettext_lazy("先登记成为志愿者才能报名，一分钟就好。"),
    "not_in_range": gettext_lazy(
        "这次召集只面向附近登记的志愿者。您登记的地点不在范围内；搬家了的话，请先更新登记的地点。"
    ),
    "guardian": gettext_lazy("您未满 %(adult)d 周岁，要先有监护人同意。请监护人在登记页上同意，或到社区办理。"),
    "age_unknown": gettext_lazy("这个岗位有年龄要求。请先在登记里补上出生年月。"),
    "too_young": gettext_lazy("这个岗位要满 %(min_age)d 周岁。可以看看没有年龄要求的岗位。"),
    "too_old": gettext_lazy("为了您的安全，这个岗位最大到 %(max_age)d 周岁。可以看看轻一些的岗位。"),
    "skill": gettext_lazy("这个岗位需要特定的技能。您会的话，请先写在登记里；也可以看看别的岗位。"),
    "proof": gettext_lazy("这个岗位的技能要有凭据，比如培训或证件。先请社区核实，之后马上就能报。"),
    "insurance": gettext_lazy("这个岗位有风险，要等社区确认投保意外险以后才开放。"),
    "unconfirmed": gettext_lazy("这个岗位有风险，社区接收了您的登记以后才开放；没有风险的岗位现在就能报。"),
    "overlap": gettext_lazy("这段时间您已经有别的岗位。先退出那一个，或换一个时间。"),
    "rest": gettext_lazy("这一班离您的另一班太近，中间要留够休息。可以换一个时间。"),
    "day_hours": gettext_lazy("一天最多 %(hours_a_day)d 小时，加上这一班就超过了。留点力气，换一天再来。"),
    "week_hours": gettext_lazy("一周最多 %(hours_a_week)d 小时，加上这一班就超过了。请下一周再来。"),
    "gone": gettext_lazy("没有找到这个岗位，可能已经取消。请回到召集页面看看。"),
    "again": gettext_lazy("刚才人太多，没有排上。没有丢，也没有重复，请再点一次。"),
}
# What is no refusal: it is not here, or not now.
STATUS = {"gone": 404, "again": 503}


def words_of(outcome: Outcome) -> str:
    """The words for an outcome, a refusal included; asks the database nothing."""
    code = outcome.state if outcome.code == "already" else outcome.code
    if code == rules.CONFIRMED:
        return _("报上了，这个岗位给您留着。")
    if code == rules.OFFERED:
        return _("给您留着一个位子，请在时限内确认。")
    if code == rules.WAITING:
        if outcome.position is None:
            return _("这个岗位满了，您在候补里，有空位会按先后来问您。")
        if outcome.position > COUNTED:
            return _("这个岗位满了，您在候补里，前面至少有 %(count)d 位；有空位会按先后来问您。") % {"count": COUNTED}
        return _("这个岗位满了，您是候补第 %(number)d 位，有空位会按先后来问您。") % {"number": outcome.position}
    return str(REFUSALS[code]) % {**numbers()["limits"], **outcome.why}


# Refusals of a post and not of the person: another post of the same call-out may do.
OF_THE_POST = (
    "full",
    "started",
    "age_unknown",
    "too_young",
    "too_old",
    "skill",
    "proof",
    "insurance",
    "overlap",
    "rest",
)


def refused(outcome: Outcome) -> StepRefused:
    """A refusal to raise, with its words; when it is only this post that does not do, others with free places are named."""
    words = words_of(outcome)
    if outcome.shift_id is not None and outcome.code in OF_THE_POST:
        names = "、".join(
            f"{one.name} {timezone.localtime(one.starts_at):%H:%M}–{timezone.localtime(one.ends_at):%H:%M}"
            for one in instead_of(
                Shift.objects.get(pk=outcome.shift_id), beside=outcome.code not in ("overlap", "rest")
            )
        )
        if names:
            words = _("%(words)s还有空位的：%(names)s。") % {"words": words, "names": names}
    return StepRefused(words, code=outcome.code)


def told(outcome: Outcome) -> tuple[int, dict[str, Any]]:
    """The status and what a program is told; the fast door and the page at the same address answer alike."""
    if outcome.stands:
        answer = {"code": outcome.code, "state": outcome.state, "position": outcome.position}
        return 200, {**answer, "words": words_of(outcome)}
    return STATUS.get(outcome.code, 409), {"code": outcome.code, "words": words_of(outcome)}


def instead_of(shift: Shift, *, beside: bool = True, most: int = 3) -> list[Shift]:
    """Posts of the same call-out with free places: those at the same time first (`beside`), then those soonest after it.

    Whether the person may stand there is not asked: they are told when they try.
    """
    others = Shift.objects.filter(callout_id=shift.callout_id).exclude(pk=shift.pk).order_by("starts_at", "id")
    free = [one for one in others if one.taken < one.capacity and not (one.risky and one.insured_at is None)]
    same = [one for one in free if one.starts_at < shift.ends_at and shift.starts_at < one.ends_at]
    after = [one for one in free if one.starts_at >= shift.ends_at]
    return [*(same if beside else ()), *after][:most]
