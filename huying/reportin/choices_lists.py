"""The words behind the codes of the three lists, as people see them."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class NeedState(TextChoices):
    """How far a need has come; from `underway` on it follows its project."""

    POSTED = "posted", _("等派单")
    DISPATCHED = "dispatched", _("等人接")
    CLAIMED = "claimed", _("已接单")
    UNDERWAY = "underway", _("正在做")
    DONE = "done", _("做完了，等确认")
    CROSSED_OFF = "crossed_off", _("已销号")
    WITHDRAWN = "withdrawn", _("已撤回")


class ResourceState(TextChoices):
    """Whether a resource can be asked for."""

    OPEN = "open", _("可以约")
    CLOSED = "closed", _("已收起")


class ProjectState(TextChoices):
    """How far a project has come."""

    PLANNED = "planned", _("刚接单")
    UNDERWAY = "underway", _("正在做")
    DONE = "done", _("做完了，等确认")
    CROSSED_OFF = "crossed_off", _("已销号")
    STOPPED = "stopped", _("已放下")


class Part(TextChoices):
    """A part of a day."""

    MORNING = "m", _("上午")
    AFTERNOON = "a", _("下午")
    EVENING = "e", _("晚上")


class Day(TextChoices):
    """A day of the week."""

    MONDAY = "1", _("周一")
    TUESDAY = "2", _("周二")
    WEDNESDAY = "3", _("周三")
    THURSDAY = "4", _("周四")
    FRIDAY = "5", _("周五")
    SATURDAY = "6", _("周六")
    SUNDAY = "7", _("周日")
