"""The components as template tags: `{% load look %}`. How each is used, with examples: docs/look.md."""

from datetime import timedelta
from functools import lru_cache

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from huying.site import nav
from huying.site.markup import attrs, markup, text
from huying.site.stylesheet import bundle

register = template.Library()

# The states of a call: the word, the icon and the tone in which they are shown everywhere.
STATES = {
    "raised": (gettext_lazy("已提出"), "call", "call"),
    "accepted": (gettext_lazy("已受理"), "hand", "info"),
    "assigned": (gettext_lazy("已派单"), "send", "info"),
    "underway": (gettext_lazy("办理中"), "clock", "info"),
    "parked": (gettext_lazy("已挂账"), "parked", "warn"),
    "resolved": (gettext_lazy("已办结"), "leaf", "answer"),
    "confirmed": (gettext_lazy("已确认"), "face-good", "answer"),
    "closed": (gettext_lazy("已关闭"), "check", "quiet"),
    "merged": (gettext_lazy("已合并"), "merge", "quiet"),
    "withdrawn": (gettext_lazy("已撤回"), "return", "quiet"),
    "declined": (gettext_lazy("不予受理"), "guide", "quiet"),
    "referred": (gettext_lazy("已转介"), "guide", "quiet"),
}
STEP_ICONS = {"done": "check", "now": "clock", "next": "more", "call": "call"}
FACES = ("good", "ok", "bad")


@register.simple_tag
def style_url() -> str:
    """The address of the one style sheet."""
    return reverse("look-style", args=[bundle()[0]])


@register.simple_tag
def icon_url() -> str:
    """The address of the sprite, for modules that draw an icon of their own."""
    return static("img/icons.svg")


@lru_cache(maxsize=512)
def _picture(name: str, size: str) -> tuple[str, str]:
    """An icon before and after the place of its label."""
    classes = f"icon icon-{size}" if size else "icon"
    return f'<svg class="{text(classes)}"', f'><use href="{icon_url()}#{text(name)}"></use></svg>'


@register.simple_tag
def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """An icon of the sprite; without a label it is silent, since a word stands beside it."""
    before, after = _picture(name, size)
    spoken = f' role="img" aria-label="{text(label)}"' if label else ' aria-hidden="true"'
    return markup(before + spoken + after)


@register.simple_tag
def button(label, kind="", icon="", href="", small=False, wide=False, only_icon=False, class_="", **more) -> SafeString:
    """A button, or a link that looks like one when `href` is given; kind: call, answer, danger, quiet."""
    marks = [kind, "small" if small else "", "wide" if wide else "", "icon" if only_icon else ""]
    classes = " ".join(["button", *(f"button-{mark}" for mark in marks if mark), class_]).strip()
    if only_icon:
        more |= {"aria-label": label, "title": label}
    tag, first = ("a", {"href": href}) if href else ("button", {"type": more.pop("type", "submit")})
    picture = _icon(icon) if icon else ""
    words = "" if only_icon else f"<span>{text(label)}</span>"
    return markup(f'<{tag} class="{text(classes)}"{attrs(first)}{attrs(more)}>{picture}{words}</{tag}>')


_icon = icon


@register.simple_tag
def chip(label, icon="", tone="", solid=False, title=None) -> SafeString:
    """A word with its icon in a tone: call, answer, warn, info, or quiet."""
    classes = "chip" + (f" tone-{tone}" if tone and tone != "quiet" else "") + (" chip-solid" if solid else "")
    picture = _icon(icon) if icon else ""
    return markup(f'<span class="{text(classes)}"{attrs({"title": title})}>{picture}<span>{text(label)}</span></span>')


@register.simple_tag
def state(code: str, label: str = "") -> SafeString:
    """The state of a call as a chip."""
    word, picture, tone = STATES.get(code, (code, "info", "quiet"))
    return chip(label or word, icon=picture, tone=tone)


def spell(span: timedelta) -> str:
    """A length of time in its largest unit: minutes, hours below two days, then days."""
    minutes = max(1, round(span.total_seconds() / 60))
    if minutes < 60:
        return ngettext("%(n)s 分钟", "%(n)s 分钟", minutes) % {"n": minutes}
    hours = round(minutes / 60)
    if hours < 48:
        return ngettext("%(n)s 小时", "%(n)s 小时", hours) % {"n": hours}
    days = round(hours / 24)
    return ngettext("%(n)s 天", "%(n)s 天", days) % {"n": days}


