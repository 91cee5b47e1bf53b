"""The letters of the steps, for the help on the keyboard."""

from django import template
from django.utils.translation import gettext as _

from huying.calls.fitting import KEYS
from huying.calls.workflow import CALL

register = template.Library()


@register.simple_tag
def step_keys() -> list[tuple[str, str]]:
    """(letter, what it does) for each letter; two steps that never stand together may share one."""
    found: dict[str, list[str]] = {}
    for name, letter in KEYS.items():
        label = str(CALL[name].label)
        if label not in found.setdefault(letter, []):
            found[letter].append(label)
    words = _("、")
    return [("Enter", _("打开")), *((letter, words.join(labels)) for letter, labels in sorted(found.items()))]
