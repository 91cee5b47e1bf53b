"""Entries: who may appraise whom for what, corrections that keep the old, replies, refusals, and what the database refuses."""

import datetime as dt
import threading

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.utils import timezone

from huying.appraisals import actions, queries
from huying.appraisals.models import Appraisal, AppraisalReply
from huying.directory.models import Member, Unit
from huying.kernel.errors import BadInput, Forbidden, StepRefused
from huying.kernel.models import Event
from huying.notify.actions import write_messages
from huying.notify.models import Message
from huying.places.models import PlaceSuccessor

LAST = timezone.localdate().year - 1


@pytest.fixture
def said(stage, school):
    """What Gao said of the school for last year."""
    return actions.give(stage.place("community"), school, LAST, "good", "假期给孩子们开放了操场", by=stage.actor("gao"))


def kinds() -> list[str]:
    """The kinds of the events of appraisals, oldest first."""
    return list(Event.objects.filter(kind__startswith="appraisals.").order_by("id").values_list("kind", flat=True))


def test_a_community_appraises_a_unit_and_keeps_what_the_record_said(stage, school, told):
    told.wish(1, stage.persons["ding"], school, ("claimed", f"{LAST}-03-01"), ("fulfilled", f"{LAST}-03-09"))
    entry = actions.give(stage.place("community"), school, LAST, "usual", "做了一个", by=stage.actor("qin"))
    assert entry.known == {"wish-taken": 1, "wish-done": 1}
    event = Event.objects.get(kind="appraisals.given")
    assert event.facts == {"root": entry.pk, "unit": school.pk, "year": LAST}  # neither the words nor the level


def test_a_unit_appraises_its_members(stage, school):
    entry = actions.give(school, stage.persons["ding"], LAST, "words", "带学生去看老人", by=stage.actor("bai"))
    assert (entry.from_unit, entry.place, entry.person) == (school, None, stage.persons["ding"])


@pytest.mark.parametrize("who", ["lu", "zhi", "jie", "zhao", "xu", "tian", "operator"])
def test_nobody_else_appraises_for_a_community(stage, school, who):
    with pytest.raises(Forbidden):
        actions.give(stage.place("community"), school, LAST, "good", "好", by=stage.actor(who))
    assert kinds() == []


@pytest.mark.parametrize(
    ("whom", "year", "level", "words", "error", "code"),
    [
        ("gao", LAST, "good", "好", StepRefused, "oneself"),
        ("ding", LAST + 1, "good", "好", StepRefused, "not_over"),
        ("wu", LAST, "good", "好", StepRefused, "not_registered"),
        ("ding", LAST, "good", "  \n ", BadInput, "BadInput"),
        ("ding", LAST, "best", "好", BadInput, "BadInput"),
        ("ding", LAST, "", "好", BadInput, "BadInput"),
        ("ding", LAST, "good", "好" * 501, BadInput, "BadInput"),
    ],
)
def test_what_is_refused_is_said_in_words_and_leaves_no_trace(stage, school, whom, year, level, words, error, code):
    Member.objects.create(person=stage.persons["gao"], place=stage.place("community"), valid_from=dt.date(LAST, 1, 1))
    with pytest.raises(error) as refused:
        actions.give(stage.place("community"), stage.persons[whom], year, level, words, by=stage.actor("gao"))
    assert refused.value.code == code and refused.value.reason
    assert not Appraisal.objects.exists() and kinds() == []


def test_whoever_speaks_for_a_unit_does_not_appraise_it(stage, school):
    from huying.directory.models import Seat

    Seat.objects.create(person=stage.persons["gao"], unit=school)
    with pytest.raises(StepRefused) as refused:
        actions.give(stage.place("community"), school, LAST, "good", "好", by=stage.actor("gao"))
    assert refused.value.code == "oneself"


def test_a_place_that_ended_is_answered_for_by_its_successor(stage, school):
    old, new = stage.place("community"), stage.place("elsewhere")
    PlaceSuccessor.objects.create(old=old, new=new)
    type(old).objects.filter(pk=old.pk).update(valid_to=timezone.localdate())
    old.refresh_from_db()
    with pytest.raises(StepRefused) as refused:
        actions.give(old, school, LAST, "good", "好", by=stage.actor("zhao"))
    assert refused.value.code == "place_ended" and str(new) in refused.value.reason
    entry = actions.give(new, stage.persons["ding"], LAST, "good", "好", by=stage.actor("zhao"))
    assert entry.place == new and actions.give(new, school, LAST, "good", "好", by=stage.actor("zhao"))


