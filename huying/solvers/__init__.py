"""Pure computation: dataclasses in, dataclasses out; no Django, no tables, no clock of its own."""
