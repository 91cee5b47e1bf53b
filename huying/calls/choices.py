"""The words behind the codes of rules.py, as people see them."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class State(TextChoices):
    """Where a call is on its way."""

    RAISED = "raised", _("已提出")
    ACCEPTED = "accepted", _("已受理")
    ASSIGNED = "assigned", _("已派单")
    UNDERWAY = "underway", _("办理中")
    PARKED = "parked", _("挂账")
    RESOLVED = "resolved", _("已办结")
    CONFIRMED = "confirmed", _("已确认")
    CLOSED = "closed", _("已结束")
    MERGED = "merged", _("已合并")
    WITHDRAWN = "withdrawn", _("已撤回")
    DECLINED = "declined", _("已引导")
    REFERRED = "referred", _("已转联席会")


class Channel(TextChoices):
    """By which way a call came."""

    QR = "qr", _("扫码")
    HEAD = "head", _("楼栋长代呼")
    COUNTER = "counter", _("窗口")
    PHONE = "phone", _("电话")
    WECHAT = "wechat", _("微信")
    OPEN311 = "open311", _("Open311")
    API = "api", _("接口")
    IMPORT = "import", _("导入")


class Urgency(TextChoices):
    """The classes of deadlines."""

    URGENT = "urgent", _("紧急 2 小时")
    UTILITY = "utility", _("水电气暖 24 小时")
    USUAL = "usual", _("一般 7 天")
    HARD = "hard", _("疑难 15 天")


class Level(TextChoices):
    """At whose desk it lies."""

    BUILDING = "building", _("楼栋")
    COMPOUND = "compound", _("小区")
    COMMUNITY = "community", _("社区")
    STREET = "street", _("街道")
    DISTRICT = "district", _("区")
    CITY = "city", _("市")


class Rating(TextChoices):
    """The resident's word on the answer; '' is not asked or not said."""

    SATISFIED = "satisfied", _("满意")
    MOSTLY = "mostly", _("基本满意")
    NOT = "not", _("不满意")
    UNSAID = "unsaid", _("不想说")


class GuideKind(TextChoices):
    """The six kinds that are guided, not taken."""

    EMERGENCY = "emergency", _("紧急情况，请打 110、119、120、122")
    STATUTORY = "statutory", _("有法定渠道")
    SAME_MATTER = "same_matter", _("同一件事正在办，或已办结而没有新情况")
    SECRET = "secret", _("涉及秘密或他人隐私")
    OUTSIDE = "outside", _("不在各方职责之内")
    UNLAWFUL = "unlawful", _("违反法律法规")
    # Not one of the six: it goes on the wish tree instead.
    WISH = "wish", _("这是一个微心愿")


class EntryKind(TextChoices):
    """Whose words they are, and for whom."""

    WORDS = "words", _("居民的话")
    REPLY = "reply", _("给居民的话")
    NOTE = "note", _("内部备注")
    REPORT = "report", _("协办反馈")
