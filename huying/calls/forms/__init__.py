"""The forms of calls: what was typed is checked, and handed to an action."""
