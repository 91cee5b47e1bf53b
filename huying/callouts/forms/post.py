"""The forms of posting and changing a call-out: one page, everything filled in, posts in a table of rows."""

import datetime as dt
import re

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from huying.callouts.actions.change import Change
from huying.callouts.actions.post import Line, Posting
from huying.callouts.catalogue import Template, numbers
from huying.callouts.choices import Body, Reach
from huying.callouts.models import Callout
from huying.directory.catalogue import skills as known_skills
from huying.kernel.errors import BadInput, Refusal
from huying.kernel.forms import Form, Words, new_key
from huying.places.models import Place

WALL = "%Y-%m-%dT%H:%M"
OWN = "own"
FEW_ROWS = forms.Textarea(attrs={"rows": 2})
DIGITS = {"inputmode": "numeric", "autocomplete": "off"}
ROW = re.compile(r"line-(\d{1,3})-")
# So many rows are read at most, whatever a program sends.
MOST_ROWS = 60
# Hours before the beginning after which nobody signs up by themselves.
CLOSES = (
    (0, _("开始时")),
    (1, _("提前 1 小时")),
    (2, _("提前 2 小时")),
    (6, _("提前 6 小时")),
    (12, _("提前 12 小时")),
)


class Moment(forms.DateTimeField):
    """A day and a time by the clock on the wall."""

    def __init__(self, **kwargs):
        super().__init__(
            required=False,
            input_formats=[WALL, "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M"],
            widget=forms.DateTimeInput(format=WALL, attrs={"type": "datetime-local"}),
            error_messages={"invalid": _("这个时间看不懂，请写成 2027-06-24 06:00 这样。")},
            **kwargs,
        )


def count(label, **kwargs) -> forms.IntegerField:
    """A whole number; what it may be, the action says in words."""
    return forms.IntegerField(
        label=label,
        required=False,
        widget=forms.TextInput(attrs=DIGITS),
        error_messages={"invalid": _("请填整数。")},
        **kwargs,
    )