def test_a_second_one_is_a_correction(stage, school, said):
    with pytest.raises(StepRefused) as refused:
        actions.give(stage.place("community"), school, LAST, "usual", "再写", by=stage.actor("qin"))
    assert refused.value.code == "already"


def test_a_correction_is_a_new_entry_and_the_old_one_stays(stage, school, said):
    later = actions.correct(said, "usual", "看错了年份", by=stage.actor("qin"))
    again = actions.correct(later, "", "写错了人", by=stage.actor("gao"))
    line = queries.line_of(said.pk)
    assert [(e.pk, e.level, e.words) for e in line] == [
        (said.pk, "good", "假期给孩子们开放了操场"),
        (later.pk, "usual", "看错了年份"),
        (again.pk, "", "写错了人"),
    ]
    assert list(Appraisal.objects.standing()) == [again] and not Appraisal.objects.told().exists()
    assert kinds() == ["appraisals.given", "appraisals.corrected", "appraisals.corrected"]
    with pytest.raises(StepRefused) as refused:
        actions.correct(said, "fairly", "另外的话", by=stage.actor("gao"))
    assert refused.value.code == "corrected"
    # The same tap, sent twice, is one.
    assert actions.correct(said, "usual", "看错了年份", by=stage.actor("qin")) == later


@pytest.mark.parametrize("who", ["bai", "zhao", "lu", "jie"])
def test_only_whoever_appraises_corrects(stage, school, said, who):
    with pytest.raises(Forbidden):
        actions.correct(said, "usual", "改", by=stage.actor(who))


def test_the_appraised_answers_and_nobody_for_them(stage, school, said):
    kept = actions.reply(said, "谢谢，操场周末也开", by=stage.actor("bai"), key="k" * 12)
    assert actions.reply(said, "谢谢，操场周末也开", by=stage.actor("bai"), key="k" * 12) == kept
    for who in ("gao", "ding", "zhao"):
        with pytest.raises(Forbidden):
            actions.reply(said, "我来说", by=stage.actor(who))
    with pytest.raises(BadInput):
        actions.reply(said, " ", by=stage.actor("bai"))
    assert AppraisalReply.objects.count() == 1


def test_all_who_are_concerned_are_told(stage, school, said):
    entry = actions.give(stage.place("community"), stage.persons["ding"], LAST, "good", "好", by=stage.actor("gao"))
    actions.reply(entry, "谢谢", by=stage.actor("ding"))
    actions.correct(said, "fairly", "改", by=stage.actor("qin"))
    write_messages(Event.objects.filter(kind__startswith="appraisals."))
    told = Message.objects.order_by("id").values_list("kind", "to_person__username")
    assert list(told) == [
        ("appraisals.given", "bai"),
        ("appraisals.given", "ding"),
        ("appraisals.replied", "gao"),
        ("appraisals.corrected", "bai"),
    ]


def test_who_sees_what_was_said(stage, school, said):
    entry = actions.give(school, stage.persons["ding"], LAST, "good", "好", by=stage.actor("bai"))
    sees = lambda row: {  # noqa: E731
        who for who in stage.persons if Appraisal.objects.visible_to(stage.actor(who)).filter(pk=row.pk).exists()
    }
    assert sees(said) == {"gao", "shen", "qin", "bai"}
    assert sees(entry) == {"bai", "ding"}


def test_the_database_refuses_to_change_or_delete_what_was_said(stage, school, said):
    reply = actions.reply(said, "谢谢", by=stage.actor("bai"))
    # Keys are checked at once, so that nothing else stands in the way of emptying the table.
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
    for change in (
        lambda: Appraisal.objects.filter(pk=said.pk).update(words="别的"),
        lambda: Appraisal.objects.filter(pk=said.pk).delete(),
        lambda: AppraisalReply.objects.filter(pk=reply.pk).update(text="别的"),
        lambda: AppraisalReply.objects.filter(pk=reply.pk).delete(),
        lambda: connection.cursor().execute("TRUNCATE appraisals_appraisal CASCADE"),
    ):
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
            change()
    said.refresh_from_db()
    assert said.words == "假期给孩子们开放了操场"


