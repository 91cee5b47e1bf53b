import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import huying.calls.models
import huying.kernel.ltree


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("directory", "0001_units_and_seats"),
        ("people", "0001_persons_and_posts"),
        ("places", "0001_place_tree"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Call",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("raised", "已提出"),
                            ("accepted", "已受理"),
                            ("assigned", "已派单"),
                            ("underway", "办理中"),
                            ("parked", "挂账"),
                            ("resolved", "已办结"),
                            ("confirmed", "已确认"),
                            ("closed", "已结束"),
                            ("merged", "已合并"),
                            ("withdrawn", "已撤回"),
                            ("declined", "已引导"),
                            ("referred", "已转联席会"),
                        ],
                        default="raised",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=0)),
                ("intake_key", models.CharField(max_length=64)),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("qr", "扫码"),
                            ("head", "楼栋长代呼"),
                            ("counter", "窗口"),
                            ("phone", "电话"),
                            ("wechat", "微信"),
                            ("open311", "Open311"),
                            ("api", "接口"),
                            ("import", "导入"),
                        ],
                        max_length=8,
                        verbose_name="来源",
                    ),
                ),
                ("text", models.TextField(verbose_name="诉求内容")),
                ("path", huying.kernel.ltree.LTreeField(editable=False)),
                ("wants_private", models.BooleanField(default=False, verbose_name="不公开")),
                ("raised_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("category", models.CharField(blank=True, max_length=24, verbose_name="类别")),
                (
                    "urgency",
                    models.CharField(
                        choices=[
                            ("urgent", "紧急 2 小时"),
                            ("utility", "水电气暖 24 小时"),
                            ("usual", "一般 7 天"),
                            ("hard", "疑难 15 天"),
                        ],
                        default="usual",
                        max_length=8,
                        verbose_name="办理时限",
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("building", "楼栋"),
                            ("compound", "小区"),
                            ("community", "社区"),
                            ("street", "街道"),
                            ("district", "区"),
                            ("city", "市"),
                        ],
                        default="community",
                        max_length=10,
                        verbose_name="在哪一级",
                    ),
                ),
                ("offered_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("contacted_at", models.DateTimeField(blank=True, null=True)),
                ("unreached_at", models.DateTimeField(blank=True, null=True)),
                ("public_text", models.TextField(blank=True, verbose_name="公开的文字")),
                ("is_public", models.BooleanField(default=False, verbose_name="公开")),
                ("dispatched_at", models.DateTimeField(blank=True, null=True)),
                ("assigned_at", models.DateTimeField(blank=True, null=True)),
                ("due_at", models.DateTimeField(blank=True, null=True, verbose_name="期限")),
                ("disputed_at", models.DateTimeField(blank=True, null=True)),
                ("dispute_open", models.BooleanField(default=False)),
                ("extension_days", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("extension_reason", models.CharField(blank=True, max_length=200)),
                ("extended_at", models.DateTimeField(blank=True, null=True)),
                ("parked_at", models.DateTimeField(blank=True, null=True)),
                ("parked_reason", models.CharField(blank=True, max_length=500)),
                ("parked_basis", models.CharField(blank=True, max_length=200)),
                ("parked_person", models.CharField(blank=True, max_length=40)),
                ("parked_words", models.CharField(blank=True, max_length=500)),
                ("review_on", models.DateField(blank=True, null=True)),
                ("outcome", models.TextField(blank=True, verbose_name="办理结果")),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
                (
                    "rating",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("satisfied", "满意"),
                            ("mostly", "基本满意"),
                            ("not", "不满意"),
                            ("unsaid", "不想说"),
                        ],
                        max_length=9,
                    ),
                ),
                ("rated_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("reopened", models.PositiveSmallIntegerField(default=0)),
                ("asked", models.PositiveSmallIntegerField(default=0)),
                (
                    "guided",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("emergency", "紧急情况，请打 110、119、120、122"),
                            ("statutory", "有法定渠道"),
                            ("same_matter", "同一件事正在办，或已办结而没有新情况"),
                            ("secret", "涉及秘密或他人隐私"),
                            ("outside", "不在各方职责之内"),
                            ("unlawful", "违反法律法规"),
                        ],
                        max_length=12,
                    ),
                ),
                ("guided_to", models.CharField(blank=True, max_length=500, verbose_name="可以找谁")),
                ("reminded", models.PositiveSmallIntegerField(default=0)),
                ("next_alarm_at", models.DateTimeField(blank=True, null=True)),
                ("made_up", models.BooleanField(default=False)),
                (
                    "accepted_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "community",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="places.place",
                    ),
                ),
                (
                    "identity",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="calls",
                        to="people.identity",
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged",
                        to="calls.call",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="owned_calls",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "parked_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calls",
                        to="places.place",
                        verbose_name="地点",
                    ),
                ),
                (
                    "resolved_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calls",
                        to="directory.unit",
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "诉求",
            },
        ),
        migrations.CreateModel(
            name="Assist",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("reported_at", models.DateTimeField(blank=True, null=True)),
                ("report", models.TextField(blank=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="assists", to="directory.unit"
                    ),
                ),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="assists", to="calls.call"
                    ),
                ),
            ],
            options={
                "verbose_name": "协办",
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("words", "居民的话"),
                            ("reply", "给居民的话"),
                            ("note", "内部备注"),
                            ("report", "协办反馈"),
                        ],
                        max_length=8,
                    ),
                ),
                ("text", models.TextField(blank=True)),
                ("step", models.CharField(blank=True, max_length=32)),
                ("key", models.CharField(blank=True, max_length=64, null=True, unique=True)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="entries", to="calls.call"
                    ),
                ),
            ],
            options={
                "verbose_name": "往来记录",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Photo",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=32, unique=True)),
                ("file", models.FileField(max_length=120, upload_to=huying.calls.models.photo_path)),
                ("thumb", models.BinaryField()),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                ("of_answer", models.BooleanField(default=False)),
                ("shown", models.BooleanField(default=False, verbose_name="公开")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="photos", to="calls.call"
                    ),
                ),
            ],
            options={
                "verbose_name": "照片",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="ReplyTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("category", models.CharField(blank=True, max_length=24)),
                ("text", models.CharField(max_length=500, verbose_name="内容")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reply_templates", to="places.place"
                    ),
                ),
            ],
            options={
                "verbose_name": "常用回复",
            },
        ),
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=30, verbose_name="名称")),
                ("query", models.CharField(max_length=500)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_filters",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "常用筛选",
            },
        ),
        migrations.AddIndex(
            model_name="call",
            index=django.contrib.postgres.indexes.GistIndex(
                condition=models.Q(("state__in", ("raised", "accepted", "assigned", "underway", "parked"))),
                fields=["path"],
                name="call_open_by_path",
            ),
        ),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(fields=["community", "-id"], name="call_by_community"),
        ),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(fields=["place", "-id"], name="call_by_place"),
        ),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(
                condition=models.Q(("state__in", ("raised", "accepted", "assigned", "underway", "parked"))),
                fields=["community", "level", "due_at"],
                include=("state",),
                name="call_open_by_desk",
            ),
        ),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(
                condition=models.Q(
                    ("level__in", ("street", "district", "city")),
                    ("state__in", ("raised", "accepted", "assigned", "underway", "parked")),
                ),
                fields=["level", "due_at"],
                name="call_open_above",
            ),
        ),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(
                condition=models.Q(("unit__isnull", False)), fields=["unit", "-id"], name="call_by_unit"
            ),
        ),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(
                condition=models.Q(("owner__isnull", False)), fields=["owner", "-id"], name="call_by_owner"
            ),
        ),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(
                condition=models.Q(("owner__isnull", False), ("rated_at__isnull", False)),
                fields=["owner", "-rated_at"],
                name="call_rated_by_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(
                condition=models.Q(
                    ("state__in", ("raised", "accepted", "assigned", "underway", "parked")), ("unit__isnull", False)
                ),
                fields=["unit", "due_at"],
                name="call_open_by_unit",
            ),
        ),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(
                condition=models.Q(
                    ("owner__isnull", False), ("state__in", ("raised", "accepted", "assigned", "underway", "parked"))
                ),
                fields=["owner", "due_at"],
                name="call_open_by_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(
                condition=models.Q(("next_alarm_at__isnull", False)), fields=["next_alarm_at"], name="call_by_alarm"
            ),
        ),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(
                condition=models.Q(("identity__isnull", False)), fields=["identity"], name="call_by_identity"
            ),
        ),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(
                condition=models.Q(("written_by__isnull", False)), fields=["written_by"], name="call_by_writer"
            ),
        ),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", False)), fields=["merged_into"], name="call_by_merger"
            ),
        ),
        migrations.AddConstraint(
            model_name="call",
            constraint=models.UniqueConstraint(fields=("intake_key",), name="call_taken_once"),
        ),
        migrations.AddConstraint(
            model_name="call",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "raised",
                            "accepted",
                            "assigned",
                            "underway",
                            "parked",
                            "resolved",
                            "confirmed",
                            "closed",
                            "merged",
                            "withdrawn",
                            "declined",
                            "referred",
                        ],
                    )
                ),
                name="call_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="call",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="call_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="call",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ("raised", "withdrawn", "declined", "merged")),
                    ("accepted_at__isnull", False),
                    _connector="OR",
                ),
                name="call_accepted_before_it_went_on",
            ),
        ),
        migrations.AddConstraint(
            model_name="call",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "assigned"), _negated=True),
                    models.Q(("assigned_at__isnull", False), ("unit__isnull", False)),
                    _connector="OR",
                ),
                name="call_assigned_to_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="call",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ("resolved", "confirmed", "closed", "referred")), _negated=True),
                    models.Q(("resolved_at__isnull", False), models.Q(("outcome", ""), _negated=True)),
                    _connector="OR",
                ),
                name="call_resolved_with_an_outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="call",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "parked"), _negated=True),
                    models.Q(
                        ("parked_at__isnull", False),
                        ("parked_by__isnull", False),
                        ("review_on__isnull", False),
                        models.Q(("parked_reason", ""), _negated=True),
                        models.Q(("parked_basis", ""), _negated=True),
                        models.Q(("parked_words", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="call_parked_with_reasons",
            ),
        ),
        migrations.AddConstraint(
            model_name="call",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "declined"), _negated=True),
                    models.Q(models.Q(("guided", ""), _negated=True), models.Q(("guided_to", ""), _negated=True)),
                    _connector="OR",
                ),
                name="call_declined_with_a_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="call",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("merged_into__isnull", False), ("state", "merged")),
                    models.Q(models.Q(("state", "merged"), _negated=True), ("merged_into__isnull", True)),
                    _connector="OR",
                ),
                name="call_merged_into_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="call",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("rated_at__isnull", True), ("rating", "")),
                    models.Q(models.Q(("rating", ""), _negated=True), ("rated_at__isnull", False)),
                    _connector="OR",
                ),
                name="call_rated_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="call",
            constraint=models.CheckConstraint(
                condition=models.Q(("reopened__lte", 9)), name="call_reopened_a_few_times"
            ),
        ),
        migrations.AddConstraint(
            model_name="call",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_public", False),
                    models.Q(("wants_private", False), models.Q(("public_text", ""), _negated=True)),
                    _connector="OR",
                ),
                name="call_public_words_looked_through",
            ),
        ),
        migrations.AddConstraint(
            model_name="assist",
            constraint=models.UniqueConstraint(fields=("call", "unit"), name="a_unit_assists_once"),
        ),
        migrations.AddConstraint(
            model_name="assist",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reported_at__isnull", True), models.Q(("report", ""), _negated=True), _connector="OR"
                ),
                name="assist_reports_in_words",
            ),
        ),
        migrations.AddConstraint(
            model_name="savedfilter",
            constraint=models.UniqueConstraint(fields=("person", "name"), name="saved_filter_named_once"),
        ),
    ]
