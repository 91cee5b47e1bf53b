"""The words behind the codes of rules.py, as people see them."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class CalloutKind(TextChoices):
    """Once, or a standing roster of weeks."""

    ONCE = "once", _("召集")
    ROSTER = "roster", _("值班表")


class CalloutState(TextChoices):
    """Where a call-out is on its way."""

    OPEN = "open", _("报名中")
    CLOSED = "closed", _("报名截止")
    FINISHED = "finished", _("已结束")
    CALLED_OFF = "called_off", _("已取消")


class SignupState(TextChoices):
    """Where a sign-up is on its way."""

    WAITING = "waiting", _("候补中")
    OFFERED = "offered", _("等您确认")
    CONFIRMED = "confirmed", _("已确认")
    WITHDRAWN = "withdrawn", _("已退出")
    DECLINED = "declined", _("没有接受")
    LAPSED = "lapsed", _("过时未确认")
    CANCELLED = "cancelled", _("已取消")


class How(TextChoices):
    """By which way a sign-up came."""

    SELF = "self", _("自己报名")
    PROPOSAL = "proposal", _("初步分工")
    WALK_IN = "walkin", _("到场加入")
    SWAP = "swap", _("换班")
    STAFF = "staff", _("代为报名")


class Answer(TextChoices):
    """What somebody who was asked said; '' is nothing yet, which is held against nobody."""

    CAN = "can", _("能来")
    CANNOT = "cannot", _("来不了")


class Reach(TextChoices):
    """How far a call-out is heard."""

    COMPOUND = "compound", _("本小区")
    COMMUNITY = "community", _("本社区")
    STREET = "street", _("本街道")
    DISTRICT = "district", _("全区")


class Body(TextChoices):
    """What a post asks of the body."""

    STANDING = "standing", _("久站")
    LIFTING = "lifting", _("搬重物")
    STAIRS = "stairs", _("爬楼")
    OUTDOORS = "outdoors", _("户外冷热")
    NIGHT = "night", _("夜里")


class CheckedBy(TextChoices):
    """How a check-in or check-out came about."""

    CODE = "code", _("扫码")
    LIST = "list", _("名单")
    END = "end", _("按结束时间")
