"""A field for PostgreSQL's ltree: dotted paths in a tree, with lookups for what stands below and above."""

import re

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

LABEL = re.compile(r"[A-Za-z0-9_]{1,255}")


def is_path(text: object) -> bool:
    """Whether the text is a path that every PostgreSQL since 15 takes (no hyphen, no empty label)."""
    return isinstance(text, str) and all(LABEL.fullmatch(label) for label in text.split("."))


def ancestors_of(path: str) -> list[str]:
    """The paths above this one, the root first, itself left out."""
    labels = path.split(".")
    return [".".join(labels[:depth]) for depth in range(1, len(labels))]


class LTreeField(models.Field):
    """A path such as '61.6101.610115'; str in Python, ltree in PostgreSQL."""

    description = _("树中的路径")
    default_error_messages = {"invalid": _("“%(value)s”不是有效的路径。")}

    def db_type(self, connection):
        return "ltree"

    def get_internal_type(self):
        return "LTreeField"

    def to_python(self, value):
        if value is None or is_path(value):
            return value
        raise ValidationError(self.error_messages["invalid"], code="invalid", params={"value": value})

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return value if value is None else self.to_python(str(value))

    def get_placeholder(self, value, compiler, connection):
        return "%s::ltree"


class _PathLookup(models.lookups.FieldGetDbPrepValueMixin, models.Lookup):
    operator: str

    def as_sql(self, compiler, connection):
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        if self.rhs_is_direct_value():
            right = f"{right}::ltree"
        return f"{left} {self.operator} {right}", (*left_params, *right_params)


@LTreeField.register_lookup
class Within(_PathLookup):
    """`path__within='61.6101'`: at this path or below it."""

    lookup_name = "within"
    operator = "<@"


@LTreeField.register_lookup
class Ancestors(_PathLookup):
    """`path__ancestors='61.6101.610115'`: at this path or above it."""

    lookup_name = "ancestors"
    operator = "@>"


class _WithinAny(models.lookups.FieldGetDbPrepValueMixin, models.Lookup):
    """`path__within_any=[…]`: at or below one of these paths; an empty list matches nothing."""

    lookup_name = "within_any"
    get_db_prep_lookup_value_is_iterable = True
    prepare_rhs = False

    def as_sql(self, compiler, connection):
        left, left_params = self.process_lhs(compiler, connection)
        paths = [self.lhs.output_field.get_prep_value(path) for path in self.rhs]
        return f"{left} <@ ANY(%s::ltree[])", (*left_params, paths)


LTreeField.register_lookup(_WithinAny)


@LTreeField.register_lookup
class Depth(models.Transform):
    """`path__depth=3`: how many labels the path has."""

    lookup_name = "depth"
    function = "nlevel"
    output_field = models.IntegerField()


@LTreeField.register_lookup
class LastLabel(models.Transform):
    """`path__label='610115'`: the last label of the path, as text."""

    lookup_name = "label"
    template = "subpath(%(expressions)s, -1)::text"
    output_field = models.TextField()