@register.simple_tag
def deadline(due, done=None, now=None) -> SafeString:
    """When something is due, or how late it is; with `done`, whether it came in time. Nothing when there is no date."""
    if not due:
        return markup("")
    title = f"{timezone.localtime(due):%Y-%m-%d %H:%M}"
    if done:
        if done <= due:
            return chip(_("按时"), icon="check", tone="answer", title=title)
        return chip(_("晚了 %(span)s") % {"span": spell(done - due)}, icon="clock", tone="warn", title=title)
    left = due - (now or timezone.now())
    if left.total_seconds() < 0:
        return chip(_("超期 %(span)s") % {"span": spell(-left)}, icon="warning", solid=True, title=title)
    words = _("还剩 %(span)s") % {"span": spell(left)}
    return chip(words, icon="clock", tone="warn" if left < timedelta(days=1) else "quiet", title=title)


@register.simple_tag
def when(moment, now=None) -> SafeString:
    """A moment as people say it: today and yesterday by name, the year only when it is another one."""
    if not moment:
        return markup("")
    local, today = timezone.localtime(moment), timezone.localtime(now or timezone.now())
    time = f"{local:%H:%M}"
    days = (today.date() - local.date()).days
    if days == 0:
        words = _("今天 %(time)s") % {"time": time}
    elif days == 1:
        words = _("昨天 %(time)s") % {"time": time}
    elif days == -1:
        words = _("明天 %(time)s") % {"time": time}
    elif local.year == today.year:
        words = date_format(local, _("n月j日")) + " " + time
    else:
        words = date_format(local, _("Y年n月j日"))
    return markup(f'<time datetime="{local.isoformat(timespec="minutes")}">{text(words)}</time>')


@register.inclusion_tag("components/field.html")
def field(bound, label="", help=None, counter=0, side=False, **more):
    """A form field with its label, help, error and what was typed; `counter` shows how many characters are left."""
    widget = bound.field.widget
    kind = getattr(widget, "input_type", "") or type(widget).__name__.lower()
    ident = bound.id_for_label or bound.auto_id
    help = bound.help_text if help is None else help
    described = " ".join(
        [f"{ident}_help"] * bool(help) + [f"{ident}_error"] * bool(bound.errors) + [f"{ident}_count"] * bool(counter)
    )
    more = {key.rstrip("_").replace("_", "-"): value for key, value in more.items()}
    group = kind in ("radio", "checkboxmultiple") or (kind == "checkbox" and hasattr(bound.field, "choices"))
    if not group:
        more |= {"aria-describedby": described or False}
        if kind != "checkbox":
            more["class"] = "input"
        if kind == "textarea":
            # Django gives 10 to whoever said nothing.
            rows = str(widget.attrs.get("rows", 10))
            more.setdefault("rows", 5 if rows == "10" else rows)
    return {
        "bound": bound,
        "kind": "group" if group else kind,
        "ident": ident,
        "label": label or bound.label,
        "help": help,
        "described": described,
        "counter": counter,
        "side": side,
        "widget": bound if group else bound.as_widget(attrs=more),
    }


@register.inclusion_tag("components/errors.html")
def errors(form):
    """Everything that is wrong with a form, on top of it, each a link to its field."""
    listed = [
        (bound.id_for_label or bound.auto_id, bound.label, bound.errors)
        for bound in form.visible_fields()
        if bound.errors
    ]
    hidden = [error for bound in form.hidden_fields() for error in bound.errors]
    return {"listed": listed, "general": [*form.non_field_errors(), *hidden]}


@register.inclusion_tag("components/photo_field.html")
def photo_field(bound, existing=0, limit=6):
    """The picker of photos: works as a plain file input, shows previews and shrinks large photos with JavaScript."""
    return {"bound": bound, "ident": bound.auto_id, "limit": limit, "existing": existing, "help": bound.help_text}


