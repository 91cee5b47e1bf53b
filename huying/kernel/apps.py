from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from huying.kernel import forms  # noqa: F401  (says what fields say when they are left empty)


class KernelConfig(AppConfig):
    name = "huying.kernel"
    label = "kernel"
    verbose_name = _("内核")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        # Imported for their system checks and their periodic jobs.
        from huying.kernel import gate, policy, progress  # noqa: F401

        autodiscover_modules("jobs", "listeners")
