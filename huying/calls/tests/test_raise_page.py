"""The page behind a QR code."""

import re

import pytest
from django.urls import reverse

from huying.calls.models import Call


def url(stage, at="entrance"):
    return reverse("call-raise", args=[stage.place(at).tag])


def key_of(response) -> str:
    return re.search(r'name="key" value="([^"]+)"', response.content.decode()).group(1)


def test_a_resident_raises_a_call_and_lands_on_its_page(client, stage):
    page = client.get(url(stage))
    assert page.status_code == 200 and "人民大厦小区 17栋 1单元" in page.content.decode()
    sent = client.post(url(stage), {"text": "三楼楼道灯不亮了", "key": key_of(page)})
    assert sent.status_code == 303
    received = client.get(sent["Location"])
    assert received.status_code == 200 and "收到了" in received.content.decode()
    assert Call.objects.get().text == "三楼楼道灯不亮了"


@pytest.mark.parametrize("tag", ["nowhere1", "22222222", "%00", "x" * 300])
def test_a_code_that_leads_nowhere_says_so(client, db, tag):
    response = client.get(f"/q/{tag}/")
    assert response.status_code == 404
