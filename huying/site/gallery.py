"""Samples for the gallery: every component in every state, with made-up words."""

import re
from datetime import timedelta
from pathlib import Path

from django import forms
from django.utils import timezone

from huying.site.templatetags.look import STATES


class SampleForm(forms.Form):
    """One field of each kind."""

    words = forms.CharField(label="您想说什么", widget=forms.Textarea, help_text="照平常说话写就行。", max_length=2000)
    name = forms.CharField(label="怎么称呼您", required=False, help_text="只有办理的人看得到。")
    phone = forms.CharField(label="电话", required=False, widget=forms.TextInput(attrs={"inputmode": "tel"}))
    kind = forms.ChoiceField(label="哪一类", choices=[("", "还不确定"), ("light", "路灯楼道灯"), ("water", "水")])
    where = forms.ChoiceField(
        label="在哪里", widget=forms.RadioSelect, choices=[("1", "3 栋 2 单元"), ("2", "3 栋"), ("3", "小区里别处")]
    )
    needs = forms.MultipleChoiceField(
        label="可以公开什么",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("text", "文字"), ("photo", "照片")],
    )
    private = forms.BooleanField(label="不要公开这件事", required=False, help_text="您自己仍然能看到进展。")
    photos = forms.FileField(label="照片", required=False)
    rating = forms.ChoiceField(
        label="这件事办得怎么样",
        widget=forms.RadioSelect,
        choices=[("good", "满意"), ("ok", "基本满意"), ("bad", "不满意"), ("none", "不想说")],
    )


QR = (
    '<svg viewBox="0 0 21 21" role="img" aria-label="二维码"><path d="M0 0h7v7H0zM1 1v5h5V1zM2 2h3v3H2zM14 0h7v7h-7z'
    "M15 1v5h5V1zM16 2h3v3h-3zM0 14h7v7H0zM1 15v5h5v-5zM2 16h3v3H2zM9 1h2v2H9zM10 5h3v2h-3zM8 9h4v2H8zM15 9h3v3h-3z"
    'M9 13h3v4H9zM14 14h2v2h-2zM18 17h3v2h-3zM13 18h3v3h-3z" fill="#000" fill-rule="evenodd"/></svg>'
)


def context(request) -> dict:
    """What the gallery's templates show; the clock is now."""
    now = timezone.now()
    ago = lambda **span: now - timedelta(**span)  # noqa: E731
    wrong = SampleForm({"words": "", "phone": "不是电话", "where": "", "kind": "light", "rating": ""})
    wrong.add_error("phone", "这个号码好像少了一位。")
    kept = SampleForm(
        {"words": "三栋二单元楼道灯不亮，老人上下楼看不见。", "where": "1", "kind": "light", "rating": "good"},
        auto_id="kept_%s",
    )
    calls = [
        ("三栋二单元楼道的灯坏了三天，晚上老人上下楼看不见", "raised", None, now + timedelta(hours=3)),
        ("七号楼下水道返味，厨房一直有味道", "accepted", None, now + timedelta(days=4)),
        ("西门岗亭旁边的电动车堵住了消防通道", "underway", None, ago(days=2)),
        ("想在院子里加一排晾衣架", "parked", None, None),
        ("东门路灯修好了没有", "confirmed", ago(hours=4), ago(hours=1)),
    ]
    return {
        "form": SampleForm(auto_id="plain_%s"),
        "wrong": wrong,
        "kept": kept,
        "tones": [
            ("call", "call", "诉求"),
            ("answer", "leaf", "回应"),
            ("warn", "clock", "提醒"),
            ("info", "info", "说明"),
            ("quiet", "tag", "平常"),
        ],
        "states": list(STATES),
        "calls": [
            {"words": words, "state": state, "done": done, "due": due, "current": index == 1, "late": index == 2}
            for index, (words, state, done, due) in enumerate(calls)
        ],
        "due": {
            "soon": now + timedelta(hours=3),
            "far": now + timedelta(days=6),
            "late": ago(days=2, hours=3),
            "kept": ago(hours=5),
        },
        "moments": [now, ago(days=1), ago(days=40), ago(days=500)],
        "way": [
            {"label": "收到您的呼声", "state": "done", "at": ago(hours=8), "icon": "call"},
            {"label": "芦楼长接下了这件事", "state": "done", "at": ago(hours=7), "icon": "hand"},
            {
                "label": "正在办：换灯泡和感应开关",
                "state": "now",
                "at": ago(hours=2),
                "note": "电工下午三点到，先换二单元的。",
            },
            {"label": "办好了，请您看看", "state": "next"},
            {"label": "您的一句评价", "state": "next", "face": "good"},
        ],
        "way_done": [
            {"label": "收到您的呼声", "state": "done", "at": ago(hours=30), "icon": "call"},
            {"label": "芦楼长接下了", "state": "done", "at": ago(hours=29), "icon": "hand"},
            {"label": "灯换好了", "state": "done", "at": ago(hours=22), "icon": "leaf"},
            {"label": "您说：满意", "state": "done", "at": ago(hours=20), "face": "good"},
        ],
        "history": [
            {"label": "改派给物业公司", "by": "社区 高", "at": ago(hours=3), "icon": "send", "note": "灯具归物业管。"},
            {"label": "受理", "by": "社区 高", "at": ago(hours=7), "icon": "hand"},
            {"label": "居民提出", "at": ago(hours=8), "icon": "call", "tone": "call"},
        ],
        "tab_entries": [
            {"label": "等我办", "href": "#", "current": True, "count": 4},
            {"label": "快到期", "href": "#", "count": 2},
            {"label": "超期", "href": "#", "count": 1},
            {"label": "都看看", "href": "#"},
        ],
        "excluded": [("联系不上", 3), ("没有评价", 21), ("引导去别处", 6), ("合并", 4)],
        "qr": QR,
        "chart_option": {
            "tooltip": {"trigger": "axis"},
            "grid": {"left": 40, "right": 16, "top": 24, "bottom": 28},
            "xAxis": {"type": "category", "data": ["一月", "二月", "三月", "四月", "五月", "六月"]},
            "yAxis": {"type": "value"},
            "series": [
                {"type": "bar", "name": "提出", "data": [31, 28, 40, 36, 52, 47]},
                {"type": "bar", "name": "办结", "data": [29, 27, 35, 36, 44, 46]},
            ],
        },
        "months": [
            ("一月", 31, 29),
            ("二月", 28, 27),
            ("三月", 40, 35),
            ("四月", 36, 36),
            ("五月", 52, 44),
            ("六月", 47, 46),
        ],
        "nav_items": [
            {"label": "今天", "href": "#", "icon": "today", "current": True, "count": 4},
            {"label": "诉求", "href": "#", "icon": "call", "count": 0},
            {"label": "小区", "href": "#", "icon": "building", "count": 0},
            {"label": "数据", "href": "#", "icon": "chart", "count": 0},
        ],
        "icons": _icons(),
    }


def _icons() -> list[str]:
    sprite = Path(__file__).resolve().parent / "static/img/icons.svg"
    return re.findall(r'<symbol id="([^"]+)"', sprite.read_text())
