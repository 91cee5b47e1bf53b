"""The words behind the codes of rules.py, as people see them."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class State(TextChoices):
    """Where a wish is on its way."""

    COLLECTED = "collected", _("已收集")
    VERIFIED = "verified", _("已核实")
    PUBLISHED = "published", _("等人认领")
    CLAIMED = "claimed", _("已认领")
    CONTACT = "contact", _("对接中")
    FULFILLED = "fulfilled", _("已送到")
    CONFIRMED = "confirmed", _("已实现")
    CLOSED = "closed", _("已结束")
    WITHDRAWN = "withdrawn", _("已取下")
    DECLINED = "declined", _("未上墙")
    MOVED = "moved", _("已转为诉求")


class Kind(TextChoices):
    """What is wished for."""

    THING = "thing", _("东西")
    SERVICE = "service", _("服务")
    COMPANIONSHIP = "companionship", _("陪伴")
    SKILL = "skill", _("学手艺")


class Channel(TextChoices):
    """By which way a wish came."""

    PAGE = "page", _("网页")
    HEAD = "head", _("走访")
    COUNTER = "counter", _("窗口")
    BOX = "box", _("心愿箱")
    CALL = "call", _("由诉求转来")


class Rating(TextChoices):
    """The wisher's word on what came; '' is not asked or not said."""

    SATISFIED = "satisfied", _("满意")
    MOSTLY = "mostly", _("基本满意")
    NOT = "not", _("不满意")
    UNSAID = "unsaid", _("不想说")


class ClaimEnd(TextChoices):
    """How a claim ended; '' is an open one."""

    CONFIRMED = "confirmed", _("心愿实现")
    CLOSED = "closed", _("结束")
    RELEASED = "released", _("退回")
    LAPSED = "lapsed", _("7 天没有联系，自动失效")
    NOT_RIGHT = "not_right", _("不是想要的")
    TAKEN_DOWN = "taken_down", _("心愿取下")


class EntryKind(TextChoices):
    """Whose words they are, and for whom."""

    WORDS = "words", _("许愿人的话")
    REPLY = "reply", _("给许愿人的话")
    NOTE = "note", _("内部备注")
