"""Photos of calls: refused or re-encoded, kept without EXIF, never the reason why a call is lost."""

import hashlib
import hmac
import io
import threading
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from PIL import Image

from huying.calls import actions
from huying.calls.catalogue import numbers
from huying.calls.models import Call, Photo
from huying.kernel.errors import StepRefused
from huying.kernel.scopes import Actor

# What phones and browsers send. Formats with many decoders behind them (TIFF, PSD …) are left out on purpose.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
_HEIC = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}
THUMB = 320  # pixels, the longest side
# Pillow's own alarm, for what changes its size while it is read; the policy's limit is asked before decoding.
Image.MAX_IMAGE_PIXELS = 64_000_000
# Decoding takes memory by the hundred megabytes; what comes at the same time waits.
_DECODING = threading.BoundedSemaphore(2)
_UPRIGHT = {
    2: (Image.Transpose.FLIP_LEFT_RIGHT,),
    3: (Image.Transpose.ROTATE_180,),
    4: (Image.Transpose.FLIP_TOP_BOTTOM,),
    5: (Image.Transpose.TRANSPOSE,),
    6: (Image.Transpose.ROTATE_270,),
    7: (Image.Transpose.TRANSVERSE,),
    8: (Image.Transpose.ROTATE_90,),
}

WHY = {
    "big": _("太大了，一张最多 %(megabytes)s MB。"),
    "many": _("多了，一件事最多 %(most)s 张。"),
    "heic": _("是 HEIC 格式，这里打不开。请截个图再发，或在相机设置里选“兼容性最佳”。"),
    "kind": _("不是照片，或者格式打不开。请用 JPG 或 PNG。"),
    "broken": _("没有传完整，或者文件坏了。请重新拍一张。"),
    "pixels": _("像素太多，打不开。请选小一点的。"),
}


class PhotoRefused(Exception):
    """A photo that is not taken; `code` is a key of WHY."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Taken:
    """A photo as it will be kept: JPEG bytes, a small JPEG, its size in pixels, and the digest of what was sent."""

    jpeg: bytes
    thumb: bytes
    width: int
    height: int
    digest: bytes


def why(code: str) -> str:
    """The words for a refusal, with the numbers of the policy; for an unknown code those for a broken file."""
    limits = numbers()["photos"]
    return str(WHY.get(code, WHY["broken"])) % {"megabytes": limits["megabytes"], "most": limits["most"]}


def refusals_in(request) -> list[tuple[int, str]]:
    """Which photos were not taken and why, as the address of a page says (`?photo=2.big`): (number, words)."""
    told = []
    for mark in request.GET.getlist("photo")[:12]:
        number, _dot, code = mark.partition(".")
        if number.isascii() and number.isdigit() and len(number) < 4 and code in WHY:
            told.append((int(number), why(code)))
    return told


class Quota(FileUploadHandler):
    """Lets go of a file that is too large while it arrives, and of all beyond the number; the form's words stay.

    Which were dropped, counted from 0 in the order sent, stands in `dropped` as {position: code}.
    """

    def __init__(self, request=None):
        super().__init__(request)
        limits = numbers()["photos"]
        self.most, self.limit = limits["most"], limits["megabytes"] * 1024 * 1024
        self.position, self.size = -1, 0
        self.dropped: dict[int, str] = {}

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self.position, self.size = self.position + 1, 0

    def receive_data_chunk(self, raw_data, start):
        # Not before the first piece: until then, Django's handlers still hold the file before, and would close that.
        if self.position >= self.most:
            self._drop("many")
        self.size += len(raw_data)
        if self.size > self.limit:
            self._drop("big")
        return raw_data

    def file_complete(self, file_size):
        return None

    def _drop(self, code: str):
        self.dropped[self.position] = code
        raise SkipFile


def watch(request) -> Quota:
    """Put the quota before Django's own handlers; call it before anything reads the request's POST."""
    quota = Quota(request)
    request.upload_handlers.insert(0, quota)
    return quota


def read_all(files: Iterable, dropped: dict[int, str] | None = None) -> tuple[list[Taken], dict[int, str]]:
    """Re-encode what was sent: (the good ones, {position: code} of the refused ones)."""
    refused, good = dict(dropped or {}), []
    positions = (n for n in range(10_000) if n not in refused)
    for position, file in zip(positions, files, strict=False):
        try:
            if len(good) >= numbers()["photos"]["most"]:
                raise PhotoRefused("many")
            good.append(read(file))
        except PhotoRefused as refusal:
            refused[position] = refusal.code
    return good, refused


def read(file) -> Taken:
    """Decode one photo and encode it anew: upright, at most the policy's size, nothing of its EXIF. Raises PhotoRefused."""
    limits = numbers()["photos"]
    if file.size > limits["megabytes"] * 1024 * 1024:
        raise PhotoRefused("big")
    file.seek(0)
    raw = file.read()
    with _DECODING:
        image = _decoded(raw, limits)
        image.thumbnail((limits["longest_side"], limits["longest_side"]), Image.Resampling.LANCZOS)
        jpeg, (width, height) = _jpeg(image, 82), image.size
        image.thumbnail((THUMB, THUMB), Image.Resampling.LANCZOS)
        return Taken(jpeg, _jpeg(image, 72), width, height, hashlib.sha256(raw).digest())


