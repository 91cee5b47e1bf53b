"""What a message says, made when it is read: by kind, in the reader's language, from ids."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from huying.people.models import ROLE_NAMES
from huying.people.rules import Role

# kind → (words, icon, tone)
WORDS = {
    "calls.raised": (gettext_lazy("%(place)s有一件新的诉求"), "call", "call"),
    "calls.escalated": (gettext_lazy("%(place)s的一件诉求上呼到您这里"), "escalate", "warn"),
    "calls.sent_down": (gettext_lazy("%(place)s的一件诉求交给您这里办"), "arrow-right", "info"),
    "calls.unmerged": (gettext_lazy("%(place)s的一件诉求分开来单独办"), "merge", "info"),
    "calls.taken": (gettext_lazy("%(who)s把%(place)s的一件诉求交给您"), "hand", "info"),
    "calls.assigned": (gettext_lazy("%(place)s的一件诉求派给了您的单位"), "send", "call"),
    "calls.returned": (gettext_lazy("%(unit)s把%(place)s的一件诉求退回来了"), "return", "warn"),
    "calls.disputed": (gettext_lazy("%(unit)s对%(place)s的一件诉求有异议"), "return", "warn"),
    "calls.dispute_upheld": (gettext_lazy("您单位的异议得到同意，%(place)s的那件收回了"), "check", "info"),
    "calls.dispute_overruled": (gettext_lazy("您单位的异议没有得到同意，%(place)s的那件仍请办理"), "send", "warn"),
    "calls.extension_asked": (gettext_lazy("%(who)s为%(place)s的一件诉求申请延期"), "calendar", "warn"),
    "calls.extended": (gettext_lazy("%(place)s的一件诉求同意延期"), "calendar", "info"),
    "calls.extension_refused": (gettext_lazy("%(place)s的一件诉求不同意延期"), "calendar", "warn"),
    "calls.assist_asked": (gettext_lazy("%(who)s请您的单位协办%(place)s的一件诉求"), "people", "info"),
    "calls.assist_reported": (gettext_lazy("%(unit)s反馈了%(place)s的一件诉求"), "people", "answer"),
    "calls.words_added": (gettext_lazy("居民给%(place)s的一件诉求补充了话"), "call", "call"),
    "calls.withdrawn": (gettext_lazy("居民撤回了%(place)s的一件诉求"), "return", "quiet"),
    "calls.merged": (gettext_lazy("%(place)s的一件诉求合到另一件里了"), "merge", "info"),
    "calls.resolved": (gettext_lazy("%(place)s的一件诉求办结了，等居民的话"), "leaf", "answer"),
    "calls.confirmed": (gettext_lazy("居民说%(place)s的那件办好了"), "face-good", "answer"),
    "calls.closed": (gettext_lazy("居民对%(place)s的那件说就这样"), "face-bad", "quiet"),
    "calls.reopened": (gettext_lazy("居民说%(place)s的那件没办好，请再办"), "reopen", "call"),
    "calls.referred": (gettext_lazy("%(place)s的一件诉求转联席会"), "people", "warn"),
    "calls.reminded": (gettext_lazy("%(place)s的一件诉求快到期了"), "clock", "warn"),
    "calls.overdue": (gettext_lazy("%(place)s的一件诉求超期了"), "warning", "warn"),
    "calls.review_due": (gettext_lazy("%(place)s挂账的一件到了复查的日子"), "parked", "warn"),
    "appraisals.given": (gettext_lazy("%(who)s给您或者您的单位写了评议，您可以答复"), "edit", "answer"),
    "appraisals.corrected": (gettext_lazy("%(who)s更正了对您或者您的单位的评议"), "history", "info"),
    "appraisals.replied": (gettext_lazy("%(who)s答复了您写的评议"), "send", "answer"),
    "appraisals.quarter_told": (
        gettext_lazy("%(unit)s上个季度做了什么，系统已经写好小结，不用再填"),
        "chart",
        "answer",
    ),
    "people.appointed": (gettext_lazy("您现在是%(place)s的%(role)s"), "tag", "answer"),
    "people.post_ended": (gettext_lazy("您不再是%(place)s的%(role)s"), "tag", "quiet"),
    "reportin.unit_asked": (gettext_lazy("%(unit)s想到%(place)s报到，等社区接收"), "building", "call"),
    "reportin.unit_received": (gettext_lazy("%(place)s接收了%(unit)s的报到，回执在这里"), "check", "answer"),
    "reportin.unit_declined": (gettext_lazy("%(place)s没有接收%(unit)s的报到，原因在这里"), "return", "warn"),
    "reportin.unit_ended": (gettext_lazy("%(unit)s在%(place)s的报到结束了"), "building", "quiet"),
    "reportin.member_registered": (gettext_lazy("%(who)s到%(place)s报到了，回执在这里"), "hand", "answer"),
    "reportin.member_moved": (gettext_lazy("%(who)s搬走了，不再在%(place)s报到"), "arrow-right", "info"),
    "reportin.member_left": (gettext_lazy("%(who)s不再在%(place)s报到"), "return", "quiet"),
    "reportin.member_unlinked": (
        gettext_lazy("%(unit)s说您的组织关系不在它那里，请在“我的报到”里看一下"),
        "info",
        "warn",
    ),
    "reportin.need_posted": (gettext_lazy("%(place)s有一件新的需求，两个工作日里请给合适的人看"), "call", "call"),
    "reportin.need_dispatched": (gettext_lazy("%(place)s有一件需求，想问问您愿不愿意接"), "hand", "call"),
    "reportin.need_claimed": (gettext_lazy("%(who)s接下了%(place)s的一件需求"), "hand", "answer"),
    "reportin.need_released": (gettext_lazy("%(place)s的一件需求放下了，等别人来接"), "return", "warn"),
    "reportin.need_withdrawn": (gettext_lazy("%(place)s的一件需求不需要了，已经撤回"), "return", "quiet"),
    "reportin.need_reminded": (gettext_lazy("%(place)s的一件需求还没有给人看过"), "clock", "warn"),
    "reportin.project_due_soon": (gettext_lazy("您接的%(place)s那件，步骤和日子请看一看"), "calendar", "warn"),
    "reportin.project_done": (gettext_lazy("%(place)s的一件做完了，请您说一句：服务到了吗？"), "leaf", "answer"),
    "reportin.project_asked": (gettext_lazy("%(place)s的一件还在等您说一句：服务到了吗？"), "leaf", "warn"),
    "reportin.project_crossed_off": (gettext_lazy("大家说%(place)s的那件服务到了，已经销号"), "face-good", "answer"),
    "reportin.project_reopened": (gettext_lazy("%(place)s的那件还没到，请接着做"), "reopen", "call"),
    "reportin.project_stopped": (gettext_lazy("%(place)s的一个项目放下了，等别人来接"), "return", "warn"),
    "reportin.helper_joined": (gettext_lazy("%(who)s来%(place)s帮忙了"), "people", "answer"),
    "reportin.helper_left": (gettext_lazy("%(who)s不参加%(place)s的那件了"), "people", "quiet"),
    "people.login_reset": (gettext_lazy("您的登录被重设过。如果不是您要求的，请联系社区或街道。"), "key", "warn"),
    "wishes.collected": (gettext_lazy("%(place)s有一个新的心愿，等核实"), "leaf", "call"),
    "wishes.claimed": (gettext_lazy("%(who)s认领了%(place)s的一个心愿"), "hand", "answer"),
    "wishes.reminded": (gettext_lazy("您认领的%(place)s那个心愿还没有联系，过两天就失效了"), "clock", "warn"),
    "wishes.lapsed": (gettext_lazy("%(place)s的一个心愿 7 天没人联系，重新上墙"), "clock", "warn"),
    "wishes.released": (gettext_lazy("%(place)s的一个心愿退回来了，重新上墙"), "return", "warn"),
    "wishes.reoffered": (gettext_lazy("%(place)s的一个心愿送来的不对，重新上墙"), "reopen", "warn"),
    "wishes.answer_due": (gettext_lazy("%(place)s的一个心愿 30 天没人认领，请社区来实现"), "people", "warn"),
    "wishes.said": (gettext_lazy("您认领的%(place)s那个心愿，许愿人有话"), "call", "info"),
    "wishes.fulfilled": (gettext_lazy("%(place)s的一个心愿送到了，等许愿人一句话"), "check", "info"),
    "wishes.confirmed": (gettext_lazy("%(place)s的一个心愿实现了"), "face-good", "answer"),
    "wishes.closed": (gettext_lazy("%(place)s的一个心愿放下了"), "check", "quiet"),
    "wishes.taken_down": (gettext_lazy("%(place)s的一个心愿，许愿人取下了"), "return", "quiet"),
}


def say(kind: str, values: dict) -> tuple[str, str, str]:
    """(words, icon, tone) of a message; what has vanished meanwhile is said as 'somewhere' and 'somebody'."""
    words, icon, tone = WORDS[kind]
    role = values.get("role", "")
    filled = {
        "who": values.get("who") or _("有人"),
        "owner": values.get("owner") or _("有人"),
        "unit": values.get("unit") or _("某单位"),
        "place": values.get("place") or _("某处"),
        "role": ROLE_NAMES[Role(role)] if role in ROLE_NAMES else role,
    }
    return str(words) % filled, icon, tone
