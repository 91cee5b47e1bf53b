"""Photos: what is taken, what is refused, what is left of a photo when it is kept."""

import io
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from PIL import Image

from huying.calls import photos
from huying.calls.models import Photo


def picture(size=(1200, 800), kind="JPEG", mode="RGB", color="red", **more) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, color).save(out, kind, **more)
    return out.getvalue()


def sent(content: bytes, name="a.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/jpeg")


def png_claiming(width: int, height: int) -> bytes:
    """A PNG whose header promises a huge picture, with next to nothing behind it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def with_exif(orientation: int) -> bytes:
    image = Image.new("RGB", (400, 200), "blue")
    image.paste("yellow", (0, 0, 100, 100))  # a mark in the upper left as stored
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "SecretPhone"
    exif.get_ifd(0x8825)[2] = (34.0, 16.0, 12.5)
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif, comment=b"home address")
    return out.getvalue()


def test_a_photo_becomes_a_jpeg_of_at_most_2048_pixels_with_a_small_one_beside_it():
    taken = photos.read(sent(picture((4000, 3000))))
    image = Image.open(io.BytesIO(taken.jpeg))
    assert image.format == "JPEG" and image.size == (2048, 1536) == (taken.width, taken.height)
    assert max(Image.open(io.BytesIO(taken.thumb)).size) == photos.THUMB


@pytest.mark.parametrize(
    ("orientation", "size", "mark"),
    [(1, (400, 200), (20, 20)), (3, (400, 200), (380, 180)), (6, (200, 400), (180, 20)), (8, (200, 400), (20, 380))],
)
def test_a_photo_stands_upright_and_says_nothing_of_where_it_was_taken(orientation, size, mark):
    taken = photos.read(sent(with_exif(orientation)))
    image = Image.open(io.BytesIO(taken.jpeg))
    assert image.size == size
    red, green, blue = image.getpixel(mark)
    assert red > 200 and green > 200 and blue < 80
    assert not image.getexif() and "comment" not in image.info
    for secret in (b"SecretPhone", b"Exif", b"home address"):
        assert secret not in taken.jpeg and secret not in taken.thumb


@pytest.mark.parametrize(
    ("kind", "mode", "color"),
    [("PNG", "RGBA", (255, 0, 0, 0)), ("PNG", "P", 1), ("PNG", "LA", (9, 0)), ("PNG", "I;16", 300), ("PNG", "1", 1),
     ("JPEG", "CMYK", (0, 0, 0, 0)), ("JPEG", "L", 200), ("WEBP", "RGB", "red"), ("BMP", "RGB", "red"),
     ("GIF", "P", 3)],
)  # fmt: skip
def test_every_common_kind_of_picture_is_taken(kind, mode, color):
    taken = photos.read(sent(picture((64, 48), kind, mode, color)))
    assert (taken.width, taken.height) == (64, 48)


def test_what_is_transparent_lies_on_white():
    taken = photos.read(sent(picture((64, 48), "PNG", "RGBA", (255, 0, 0, 0))))
    assert min(Image.open(io.BytesIO(taken.jpeg)).getpixel((5, 5))) > 245


def test_of_an_animation_the_first_frame_is_taken():
    out = io.BytesIO()
    frames = [Image.new("RGB", (50, 50), color) for color in ("red", "lime", "blue")]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=50)
    taken = photos.read(sent(out.getvalue(), "a.gif"))
    red, green, blue = Image.open(io.BytesIO(taken.jpeg)).getpixel((25, 25))
    assert red > 200 and green < 60 and blue < 60


HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x00" * 200


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "broken"),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "kind"),
        (b"MZ\x90\x00" + b"\x00" * 100, "kind"),
        (b"%PDF-1.7\n", "kind"),
        (HEIC, "heic"),
        (picture()[:900], "broken"),
        (picture(kind="PNG", color="blue")[:-900], "broken"),
        (b"\xff\xd8\xff\xe0" + b"\x00" * 50, "kind"),
        (png_claiming(50_000, 50_000), "pixels"),
        (png_claiming(9000, 9000), "pixels"),
        (png_claiming(7_500, 7_000), "pixels"),
        (png_claiming(3000, 2000), "broken"),
        (picture(kind="TIFF"), "kind"),
    ],
)
def test_a_hostile_or_broken_file_is_refused_with_its_reason(content, code):
    with pytest.raises(photos.PhotoRefused) as refused:
        photos.read(sent(content))
    assert refused.value.code == code
    assert len(photos.why(code)) > 5


def test_a_picture_with_the_wrong_ending_is_taken_for_what_it_is():
    assert photos.read(sent(picture((30, 20), "PNG"), "liar.heic")).width == 30


def test_a_bomb_is_refused_before_it_is_decoded(monkeypatch):
    def decode(self):
        raise AssertionError("decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decode)
    with pytest.raises(photos.PhotoRefused):
        photos.read(sent(png_claiming(30_000, 30_000)))


def test_one_bad_photo_does_not_take_the_others_with_it():
    good, refused = photos.read_all([sent(picture((30, 20))), sent(b"no"), sent(picture((20, 30)))])
    assert len(good) == 2 and refused == {1: "kind"}


def test_positions_count_what_was_dropped_while_it_arrived():
    good, refused = photos.read_all([sent(picture((30, 20))), sent(b"no")], {0: "big", 2: "big"})
    assert len(good) == 1 and refused == {0: "big", 2: "big", 3: "kind"}


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def keep(call, *contents, **more):
    taken = [photos.read(sent(content)) for content in contents]
    with transaction.atomic():
        return photos.keep(call, taken, **more)


def test_a_photo_lies_under_a_name_that_says_nothing(raise_one, media):
    call = raise_one()
    assert keep(call, picture((30, 20))) == (1, 0)
    photo = Photo.objects.get()
    assert str(call.pk) not in photo.file.name.split("/") and len(photo.key) == 32
    assert (media / photo.file.name).read_bytes().startswith(b"\xff\xd8")


def test_the_same_photo_twice_is_kept_once(raise_one, media):
    call = raise_one()
    content = picture((30, 20))
    assert keep(call, content, content) == (1, 0)
    assert keep(call, content) == (0, 0)
    assert Photo.objects.count() == 1


def test_a_call_has_six_photos_and_no_more(raise_one, media):
    call = raise_one()
    assert keep(call, *(picture((30 + n, 20)) for n in range(8))) == (6, 2)
    assert keep(call, picture((90, 90))) == (0, 1)
    assert keep(call, picture((90, 90)), of_answer=True) == (1, 0)
