"""How people get in: allauth, told that accounts are given and not taken, and that nobody needs an email."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Logins are made by whoever appoints; residents need none."""

    def is_open_for_signup(self, request) -> bool:
        """Closed: a login comes with a post."""
        return False
