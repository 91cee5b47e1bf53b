from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CalloutsConfig(AppConfig):
    name = "huying.callouts"
    label = "callouts"
    verbose_name = _("召集")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        """Tell modes what a switch would change here, and what was missing."""
        from huying.callouts import modes
        from huying.modes import following, report

        following.foresees(modes.foresee)
        report.missing("places_empty", _("召集里没有人的位子"), modes.empty_places)