@register.inclusion_tag("components/faces.html")
def faces(bound):
    """Three faces to choose from; the choices of the field in the order good, ok, bad, then those without a face."""
    options = [option for option in bound if str(option.data["value"])]
    described = f"{bound.auto_id}_error" if bound.errors else ""
    return {
        "bound": bound,
        "faces": list(zip(options, FACES, strict=False)),
        "rest": options[len(FACES) :],
        "described": described,
    }


@register.inclusion_tag("components/steps.html")
def steps(entries, label=""):
    """The way of a call: entries of {label, state: done|now|next, at, note, icon, face}."""
    lines = []
    for entry in entries:
        face = entry.get("face", "")
        fallback = f"face-{face or 'good'}" if "face" in entry else STEP_ICONS[entry["state"]]
        lines.append(entry | {"icon": entry.get("icon") or fallback, "is_face": "face" in entry})
    return {"lines": lines, "label": label}


@register.inclusion_tag("components/timeline.html")
def timeline(entries):
    """A history: entries of {at, label, by, note, icon, tone}, newest where the caller puts it."""
    return {"entries": entries}


@register.inclusion_tag("components/pager.html")
def pager(earlier="", later="", words=""):
    """Two links, to the page before and the page after; `words` stands between them."""
    return {"earlier": earlier, "later": later, "words": words}


@register.inclusion_tag("components/tabs.html")
def tabs(entries, label=""):
    """Tabs that are links: entries of {label, href, current, count}."""
    return {"entries": entries, "label": label}


@register.inclusion_tag("components/progress.html")
def progress(done, total, label="", left=""):
    """How far long work is; `left` in words."""
    share = 0 if not total else min(100, int(100 * done / total))
    return {"done": done, "total": total, "label": label, "left": left, "share": share}


@register.inclusion_tag("components/stat.html")
def stat(label, value=None, unit="", n=None, excluded=(), low=None, high=None, point=None, href="", note=""):
    """A figure with what it counts (`n`), what it leaves out and how sure it is (`low`, `high`, `point` from 0 to 1).

    Without a value (too few cases to give one) the interval stands in its place. `excluded`: (label, count) or
    (label, count, the list behind it).
    """
    shown = bar = None
    if low is not None and high is not None:
        shown = {"low": round(low * 100), "high": round(high * 100)}
        bar = {"x": low * 100, "width": max(1, (high - low) * 100), "point": None if point is None else point * 100}
    return {
        "label": label,
        "value": value,
        "unit": unit,
        "n": n,
        "excluded": [(*entry, "")[:3] for entry in excluded],
        "left_out": sum(entry[1] for entry in excluded),
        "interval": shown,
        "bar": bar,
        "href": href,
        "note": note,
    }


@register.inclusion_tag("components/empty.html")
def empty(title, text="", icon="leaf", action="", href=""):
    """An empty page says what will come here and how to start."""
    return {"title": title, "text": text, "icon": icon, "action": action, "href": href}


@register.inclusion_tag("components/qr.html")
def qr(code, title="", text=""):
    """A QR code (its SVG markup, made by us) with the words that say what it opens."""
    return {"code": markup(code), "title": title, "text": text}


@register.inclusion_tag("components/shortcuts.html")
def shortcuts(entries=()):
    """Help for the keyboard; `entries` of (keys, words) are added to the common ones."""
    return {"entries": entries}


@register.inclusion_tag("components/skeleton.html")
def skeleton(lines=3):
    """Grey lines while something is fetched."""
    return {"lines": range(lines)}


@register.inclusion_tag("components/rail.html", takes_context=True)
def staff_nav(context):
    """The rail of staff pages; its lines stand in huying/site/nav.py."""
    request = context.get("request")
    items = context.get("nav_items") or (nav.items(request) if hasattr(request, "actor") else [])
    later = [item for item in items if item.get("later")]
    return {
        "items": items,
        "later": later,
        "later_current": any(item["current"] for item in later),
        "later_count": sum(item["count"] or 0 for item in later),
    }


@register.inclusion_tag("components/chart.html")
def chart(option, title="", ident="chart"):
    """An ECharts chart of `option` (a dict); put a table with the same figures beside it, in the block around."""
    return {"option": option, "title": title, "ident": f"{ident}-option"}
