"""Modes by time, one a place; households with their consent; reports that nobody changes."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.comparison
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import huying.kernel.ltree
import huying.kernel.sealed
import huying.people.rules

REFUSE = """
CREATE FUNCTION modes_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER report_append_only BEFORE UPDATE OR DELETE ON modes_report
    FOR EACH ROW EXECUTE FUNCTION modes_refuse_change();
CREATE TRIGGER report_not_emptied BEFORE TRUNCATE ON modes_report
    FOR EACH STATEMENT EXECUTE FUNCTION modes_refuse_change();
"""
ALLOW = """
DROP TRIGGER report_append_only ON modes_report;
DROP TRIGGER report_not_emptied ON modes_report;
DROP FUNCTION modes_refuse_change();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("places", "0001_place_tree"),
        ("kernel", "0002_event_log"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Mode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("new", "还没开启"), ("on", "开启中"), ("ended", "已结束"), ("expired", "已到期结束")],
                        default="new",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=0)),
                ("key", models.CharField(max_length=64, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("emergency", "应急"), ("drill", "演练")], max_length=10, verbose_name="性质"
                    ),
                ),
                (
                    "level",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "一级（红色）"), (2, "二级（橙色）"), (3, "三级（黄色）"), (4, "四级（蓝色）")],
                        verbose_name="级别",
                    ),
                ),
                ("level_since", models.DateTimeField()),
                ("path", huying.kernel.ltree.LTreeField(editable=False)),
                ("authority", models.CharField(max_length=120, verbose_name="谁决定的、文号")),
                ("reason", models.CharField(max_length=300, verbose_name="为什么")),
                ("starts_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(verbose_name="到什么时候")),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_why", models.CharField(blank=True, max_length=300)),
                ("made_up", models.BooleanField(default=False)),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="places.place",
                        verbose_name="范围",
                    ),
                ),
                (
                    "switched_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "平急模式",
            },
        ),
        migrations.CreateModel(
            name="PriorityHousehold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", huying.kernel.ltree.LTreeField(editable=False)),
                ("key", models.CharField(max_length=64, unique=True)),
                (
                    "needs",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=16), size=None, verbose_name="需要什么"
                    ),
                ),
                ("name_sealed", huying.kernel.sealed.SealedTextField(blank=True, null=True)),
                ("phone_sealed", huying.kernel.sealed.SealedTextField(blank=True, null=True)),
                ("words_sealed", huying.kernel.sealed.SealedTextField(blank=True, null=True)),
                (
                    "how",
                    models.CharField(
                        choices=[("page", "在页面上"), ("spoken", "当面口头"), ("paper", "书面"), ("phone", "电话里")],
                        max_length=8,
                        verbose_name="怎么同意的",
                    ),
                ),
                ("drills", models.BooleanField(default=False, verbose_name="演练时也可以用")),
                ("given_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("until", models.DateField(verbose_name="到什么时候")),
                ("erase_on", models.DateField()),
                ("made_up", models.BooleanField(default=False)),
                (
                    "community",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.place"),
                ),
                (
                    "mode",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="households",
                        to="modes.mode",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="places.place",
                        verbose_name="哪一户",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "重点户",
            },
        ),
        migrations.CreateModel(
            name="HouseholdLook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            (huying.people.rules.Role["BUILDING_HEAD"], "楼栋长"),
                            (huying.people.rules.Role["COMPOUND_SECRETARY"], "小区党支部书记"),
                            (huying.people.rules.Role["COMMUNITY_WORKER"], "社区工作者"),
                            (huying.people.rules.Role["COMMUNITY_SECRETARY"], "社区书记"),
                            (huying.people.rules.Role["STREET_STAFF"], "街道工作人员"),
                            (huying.people.rules.Role["DISTRICT_STAFF"], "区工作人员"),
                            (huying.people.rules.Role["CITY_STAFF"], "市工作人员"),
                            (huying.people.rules.Role["VOLUNTEER"], "志愿者"),
                            (huying.people.rules.Role["OPERATOR"], "系统管理员"),
                        ],
                        max_length=24,
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("reason", models.CharField(blank=True, max_length=200)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "mode",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="modes.mode",
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="looks", to="modes.priorityhousehold"
                    ),
                ),
            ],
            options={
                "verbose_name": "查看重点户的记录",
            },
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("figures", models.JSONField()),
                (
                    "mode",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reports", to="modes.mode"
                    ),
                ),
            ],
            options={
                "verbose_name": "事后报告",
            },
        ),
        migrations.AddIndex(
            model_name="mode",
            index=django.contrib.postgres.indexes.GistIndex(
                condition=models.Q(("state", "on")), fields=["path"], name="mode_on_by_path"
            ),
        ),
        migrations.AddIndex(
            model_name="mode",
            index=models.Index(condition=models.Q(("state", "on")), fields=["expires_at"], name="mode_on_by_expiry"),
        ),
        migrations.AddIndex(
            model_name="mode",
            index=models.Index(fields=["place", "-id"], name="mode_by_place"),
        ),
        migrations.AddConstraint(
            model_name="mode",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("place", "="),
                    (
                        models.Func(
                            models.F("starts_at"),
                            django.db.models.functions.comparison.Coalesce(
                                models.F("ended_at"), models.F("expires_at")
                            ),
                            function="tstzrange",
                            output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="one_mode_at_a_place_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="mode",
            constraint=models.CheckConstraint(condition=models.Q(("level__in", (1, 2, 3, 4))), name="mode_level_known"),
        ),
        migrations.AddConstraint(
            model_name="mode",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ("emergency", "drill"))), name="mode_kind_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="mode",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["new", "on", "ended", "expired"])), name="mode_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="mode",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires_at__gt", models.F("starts_at"))), name="mode_ends_after_it_begins"
            ),
        ),
        migrations.AddConstraint(
            model_name="mode",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("authority", ""), _negated=True), models.Q(("reason", ""), _negated=True)),
                name="mode_on_authority_and_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="mode",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", False), ("state__in", ("ended", "expired"))),
                    models.Q(("state__in", ("new", "on")), ("ended_at__isnull", True), ("ended_by__isnull", True)),
                    _connector="OR",
                ),
                name="mode_ended_at_a_time",
            ),
        ),
        migrations.AddIndex(
            model_name="priorityhousehold",
            index=django.contrib.postgres.indexes.GistIndex(fields=["path"], name="priority_household_by_path"),
        ),
        migrations.AddIndex(
            model_name="priorityhousehold",
            index=models.Index(fields=["erase_on"], name="priority_household_to_erase"),
        ),
        migrations.AddConstraint(
            model_name="priorityhousehold",
            constraint=models.CheckConstraint(
                condition=models.Q(("needs", []), _negated=True), name="priority_household_needs_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="priorityhousehold",
            constraint=models.CheckConstraint(
                condition=models.Q(("mode__isnull", False), ("erase_on", models.F("until")), _connector="OR"),
                name="priority_household_kept_as_agreed",
            ),
        ),
        migrations.AddConstraint(
            model_name="priorityhousehold",
            constraint=models.CheckConstraint(
                condition=models.Q(("erase_on__lte", models.F("until"))),
                name="priority_household_no_longer_than_agreed",
            ),
        ),
        migrations.AddIndex(
            model_name="householdlook",
            index=models.Index(fields=["by", "at"], name="household_look_by_actor"),
        ),
        migrations.AddConstraint(
            model_name="householdlook",
            constraint=models.CheckConstraint(
                condition=models.Q(("mode__isnull", False), models.Q(("reason", ""), _negated=True), _connector="OR"),
                name="household_looked_at_in_an_emergency_or_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(fields=("mode",), name="one_report_a_mode"),
        ),
        migrations.RunSQL(REFUSE, ALLOW),
    ]
