"""Which step fits best, its icon, and what its form says before it is sent."""

from django.utils.translation import gettext_lazy as _

from huying.kernel.scopes import Actor
from huying.kernel.workflow import Step
from huying.wishes.models import Wish
from huying.wishes.workflow import WISH

ICONS = {
    "verify": "check",
    "publish": "leaf",
    "reword": "edit",
    "decline": "return",
    "move": "call",
    "claim": "hand",
    "answer": "hand",
    "join": "people",
    "reveal": "eye",
    "contact": "phone",
    "fulfil": "check",
    "say": "send",
    "release": "return",
    "confirm": "face-good",
    "reoffer": "reopen",
    "take_down": "return",
}
LEADS = {
    "verify": _("看看是不是真有这个心愿，再把给大家看的文字写好：不写姓名、电话、楼栋和门牌。"),
    "publish": _("挂到心愿树上，大家都能看到、能认领。"),
    "reword": _("叶子还在原来的地方，只换文字。"),
    "decline": _("许愿人会在自己的页面上看到原因。"),
    "move": _("这其实是一件公共的事。转为诉求以后，由离得最近的人来办，两边都留着对方的编号。"),
    "claim": _("认领以后 7 天里联系许愿人，不然会重新上墙。姓名、电话和住址，认领以后才看得到。"),
    "answer": _("30 天没有人认领，由社区来实现。"),
    "join": _("和认领的人一起出力。怎么分，由认领的人来商量。"),
    "reveal": _("只给您看。许愿人会知道您看过；认领结束以后就看不到了。"),
    "contact": _("联系上了就说一声，认领就不会失效。"),
    "fulfil": _("送到了、做完了，就告诉许愿人，由许愿人来说实现了没有。不用拍照。"),
    "say": _("认领的人和许愿人，在各自的页面上都看得到。"),
    "release": _("退回以后重新上墙，先请认领过的人挑。您就看不到联系方式了。"),
    "confirm": _("许愿人怎么说，就怎么记；没有说，就不要替他选。"),
    "reoffer": _("送来的不是想要的，就重新上墙，请别人再来。"),
    "take_down": _("许愿人随时可以取下，不用说原因。取下以后，联系方式会尽快删掉。"),
}
SENDS = {
    "verify": _("核实好了"),
    "publish": _("挂上心愿树"),
    "claim": _("认领这个心愿"),
    "confirm": _("记下来"),
    "say": _("捎过去"),
    "reveal": _("看联系方式"),
}
# The way forward, nearest first; beside it stands whatever else may be done.
FORWARD = ("verify", "publish", "answer", "contact", "fulfil", "confirm")
# What is only done on the giver's page of the wish, where the unit is chosen.
BESIDE = ("move", "say", "reword", "reoffer", "release", "decline", "take_down")


def open_steps(wish: Wish, actor: Actor) -> list[Step]:
    """The steps that somebody may take by hand on the wish's page, the way forward first."""
    may = {step.name: step for step in WISH.available(wish, actor) if step.name in (*FORWARD, *BESIDE)}
    if "contact" in may and wish.state == "contact":
        # Once in contact, the next thing is to hand it over; words go by `say`.
        del may["contact"]
    return [may[name] for name in (*FORWARD, *BESIDE) if name in may]