class LineForm(Form):
    """One post."""

    name = Words(label=_("岗位"), needed=True, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    places = count(_("几个人"))
    duties = Words(label=_("做什么"), widget=forms.TextInput(attrs={"autocomplete": "off"}))
    starts_at = Moment(label=_("开始"))
    ends_at = Moment(label=_("结束"))
    skills = forms.MultipleChoiceField(label=_("要会什么"), required=False, widget=forms.CheckboxSelectMultiple)
    body = forms.MultipleChoiceField(
        label=_("要什么样的身体"), required=False, choices=Body.choices, widget=forms.CheckboxSelectMultiple
    )
    min_age = count(_("最小年龄"))
    max_age = count(_("最大年龄"))
    risky = forms.BooleanField(label=_("这个岗位有风险"), required=False)
    insured = forms.BooleanField(label=_("我确认：来的人都有意外险"), required=False)
    rest = forms.IntegerField(required=False, widget=forms.HiddenInput)
    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["skills"].choices = list(known_skills().items())
        self.taken = 0

    @property
    def number(self) -> str:
        """The number of the row, as its buttons name it."""
        return (self.prefix or "").removeprefix("line-")

    @property
    def more_open(self) -> bool:
        """Whether something of the folded part was refused."""
        return (
            any(self.errors.get(name) for name in ("skills", "body", "min_age", "max_age")) if self.is_bound else False
        )

    def line(self) -> Line:
        """The post as the actions take it."""
        given = self.cleaned_data
        return Line(
            name=given.get("name", ""),
            places=given.get("places"),
            duties=given.get("duties", ""),
            skills=tuple(given.get("skills", ())),
            body=tuple(given.get("body", ())),
            min_age=given.get("min_age"),
            max_age=given.get("max_age"),
            risky=bool(given.get("risky")),
            insured=bool(given.get("insured")),
            rest=min(max(given.get("rest") or 0, 0), 24 * 60),
            starts_at=given.get("starts_at"),
            ends_at=given.get("ends_at"),
            pk=given.get("pk"),
        )


class WithLines(Form):
    """A form with a table of posts below it, each row a form of its own."""

    title = Words(label=_("什么事"), needed=True, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    words = Words(label=_("说明"), widget=FEW_ROWS)
    meeting = Words(label=_("集合地点"), widget=forms.TextInput(attrs={"autocomplete": "off"}))
    risk = Words(label=_("如实说说风险"), widget=FEW_ROWS)
    private = Words(label=_("只给确认了的人看"), widget=FEW_ROWS)
    tell_all = forms.BooleanField(label=_("一次告诉范围里的所有人"), required=False)
    emergency = forms.BooleanField(label=_("紧急：夜里也告诉愿意夜里接的人"), required=False)
    lng = forms.FloatField(required=False, widget=forms.HiddenInput)
    lat = forms.FloatField(required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *, lines: list[dict] | None = None, **kwargs):
        super().__init__(data, **kwargs)
        if data is None:
            self.lines = [self.row(number, initial=one) for number, one in enumerate(lines or [])]
        else:
            seen = sorted({int(found[1]) for name in data if (found := ROW.match(name))})[:MOST_ROWS]
            self.lines = [self.row(number, data) for number in seen]

    def row(self, number: int | str, data=None, **kwargs) -> LineForm:
        """One row of the table."""
        return LineForm(data, prefix=f"line-{number}", **kwargs)

    @property
    def empty_row(self) -> LineForm:
        """What a new row is made from in the browser."""
        return self.row("NEW", initial={"places": 1})

    def is_valid(self) -> bool:
        """Whether the form and all its rows can be read."""
        return all([super().is_valid(), *[line.is_valid() for line in self.lines]])

    def change_rows(self, do: str) -> None:
        """Add a row, or take one away: without JavaScript, by the buttons of the form."""
        if do == "add" and len(self.lines) < MOST_ROWS:
            last = max((int(line.number) for line in self.lines), default=-1)
            self.lines.append(self.row(last + 1, initial={"places": 1}))
        elif do.startswith("drop-"):
            self.lines = [line for line in self.lines if line.number != do.removeprefix("drop-")]

    def refuse(self, refusal: Refusal) -> None:
        """Put the refusal's words at their fields, those of rows too; the action numbers rows as they stand."""
        self.is_valid()
        fields = getattr(refusal, "fields", None) or {}
        own = {}
        for name, words in fields.items():
            found = ROW.match(name)
            if not found or int(found[1]) >= len(self.lines):
                own[name] = words
                continue
            line, field = self.lines[int(found[1])], name[found.end() :]
            if field not in line.errors:
                line.add_error(field, words)
            line.fields[field].widget.attrs["aria-invalid"] = "true"
            self.add_error(None, gettext("第 %(n)d 个岗位：%(words)s") % {"n": int(found[1]) + 1, "words": words})
        if own or not fields:
            super().refuse(BadInput(refusal.reason, fields=own) if own else refusal)

    def unreadable(self) -> dict[str, str]:
        """What could not be read at all, by the action's names of the fields."""
        wrong = {name: str(found[0]) for name, found in self.errors.items() if name != "__all__"}
        for number, line in enumerate(self.lines):
            wrong |= {f"line-{number}-{name}": str(found[0]) for name, found in line.errors.items()}
        return wrong

    @property
    def point(self) -> tuple[float | None, float | None]:
        """The point on the map, or (None, None)."""
        lng, lat = self.cleaned_data.get("lng"), self.cleaned_data.get("lat")
        inside = lng is not None and lat is not None and -180 <= lng <= 180 and -90 <= lat <= 90
        return (lng, lat) if inside else (None, None)

    def said(self) -> dict:
        """The words and ticks that posting and changing have in common."""
        given = self.cleaned_data
        texts = {name: given.get(name, "") for name in ("title", "words", "meeting", "risk", "private")}
        lng, lat = self.point
        return texts | {"tell_all": given["tell_all"], "emergency": given["emergency"], "lng": lng, "lat": lat}


class PostForm(WithLines):
    """A new call-out."""

    when = Words(label=_("几时"), needed=True, widget=forms.RadioSelect)
    starts_at = Moment(label=_("开始"))
    ends_at = Moment(label=_("结束"))
    turn = forms.TypedChoiceField(label=_("怎么分班"), required=False, coerce=int, empty_value=0)
    close = forms.TypedChoiceField(label=_("报名几时截止"), required=False, coerce=int, empty_value=0, choices=CLOSES)
    reach = Words(label=_("谁能看到"), needed=True, widget=forms.RadioSelect)
    place = Words(label=_("在哪里"), needed=True, widget=forms.RadioSelect)
    drill = forms.BooleanField(label=_("这是演练"), required=False)
    key = Words(widget=forms.HiddenInput)
    template = Words(widget=forms.HiddenInput)

    def __init__(self, data=None, *, reaches: tuple[str, ...], template: Template | None, **kwargs):
        super().__init__(data, **kwargs)
        self.fields["when"].widget.choices = [*quick(template), (OWN, _("自己定"))]
        whole = [(0, _("不分班"))]
        self.fields["turn"].choices = [*whole, *[(n, _("%d 小时一班") % n) for n in numbers()["posting"]["turns"]]]
        self.fields["reach"].widget.choices = [(code, Reach(code).label) for code in reaches]

    @property
    def times(self) -> tuple[dt.datetime | None, dt.datetime | None]:
        """From when to when: the quick choice, or one's own."""
        start, slash, end = self.cleaned_data.get("when", "").partition("/")
        if slash:
            try:
                return timezone.make_aware(dt.datetime.strptime(start, WALL)), timezone.make_aware(
                    dt.datetime.strptime(end, WALL)
                )
            except ValueError:
                return None, None
        return self.cleaned_data.get("starts_at"), self.cleaned_data.get("ends_at")

    def posting(self, place: Place) -> Posting:
        """The call-out as the action takes it."""
        given = self.cleaned_data
        start, end = self.times
        close = None
        if start is not None:
            # What begins soon is open until it begins.
            soon = min(start, timezone.now() + dt.timedelta(minutes=15))
            close = max(start - dt.timedelta(hours=given.get("close") or 0), soon)
        return Posting(
            place=place,
            starts_at=start,
            ends_at=end,
            closes_at=close,
            # A row that was just added is still empty.
            lines=[line.line() for line in self.lines if line.is_bound],
            key=given.get("key", ""),
            reach=given.get("reach", ""),
            template=given.get("template", ""),
            turn=given.get("turn") or 0,
            drill=given.get("drill", False),
            **self.said(),
        )


class ChangeForm(WithLines):
    """A call-out that is under way; each post has its own times by now."""

    closes_at = Moment(label=_("报名截止"))
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def change(self) -> Change:
        """The call-out as it is to be."""
        lines = [line.line() for line in self.lines]
        return Change(closes_at=self.cleaned_data.get("closes_at"), lines=lines, **self.said())


def quick(template: Template | None, now: dt.datetime | None = None) -> list[tuple[str, str]]:
    """Times to choose from with one tap, as (value, words): the template's hours today, tomorrow, the day after, on Saturday."""
    local = timezone.localtime(now or timezone.now())
    begin = dt.time.fromisoformat(template.given["from"]) if template else dt.time(9)
    hours = template.given["hours"] if template else 3
    saturday = (5 - local.weekday()) % 7
    found = []
    for days in sorted({0, 1, 2, saturday}):
        start = timezone.make_aware(dt.datetime.combine(local.date() + dt.timedelta(days=days), begin))
        if start < local + dt.timedelta(minutes=20):
            continue
        end = start + dt.timedelta(hours=hours)
        found.append((f"{start:{WALL}}/{end:{WALL}}", _span(start, end, days)))
    return found


def _span(start: dt.datetime, end: dt.datetime, days: int) -> str:
    named = {0: gettext("今天"), 1: gettext("明天"), 2: gettext("后天")}
    day = named.get(days) or gettext("星期六")
    until = f"{end:%H:%M}" if end.date() == start.date() else gettext("第二天 %(time)s") % {"time": f"{end:%H:%M}"}
    return gettext("%(day)s %(start)s 到 %(end)s") % {"day": day, "start": f"{start:%H:%M}", "end": until}


def first_of(template: Template | None, reaches: tuple[str, ...]) -> tuple[dict, list[dict]]:
    """What is filled in, and the rows, when a call-out is begun from a template (or from nothing)."""
    given = template.given if template else {}
    reach = given.get("reach", "community")
    choices = quick(template)
    wanted = timezone.localdate() + dt.timedelta(days=given.get("day", 1))
    when = next((value for value, _words in choices if value.startswith(wanted.isoformat())), None)
    first = {
        "key": new_key(),
        "template": template.code if template else "",
        "reach": reach if reach in reaches else reaches[-1] if reaches else "",
        "when": when or (choices[0][0] if choices else OWN),
        "turn": given.get("turn", 0),
        "close": given.get("close", 1),
        "emergency": given.get("emergency", False),
        **{name: given.get(name, "") for name in ("title", "words", "meeting", "risk")},
    }
    rows = [{**post, "skills": list(post["skills"]), "body": list(post["body"])} for post in given.get("posts", ())]
    return first, rows or [{"places": 2}]


def first_of_change(callout: Callout) -> tuple[dict, list[dict]]:
    """What is filled in when a call-out is changed."""
    first = {name: getattr(callout, name) for name in ("title", "words", "meeting", "risk", "tell_all", "emergency")}
    first |= {name: getattr(callout, name) for name in ("lng", "lat", "closes_at", "version")}
    first["private"] = callout.private_sealed.open() if callout.private_sealed is not None else ""
    fields = ("pk", "name", "duties", "starts_at", "ends_at", "skills", "body", "min_age", "max_age", "risky", "rest")
    rows = [
        {
            **{name: getattr(one, name) for name in fields},
            "places": one.capacity,
            "insured": one.insured_at is not None,
        }
        for one in callout.shifts.order_by("starts_at", "id")
    ]
    return first, rows
