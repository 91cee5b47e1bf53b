"""Components that hold others: `{% load blocks %}`, then `{% card … %}…{% endcard %}`."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from huying.site.templatetags.look import _attrs
from huying.site.templatetags.look import icon as draw

register = template.Library()


@register.simple_block_tag
def card(content, title="", icon="", tone="", level=2, **attrs) -> SafeString:
    """A card; tone: call, answer, warn, quiet."""
    head = ""
    if title:
        picture = draw(icon) if icon else ""
        head = format_html('<div class="card-head"><h{0}>{1}{2}</h{0}></div>', level, picture, title)
    classes = f"card card-{tone}" if tone else "card"
    return format_html('<section class="{}"{}>{}{}</section>', classes, _attrs(attrs), head, content)


@register.simple_block_tag
def note(content, tone="info", icon="") -> SafeString:
    """A remark that must be seen: info, answer, warn or call."""
    picture = draw(icon or {"answer": "leaf", "warn": "warning", "call": "warning"}.get(tone, "info"))
    return format_html('<div class="note tone-{}">{}<div>{}</div></div>', tone, picture, content)


@register.simple_block_tag
def confirm(content, label, icon="", kind="", open=False, **attrs) -> SafeString:
    """A button that first unfolds what it would do; the content holds the words and the form that does it."""
    classes = f"button button-{kind}" if kind else "button"
    return format_html(
        '<details class="confirm"{}{}><summary class="{}">{}<span>{}</span></summary>'
        '<div class="confirm-body">{}</div></details>',
        " open" if open else "",
        _attrs(attrs),
        classes,
        draw(icon) if icon else "",
        label,
        content,
    )


@register.simple_block_tag
def more(content, label, open=False) -> SafeString:
    """What only some want to read, folded."""
    return format_html(
        '<details class="more"{}><summary>{}<span>{}</span></summary>{}</details>',
        " open" if open else "",
        draw("chevron-right", size="s"),
        label,
        content,
    )


@register.simple_block_tag
def row(content, href, title, overdue=False, current=False, act="", pick="", **attrs) -> SafeString:
    """A row of a list: the title is its link, the content its line of chips; `act` is the one button that fits.

    `pick` is the value of a check box for bulk actions (name `pick`). Further keywords (hx_get, …) go to the link.
    """
    if current:
        attrs["aria-current"] = "true"
    box = ""
    if pick:
        box = format_html(
            '<label class="row-pick"><span class="sr">{}</span><input type="checkbox" name="pick" value="{}"></label>',
            title,
            pick,
        )
    return format_html(
        '<div class="row{}" data-row>{}<div class="row-body"><a class="row-title" href="{}"{}>{}</a>'
        '<div class="row-meta">{}</div></div><div class="row-act">{}</div></div>',
        " row-overdue" if overdue else "",
        box,
        href,
        _attrs(attrs),
        title,
        content,
        act,
    )


@register.simple_block_tag
def quote(content, by="", answer=False) -> SafeString:
    """What was said, as it was said: a call, or with `answer` the answer to it."""
    foot = format_html("<footer>{}</footer>", by) if by else ""
    kind = " quote-answer" if answer else ""
    words = mark_safe(content.strip())  # noqa: S308 (rendered by the template engine, which has escaped it)
    return format_html('<blockquote class="quote{}">{}{}</blockquote>', kind, words, foot)
