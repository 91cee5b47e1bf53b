"""The words of the levels, as the installation has them, and those of the record."""

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from huying.appraisals import rules
from huying.kernel.policy import load


def levels() -> dict[str, str]:
    """Code → words in the reader's language, in the order of the policy. They are words and nothing more."""
    english = (get_language() or "zh").startswith("en")
    return {code: row["en" if english else "zh"] for code, row in load("appraisals")["levels"].items()}


def level_words(code: str) -> str:
    """The words of a level; a code that is gone stands for itself, none means that it was taken back."""
    return levels().get(code, code) if code else str(_("收回，不评议"))


FAMILIES = {rules.WISH: _("微心愿"), rules.NEED: _("需求和项目"), rules.CALL: _("诉求"), rules.REPORT: _("报到")}
FIGURES = {
    "wish-taken": _("认领心愿"),
    "wish-done": _("实现了心愿"),
    "wish-confirmed": _("心愿得到笑脸"),
    "need-taken": _("认领需求"),
    "need-done": _("做完项目"),
    "need-confirmed": _("项目销号"),
    "call-taken": _("接到诉求"),
    "call-done": _("办结诉求"),
    "call-confirmed": _("居民确认办好"),
    "report-joined": _("新报到"),
}
OUTCOMES = {
    rules.GIVEN_BACK: _("退回给别人做"),
    rules.LAPSED: _("到期没对接，让给别人"),
    rules.WITHDRAWN: _("对方撤回或不再需要"),
    rules.SENT_ON: _("转给别的单位"),
    rules.AGAIN: _("还要再做，不重复计"),
    rules.LEFT: _("已转走或结束报到"),
    rules.UNDERWAY: _("还在进行"),
    rules.NO_WORD: _("对方没有留话"),
    rules.NOT_CONTENT: _("对方不满意"),
    rules.FINISHED: _("已完成"),
}


def way_words(stage: str, way: str) -> str:
    """How something of a stage stands: what was done and not answered yet waits for a word."""
    return str(_("等对方的话") if (stage, way) == (rules.DONE, rules.UNDERWAY) else OUTCOMES[way])
