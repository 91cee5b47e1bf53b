"""Translations: what is asked is found, what is translated is kept, and nothing lacks its English."""

import pytest

from huying.site import messages

PACKAGES = sorted(path.parent.name for path in messages.PACKAGES.glob("*/apps.py"))


@pytest.fixture
def package(tmp_path, monkeypatch):
    monkeypatch.setattr(messages, "PACKAGES", tmp_path)
    folder = tmp_path / "toy"
    (folder / "templates/toy").mkdir(parents=True)
    (folder / "tests").mkdir()
    (folder / "words.py").write_text(
        "from django.utils.translation import gettext as _, ngettext, pgettext_lazy\n"
        'a = _("楼道灯")\nb = ngettext("%(n)d 件", "%(n)d 件", 2)\nc = pgettext_lazy("月份", "三")\n'
    )
    (folder / "tests/test_words.py").write_text('_("只在测试里")\n')
    (folder / "templates/toy/page.html").write_text(
        "{% load i18n %}<p title=\"{% translate '标题' %}\">它's</p>\n"
        "{% blocktranslate count n=rows|length trimmed %}\n  {{ n }} 户\n{% plural %}\n  {{ n }} 户\n"
        '{% endblocktranslate %}\n{% include "x.html" with label=_("参数里的字") %}'
    )
    return folder


def test_words_of_code_and_templates_are_found_but_not_those_of_tests(package):
    change = messages.update(package)
    assert set(change.added) == {"楼道灯", "%(n)d 件", "三 [月份]", "标题", "%(n)s 户", "参数里的字"}
    assert set(change.untranslated) == set(change.added)


def test_a_second_run_keeps_the_english_and_drops_what_is_no_longer_asked(package):
    messages.update(package)
    po = package / "locale/en/LC_MESSAGES/django.po"
    po.write_text(po.read_text().replace('msgid "楼道灯"\nmsgstr ""', 'msgid "楼道灯"\nmsgstr "stairwell light"'))
    (package / "templates/toy/page.html").unlink()
    change = messages.update(package)
    assert "楼道灯" not in change.untranslated
    assert "标题" in change.removed
    assert '"stairwell light"' in po.read_text()
    before = po.read_bytes()
    messages.update(package)
    assert po.read_bytes() == before


def test_a_catalogue_is_compiled_when_it_changed(package):
    messages.update(package)
    assert messages.compile_all() == 1
    assert messages.compile_all() == 0
    assert (package / "locale/en/LC_MESSAGES/django.mo").exists()


@pytest.mark.parametrize("name", PACKAGES)
def test_nothing_lacks_its_english(name):
    """`make messages` collects; then write the English into the package's django.po."""
    change = messages.update(messages.PACKAGES / name, write=False)
    if change is not None:
        assert change.untranslated == []
        assert change.added == [], "run: make messages"


@pytest.mark.parametrize("name", PACKAGES)
def test_no_english_says_the_same_twice(name):
    """Merged by hand, a sentence over several lines can end up behind itself."""
    said = []
    for po in (messages.PACKAGES / name).glob("locale/en/LC_MESSAGES/django.po"):
        for message in messages._read(po):
            for words in [message.string] if isinstance(message.string, str) else message.string:
                if message.id and len(words) > 80 and words.count(words[:40]) > 1:
                    said.append(words)
    assert not said
