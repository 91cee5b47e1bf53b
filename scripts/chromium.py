"""A Chromium for the tests: one that is installed, else Debian's package, else Playwright's own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Without Chinese letters every picture of a page would be boxes.
PACKAGES = ("chromium", "fonts-noto-cjk")


def find() -> str | None:
    """Path of an installed Chromium: HUYING_CHROMIUM, else the first that is on PATH."""
    given = os.environ.get("HUYING_CHROMIUM")
    if given and Path(given).exists():
        return given
    return next((path for path in map(shutil.which, NAMES) if path), None)


def ensure() -> str | None:
    """Path of a Chromium, installed if need be; None when there is no way."""
    return find() or _from_debian() or _from_playwright()


def _quietly(*command: str) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, env=environment, stdout=subprocess.DEVNULL).returncode == 0


def _from_debian() -> str | None:
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        prefix: list[str] = []
    elif shutil.which("sudo") and _quietly("sudo", "-n", "true"):
        prefix = ["sudo", "-n"]
    else:
        return None
    print("Installing Debian's chromium and Chinese fonts …", file=sys.stderr)
    _quietly(*prefix, "apt-get", "-q", "update")
    _quietly(*prefix, "apt-get", "-qy", "install", "--no-install-recommends", *PACKAGES)
    return find()


def _from_playwright() -> str | None:
    print("Installing Playwright's own Chromium …", file=sys.stderr)
    if not _quietly(sys.executable, "-m", "playwright", "install", "chromium"):
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


if __name__ == "__main__":
    print(ensure() or "")
