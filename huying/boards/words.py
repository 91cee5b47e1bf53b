"""The words of figures and of what they leave out."""

import datetime as dt

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

RATES = {
    "response": (_("响应率"), _("按时受理并联系上居民 ÷ 应响应")),
    "resolution": (_("解决率"), _("办成的 ÷（办成的 + 没办成的），以居民的话为准")),
    "satisfaction": (_("满意率"), _("（满意 + 基本满意）÷ 评价了的")),
    "on_time": (_("按时办结率"), _("按时办结 ÷ 到期")),
    "returned": (_("退单率"), _("退单 ÷ 派单")),
    "reopened": (_("重办率"), _("重办 ÷ 办结")),
}
LEFT_OUT = {
    "unreached": _("联系不上"),
    "unrated": _("没有评价"),
    "guided": _("已引导到别处"),
    "outside": _("不在各方职责之内"),
    "merged": _("已合并"),
    "withdrawn": _("居民已撤回"),
    "respond_pending": _("还没到响应时限"),
    "under_way": _("正在办，没到期"),
    "not_yet_due": _("还没到期"),
    "few": _("其他（件数太少，合在一起）"),
}
COUNTS = {
    "calls": _("诉求"),
    "beside": _("引导、合并或撤回"),
    "open": _("在办"),
    "done": _("办成"),
    "not_done": _("没办成"),
    "under_way": _("正在办"),
    "parked": _("挂账"),
    "guided": _("已引导"),
    "outside": _("职责之外"),
    "merged": _("已合并"),
    "withdrawn": _("已撤回"),
    "unreached": _("联系不上"),
    "to_respond": _("应响应"),
    "responded": _("按时响应"),
    "respond_pending": _("未到响应时限"),
    "rated": _("已评价"),
    "content": _("满意和基本满意"),
    "unrated": _("未评价"),
    "due": _("到期"),
    "on_time": _("按时办结"),
    "not_yet_due": _("未到期"),
    "assigned": _("派过单"),
    "returned": _("退过单"),
    "answered": _("办结过"),
    "reopened": _("重办过"),
}


# The parts that a bar is made of, and what a number of each means.
PARTS = {
    "done": _("办成"),
    "not_done": _("没办成（含超期、挂账）"),
    "under_way": _("正在办，没到期"),
    "beside": _("引导、合并或撤回"),
}
UNITS = {"day": _("每天"), "week": _("每周"), "month": _("每月")}


def change(now: int | None, earlier: int | None) -> str:
    """How a count stands to that of the period before; '' where one of the two is not told, or nothing was yet."""
    if now is None or not earlier:
        return ""
    if now == earlier:
        return gettext("和上一段一样")
    if now > earlier:
        return ngettext("比上一段多 %(n)s 件", "比上一段多 %(n)s 件", now - earlier) % {"n": now - earlier}
    return ngettext("比上一段少 %(n)s 件", "比上一段少 %(n)s 件", earlier - now) % {"n": earlier - now}


def span(length: dt.timedelta | None) -> str:
    """A median time in words; '—' when there is none."""
    if length is None:
        return "—"
    minutes = max(1, round(length.total_seconds() / 60))
    if minutes < 90:
        return ngettext("%(n)s 分钟", "%(n)s 分钟", minutes) % {"n": minutes}
    hours = round(minutes / 60, 1)
    if hours < 48:
        return ngettext("%(n)s 小时", "%(n)s 小时", round(hours)) % {"n": f"{hours:g}"}
    return ngettext("%(n)s 天", "%(n)s 天", round(hours / 24)) % {"n": f"{hours / 24:.1f}"}