def test_what_was_kept_long_enough_goes_with_all_that_hangs_on_it(stage, school, said):
    gone = timezone.localdate()
    old = Appraisal.objects.create(
        person=stage.persons["ding"], place=stage.place("community"), by=stage.persons["gao"],
        year=LAST - 9, level="good", words="很久以前", erase_on=gone,
    )  # fmt: skip
    later = actions.correct(old, "usual", "更正", by=stage.actor("gao"))
    actions.reply(later, "好", by=stage.actor("ding"))
    assert actions.erase_old(gone) == 1 and actions.erase_old(gone) == 0
    assert list(Appraisal.objects.all()) == [said] and not AppraisalReply.objects.exists()
    assert kinds()[-1] == "appraisals.erased"


def test_a_quarter_is_told_once_to_units_that_were_there(stage, school):
    from huying.appraisals.rules import Period

    closed = Unit.objects.create(
        name="旧单位", kind="firm", place=stage.place("community"), verified_at=timezone.now(),
        verified_by=stage.persons["gao"], created_at=timezone.now() - dt.timedelta(days=900),
        closed_at=timezone.now() - dt.timedelta(days=800),
    )  # fmt: skip
    period = Period(LAST, 4)
    assert actions.tell_quarter(period) == 1 and actions.tell_quarter(period) == 0
    event = Event.objects.get(kind="appraisals.quarter_told")
    assert event.facts == {"unit": school.pk, "year": LAST, "quarter": 4} and closed.pk != event.subject_id
    write_messages([event])
    assert list(Message.objects.values_list("to_person__username", flat=True)) == ["bai"]


def test_after_a_project_those_who_had_a_part_in_it(stage, school, told):
    for kind, day in (("need_claimed", "03-01"), ("project_done", "03-10"), ("project_crossed_off", "03-12")):
        subject = ("need", 5) if kind == "need_claimed" else ("project", 8)
        more = {"project": 8} if kind == "need_claimed" else {"need": 5}
        facts = {"person": stage.persons["ding"].pk, "unit": school.pk} | more
        told.event(f"reportin.{kind}", subject, f"{LAST + 1}-{day}", **facts)
    told.fold()
    give = lambda whom, project: actions.give(  # noqa: E731
        stage.place("community"), whom, LAST + 1, "good", "好", by=stage.actor("gao"), project=project
    )
    assert give(school, 8).known == {"need-taken": 1, "need-done": 1, "need-confirmed": 1}
    for whom, project, code in ((stage.persons["fan"], 8, "not_part"), (school, 9, "not_over"), (school, 8, "already")):
        with pytest.raises(StepRefused) as refused:
            give(whom, project)
        assert refused.value.code == code


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same_tap", [True, False])
def test_two_at_once_are_one(stage, school, same_tap):
    """Two workers, or one finger twice: one entry, and nobody meets an error of the machine."""
    start, ends = threading.Barrier(4), []

    def one(who: str) -> None:
        try:
            start.wait()
            key = "k" * 12 if same_tap else ""
            give = actions.give(stage.place("community"), school, LAST, "good", "好", by=stage.actor(who), key=key)
            ends.append(give.pk)
        except StepRefused as refused:
            ends.append(refused.code)
        finally:
            connection.close()

    cast = ["gao"] * 4 if same_tap else ["gao", "shen", "qin", "gao"]
    threads = [threading.Thread(target=one, args=[who]) for who in cast]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entry = Appraisal.objects.get()
    expected = [entry.pk] * 4 if same_tap else [entry.pk, *["already"] * 3]
    assert sorted(map(str, ends)) == sorted(map(str, expected))
    assert Event.objects.filter(kind="appraisals.given").count() == 1


def test_no_quota_and_no_count_of_levels_exists():
    """Levels are words: nothing in the package sums them, compares them or holds a share of them."""
    from pathlib import Path

    import huying.appraisals

    for path in Path(huying.appraisals.__path__[0]).glob("**/*.py"):
        if "tests" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        for word in ("quota", "Avg(", "annotate(Count", 'order_by("level', 'order_by("-level', 'Count("level'):
            assert word not in text, f"{path.name}: {word}"
