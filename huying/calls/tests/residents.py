"""What the tests of residents' pages share: sending, reading, pictures."""

import html
import io
import re

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

KEY = "0123456789abcdef"


def raise_url(stage, at="entrance") -> str:
    return reverse("call-raise", args=[stage.place(at).tag])


def send(client, stage, text="三楼楼道灯不亮了", at="entrance", **more):
    """Send the form of a place."""
    return client.post(raise_url(stage, at), {"text": text, "key": KEY} | more)


def follow_url(call) -> str:
    return reverse("call-follow", args=[call.secret])


def do(client, call, step: str, **given):
    """Take a step on the page that follows a call."""
    return client.post(reverse("call-follow-act", args=[call.secret, step]), given)


def words(response) -> str:
    """The page as a person reads its characters."""
    return html.unescape(response.content.decode())


def value(response, name: str) -> str:
    """The value of the first field of that name."""
    return re.search(rf'name="{name}" value="([^"]*)"', response.content.decode()).group(1)


def photo(size=(40, 30), name="a.jpg") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


def no_photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("b.jpg", b"not a picture", "image/jpeg")
