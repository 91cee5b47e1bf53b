"""What reached us later, minutes that stay when the times are erased, questions of hours; corrections that nobody changes."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

# A correction goes only together with the exact times that it speaks of.
REFUSE = """
CREATE FUNCTION callouts_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT 1 FROM callouts_attendance WHERE id = OLD.attendance_id AND in_at IS NULL
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER correction_append_only BEFORE UPDATE OR DELETE ON callouts_correction
    FOR EACH ROW EXECUTE FUNCTION callouts_refuse_change();
"""
ALLOW = """
DROP TRIGGER correction_append_only ON callouts_correction;
DROP FUNCTION callouts_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("callouts", "0001_callouts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Question",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("words", models.CharField(max_length=200, verbose_name="哪里不对")),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("answer", models.CharField(blank=True, max_length=200, verbose_name="答复")),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "时长异议",
                "ordering": ["id"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="attendance",
            name="attendance_shown_before_it_counts",
        ),
        migrations.AddField(
            model_name="attendance",
            name="in_sent_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="attendance",
            name="minutes",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="attendance",
            name="out_sent_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="attendance",
            name="how_in",
            field=models.CharField(
                blank=True, choices=[("code", "扫码"), ("list", "名单"), ("end", "按结束时间")], max_length=4
            ),
        ),
        migrations.AlterField(
            model_name="attendance",
            name="in_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="签到"),
        ),
        migrations.AddIndex(
            model_name="attendance",
            index=models.Index(
                condition=models.Q(("in_at__isnull", False), ("out_at__isnull", True)),
                fields=["signup"],
                name="attendance_without_an_end",
            ),
        ),
        migrations.AddConstraint(
            model_name="attendance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("how_in__in", ["code", "list", "end"]), ("in_at__isnull", False), ("minutes__isnull", True)
                    ),
                    models.Q(("how_in", ""), ("in_at__isnull", True), ("minutes__isnull", False)),
                    _connector="OR",
                ),
                name="attendance_of_times_or_minutes",
            ),
        ),
        migrations.AddConstraint(
            model_name="attendance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("counted_at__isnull", True),
                    models.Q(
                        ("shown_until__isnull", False),
                        models.Q(("out_at__isnull", False), ("in_at__isnull", True), _connector="OR"),
                    ),
                    _connector="OR",
                ),
                name="attendance_shown_before_it_counts",
            ),
        ),
        migrations.AddField(
            model_name="question",
            name="answered_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="question",
            name="attendance",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="questions", to="callouts.attendance"
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.UniqueConstraint(
                condition=models.Q(("answered_at__isnull", True)),
                fields=("attendance",),
                name="one_open_question_of_hours",
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.CheckConstraint(
                condition=models.Q(("words", ""), _negated=True), name="question_says_what"
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answer", ""), ("answered_at__isnull", True), ("answered_by__isnull", True)),
                    models.Q(
                        ("answered_at__isnull", False),
                        ("answered_by__isnull", False),
                        models.Q(("answer", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="question_answered_by_somebody",
            ),
        ),
        migrations.RunSQL(REFUSE, ALLOW),
    ]
