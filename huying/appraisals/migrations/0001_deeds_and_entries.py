"""Deeds as the log tells them; appraisals and replies, which the database lets nobody change."""

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import huying.kernel.ltree

# Only what was kept long enough may go; a day of grace, since the database counts days in another zone.
REFUSE = """
CREATE FUNCTION appraisals_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.erase_on <= current_date + 1 THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
CREATE FUNCTION appraisals_refuse_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER appraisal_append_only BEFORE UPDATE OR DELETE ON appraisals_appraisal
    FOR EACH ROW EXECUTE FUNCTION appraisals_refuse_change();
CREATE TRIGGER appraisal_not_emptied BEFORE TRUNCATE ON appraisals_appraisal
    FOR EACH STATEMENT EXECUTE FUNCTION appraisals_refuse_all();
CREATE TRIGGER reply_append_only BEFORE UPDATE OR DELETE ON appraisals_appraisalreply
    FOR EACH ROW EXECUTE FUNCTION appraisals_refuse_change();
CREATE TRIGGER reply_not_emptied BEFORE TRUNCATE ON appraisals_appraisalreply
    FOR EACH STATEMENT EXECUTE FUNCTION appraisals_refuse_all();
"""
ALLOW = """
DROP TRIGGER appraisal_append_only ON appraisals_appraisal;
DROP TRIGGER appraisal_not_emptied ON appraisals_appraisal;
DROP TRIGGER reply_append_only ON appraisals_appraisalreply;
DROP TRIGGER reply_not_emptied ON appraisals_appraisalreply;
DROP FUNCTION appraisals_refuse_change();
DROP FUNCTION appraisals_refuse_all();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("directory", "0002_members_and_branches"),
        ("places", "0001_place_tree"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Appraisal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField()),
                ("project_id", models.BigIntegerField(blank=True, null=True)),
                ("level", models.CharField(blank=True, max_length=16)),
                ("words", models.TextField()),
                ("known", models.JSONField(blank=True, default=dict)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("erase_on", models.DateField()),
                ("made_up", models.BooleanField(default=False)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "corrects",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrected_by",
                        to="appraisals.appraisal",
                    ),
                ),
                (
                    "from_unit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="directory.unit",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appraisals",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="places.place",
                    ),
                ),
                (
                    "root",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="line",
                        to="appraisals.appraisal",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="appraisals",
                        to="directory.unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "评议",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="AppraisalReply",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("erase_on", models.DateField()),
                (
                    "appraisal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="replies", to="appraisals.appraisal"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "对评议的答复",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Deed",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_id", models.BigIntegerField()),
                ("family", models.CharField(max_length=8)),
                ("stage", models.CharField(max_length=10)),
                ("outcome", models.CharField(max_length=12)),
                ("at", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
                ("as_member", models.BooleanField(default=False)),
                ("subject_type", models.CharField(max_length=24)),
                ("subject_id", models.BigIntegerField()),
                ("thread", models.CharField(max_length=40)),
                ("path", huying.kernel.ltree.LTreeField(null=True)),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="places.place"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="directory.unit"
                    ),
                ),
            ],
            options={
                "verbose_name": "做过的事",
            },
        ),
        migrations.AddIndex(
            model_name="appraisal",
            index=models.Index(fields=["person", "-id"], name="appraisal_by_person"),
        ),
        migrations.AddIndex(
            model_name="appraisal",
            index=models.Index(fields=["unit", "-id"], name="appraisal_by_unit"),
        ),
        migrations.AddIndex(
            model_name="appraisal",
            index=models.Index(fields=["erase_on"], name="appraisal_to_erase"),
        ),
        migrations.AddConstraint(
            model_name="appraisal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("person__isnull", False), ("unit__isnull", True)),
                    models.Q(("person__isnull", True), ("unit__isnull", False)),
                    _connector="OR",
                ),
                name="appraisal_of_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="appraisal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("from_unit__isnull", False), ("place__isnull", True)),
                    models.Q(("from_unit__isnull", True), ("place__isnull", False)),
                    _connector="OR",
                ),
                name="appraisal_from_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="appraisal",
            constraint=models.CheckConstraint(
                condition=models.Q(("from_unit__isnull", True), ("unit__isnull", True), _connector="OR"),
                name="units_appraise_members",
            ),
        ),
        migrations.AddConstraint(
            model_name="appraisal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("person__isnull", True), models.Q(("person", models.F("by")), _negated=True), _connector="OR"
                ),
                name="nobody_appraises_themself",
            ),
        ),
        migrations.AddConstraint(
            model_name="appraisal",
            constraint=models.CheckConstraint(
                condition=models.Q(("words", ""), _negated=True), name="appraisal_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="appraisal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("corrects__isnull", True), ("root__isnull", True), models.Q(("level", ""), _negated=True)
                    ),
                    models.Q(("corrects__isnull", False), ("root__isnull", False)),
                    _connector="OR",
                ),
                name="only_a_correction_takes_back",
            ),
        ),
        migrations.AddConstraint(
            model_name="appraisal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("corrects__isnull", True)),
                fields=("place", "from_unit", "unit", "person", "year", "project_id"),
                name="appraised_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="appraisalreply",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="reply_says_something"
            ),
        ),
        migrations.AddIndex(
            model_name="deed",
            index=models.Index(fields=["unit", "at"], name="deed_by_unit"),
        ),
        migrations.AddIndex(
            model_name="deed",
            index=models.Index(fields=["person", "at"], name="deed_by_person"),
        ),
        migrations.AddIndex(
            model_name="deed",
            index=models.Index(fields=["thread"], name="deed_by_thread"),
        ),
        migrations.AddIndex(
            model_name="deed",
            index=django.contrib.postgres.indexes.GistIndex(fields=["path"], name="deed_by_place"),
        ),
        migrations.AddConstraint(
            model_name="deed",
            constraint=models.UniqueConstraint(
                fields=("event_id", "stage", "person", "unit"), name="deed_told_once", nulls_distinct=False
            ),
        ),
        migrations.RunSQL(REFUSE, ALLOW),
    ]