def _decoded(raw: bytes, limits) -> Image.Image:
    """The first frame as upright RGB, at most about the policy's size; PhotoRefused before anything large is decoded."""
    if not raw:
        raise PhotoRefused("broken")
    try:
        image = Image.open(io.BytesIO(raw), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PhotoRefused("pixels") from None
    except Exception:  # a hostile file may break the reader of its header anywhere
        raise PhotoRefused("heic" if raw[4:8] == b"ftyp" and raw[8:12] in _HEIC else "kind") from None
    width, height = image.size
    if width * height > limits["megapixels"] * 1_000_000:
        raise PhotoRefused("pixels")
    try:
        orientation = image.getexif().get(0x0112, 1)
    except Exception:  # broken EXIF says nothing about the picture
        orientation = 1
    try:
        # A JPEG is decoded at half or a quarter of its size when that is enough.
        image.draft("RGB", (limits["longest_side"], limits["longest_side"]))
        image.load()
        image = _rgb(image)
    except Exception:  # cut off, or made to break the decoder
        raise PhotoRefused("broken") from None
    for turn in _UPRIGHT.get(orientation, ()):
        image = image.transpose(turn)
    return image


def _rgb(image: Image.Image) -> Image.Image:
    """Any mode as RGB; what is transparent lies on white paper, 16 bits become 8."""
    if image.mode.startswith("I"):
        image = image.point(lambda value: value / 256).convert("L")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        paper = Image.new("RGB", layer.size, "white")
        paper.paste(layer, mask=layer.getchannel("A"))
        return paper
    return image.convert("RGB")


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    # A bare copy: nothing of what the file carried along (EXIF, comments, profiles) is written again.
    bare = Image.new("RGB", image.size)
    bare.paste(image)
    bare.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return out.getvalue()


def keep(call: Call, taken: list[Taken], *, of_answer: bool = False) -> tuple[int, int]:
    """Attach photos to a call: (how many were new, how many were beyond the number). The same photo twice is one.

    Must run in a transaction; the call's row is locked, so that two senders cannot pass the number together.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("photos are kept in the transaction of the step that brings them")
    Call.objects.select_for_update(of=("self",)).values_list("pk").get(pk=call.pk)
    there = set(call.photos.filter(of_answer=of_answer).values_list("key", flat=True))
    new = beyond = 0
    for one in taken:
        key = _key(call, one.digest, of_answer)
        if key in there:
            continue
        if len(there) >= numbers()["photos"]["most"]:
            beyond += 1
            continue
        photo = Photo(call=call, key=key, thumb=one.thumb, width=one.width, height=one.height, of_answer=of_answer)
        photo.file.save(f"{key}.jpg", ContentFile(one.jpeg), save=False)
        photo.save(force_insert=True)
        there.add(key)
        new += 1
    return new, beyond


def attach(number: int, good: list[Taken], *, by: Actor) -> None:
    """Keep the photos that came with a call that was just taken in, and let the log know."""
    if not good:
        return
    call = Call.objects.get(pk=number)
    with transaction.atomic():
        new, _beyond = keep(call, good)
        if new:
            try:
                actions.add_words(call, "", by=by, photos=new)
            except StepRefused:
                # The form was sent again after the call had ended: there is nothing left to add to.
                transaction.set_rollback(True)


def _key(call: Call, digest: bytes, of_answer: bool) -> str:
    """An unguessable name that is the same when the same photo is sent to the same call again."""
    message = f"huying.photo:{call.pk}:{of_answer:d}:".encode() + digest
    return hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).hexdigest()[:32]
