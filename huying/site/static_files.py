"""Static files: hashed names, and the few files that pages use of each npm package."""

from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import AppDirectoriesFinder, BaseFinder
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files.storage import FileSystemStorage

# Name under /static/ -> file under node_modules. Only what pages use is served.
VENDOR = {
    "vendor/htmx/htmx.min.js": "htmx.org/dist/htmx.min.js",
    "vendor/echarts/echarts.min.js": "echarts/dist/echarts.min.js",
}


class HashedStorage(ManifestStaticFilesStorage):
    """Names with a hash of the content, also inside ES modules that import each other."""

    support_js_module_import_aggregation = True


class OwnFinder(AppDirectoriesFinder):
    """The static files of our own packages and of allauth's passkeys; what other libraries bring is not used."""

    def __init__(self, *_args, **_kwargs):
        super().__init__(app_names=[app for app in settings.INSTALLED_APPS if app.startswith(("huying.", "allauth"))])


class _NodeStorage(FileSystemStorage):
    """Serves a vendor name from its place in node_modules."""

    def path(self, name):
        return str(settings.NODE_MODULES / VENDOR[name])


class VendorFinder(BaseFinder):
    """Finds the files of VENDOR."""

    storage = _NodeStorage()

    def check(self, **_kwargs):
        return []

    def find(self, path, find_all=False, **_kwargs):
        found = [str(settings.NODE_MODULES / VENDOR[path])] if path in VENDOR else []
        found = [name for name in found if Path(name).is_file()]
        return found if find_all else next(iter(found), [])

    def list(self, _ignore_patterns):
        for name, source in VENDOR.items():
            if (settings.NODE_MODULES / source).is_file():
                yield name, self.storage


def missing_vendor() -> list[str]:
    """Files of VENDOR that node_modules lacks."""
    return [source for source in VENDOR.values() if not (settings.NODE_MODULES / source).is_file()]
