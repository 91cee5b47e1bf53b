"""Every answer says what a browser may load, whatever the answer is."""

import gzip

import pytest


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/healthz", "/nowhere/", "/today/", "/api/v1/calls"])
def test_nothing_but_our_own_is_loaded_and_nothing_inline_is_run(client, path):
    policy = client.get(path).headers["Content-Security-Policy"]
    assert "default-src 'self'; script-src 'self'; style-src 'self'" in policy
    assert "object-src 'none'; frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "nonce" not in policy


def test_pages_are_small_on_a_phones_line(client, db):
    plain = client.get("/")
    packed = client.get("/", headers={"accept-encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(plain.content) / 2
    assert gzip.decompress(packed.content)[:15] == plain.content[:15]
