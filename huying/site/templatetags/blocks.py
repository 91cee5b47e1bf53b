"""Components that hold others: `{% load blocks %}`, then `{% card … %}…{% endcard %}`.

Their content comes rendered, hence escaped, from the template engine.
"""

from django import template
from django.utils.safestring import SafeString

from huying.site.markup import attrs, markup, text
from huying.site.templatetags.look import icon as draw

register = template.Library()


@register.simple_block_tag
def card(content, title="", icon="", tone="", level=2, **more) -> SafeString:
    """A card; tone: call, answer, warn, quiet."""
    picture = draw(icon) if icon else ""
    head = f'<div class="card-head"><h{level}>{picture}{text(title)}</h{level}></div>' if title else ""
    classes = f"card card-{tone}" if tone else "card"
    return markup(f'<section class="{text(classes)}"{attrs(more)}>{head}{content}</section>')


@register.simple_block_tag
def note(content, tone="info", icon="") -> SafeString:
    """A remark that must be seen: info, answer, warn or call."""
    picture = draw(icon or {"answer": "leaf", "warn": "warning", "call": "warning"}.get(tone, "info"))
    return markup(f'<div class="note tone-{text(tone)}">{picture}<div>{content}</div></div>')


@register.simple_block_tag
def confirm(content, label, icon="", kind="", open=False, **more) -> SafeString:
    """A button that first unfolds what it would do; the content holds the words and the form that does it."""
    classes = f"button button-{kind}" if kind else "button"
    picture = draw(icon) if icon else ""
    return markup(
        f'<details class="confirm"{attrs({"open": bool(open)} | more)}><summary class="{text(classes)}">{picture}'
        f'<span>{text(label)}</span></summary><div class="confirm-body">{content}</div></details>'
    )


@register.simple_block_tag
def more(content, label, open=False) -> SafeString:
    """What only some want to read, folded."""
    picture = draw("chevron-right", size="s")
    return markup(
        f'<details class="more"{attrs({"open": bool(open)})}><summary>{picture}<span>{text(label)}</span></summary>'
        f"{content}</details>"
    )


@register.simple_block_tag
def row(content, href, title, overdue=False, current=False, act="", pick="", **more) -> SafeString:
    """A row of a list: the title is its link, the content its line of chips; `act` is the one button that fits.

    `pick` is the value of a check box for bulk actions (name `pick`). Further keywords (hx_get, …) go to the link.
    """
    link = attrs({"href": href} | more | ({"aria-current": "true"} if current else {}))
    box = ""
    if pick:
        box = (
            f'<label class="row-pick"><span class="sr">{text(title)}</span>'
            f'<input type="checkbox" name="pick" value="{text(pick)}"></label>'
        )
    return markup(
        f'<div class="row{" row-overdue" if overdue else ""}" data-row>{box}<div class="row-body">'
        f'<a class="row-title"{link}>{text(title)}</a><div class="row-meta">{content}</div></div>'
        f'<div class="row-act">{text(act)}</div></div>'
    )


@register.simple_block_tag
def quote(content, by="", answer=False) -> SafeString:
    """What was said, as it was said: a call, or with `answer` the answer to it."""
    foot = f"<footer>{text(by)}</footer>" if by else ""
    kind = " quote-answer" if answer else ""
    return markup(f'<blockquote class="quote{kind}">{content.strip()}{foot}</blockquote>')
