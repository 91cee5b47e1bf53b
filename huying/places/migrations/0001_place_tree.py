import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
import django.utils.timezone
from django.db import migrations, models

import huying.kernel.ltree


class Migration(migrations.Migration):
    initial = True

    dependencies = [("kernel", "0001_extensions")]

    operations = [
        migrations.CreateModel(
            name="Place",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("province", "省级"),
                            ("city", "市"),
                            ("district", "区县"),
                            ("street", "街道"),
                            ("community", "社区"),
                            ("grid", "网格"),
                            ("compound", "小区"),
                            ("building", "楼栋"),
                            ("entrance", "单元"),
                            ("household", "户"),
                        ],
                        max_length=10,
                        verbose_name="级别",
                    ),
                ),
                ("code", models.CharField(blank=True, max_length=12, null=True, verbose_name="区划代码")),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                ("short_name", models.CharField(blank=True, max_length=60, verbose_name="简称")),
                ("pinyin", models.CharField(blank=True, max_length=400, verbose_name="拼音")),
                ("initials", models.CharField(blank=True, max_length=60, verbose_name="拼音首字母")),
                ("path", huying.kernel.ltree.LTreeField(editable=False, verbose_name="路径")),
                ("valid_from", models.DateField(default=django.utils.timezone.localdate, verbose_name="启用日期")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="停用日期")),
                ("tag", models.CharField(blank=True, max_length=8, null=True, verbose_name="二维码编号")),
                ("residents", models.PositiveIntegerField(blank=True, null=True, verbose_name="居民人数")),
                ("outline", models.JSONField(blank=True, null=True, verbose_name="边界")),
                ("lng", models.FloatField(blank=True, null=True, verbose_name="经度")),
                ("lat", models.FloatField(blank=True, null=True, verbose_name="纬度")),
                ("made_up", models.BooleanField(default=False, verbose_name="演示数据")),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="places.place",
                        verbose_name="上级",
                    ),
                ),
            ],
            options={
                "verbose_name": "地点",
                "verbose_name_plural": "地点",
            },
        ),
        migrations.CreateModel(
            name="PlaceImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "source",
                    models.CharField(
                        choices=[("divisions", "区划"), ("households", "楼栋和门牌")],
                        max_length=10,
                        verbose_name="内容",
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="上传时间")),
                ("by_id", models.BigIntegerField(blank=True, null=True, verbose_name="导入人")),
                ("file", models.CharField(blank=True, max_length=100, verbose_name="文件")),
                ("plan", models.JSONField(blank=True, null=True, verbose_name="待导入")),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="完成时间")),
                ("progress_id", models.BigIntegerField(blank=True, null=True, verbose_name="进度")),
                ("added", models.PositiveIntegerField(default=0, verbose_name="新增")),
                ("renamed", models.PositiveIntegerField(default=0, verbose_name="改名")),
                ("ended", models.PositiveIntegerField(default=0, verbose_name="停用")),
                ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="撤销时间")),
                ("undone_by", models.BigIntegerField(blank=True, null=True, verbose_name="撤销人")),
                (
                    "place",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="places.place",
                        verbose_name="导入到",
                    ),
                ),
            ],
            options={
                "verbose_name": "地点导入",
                "verbose_name_plural": "地点导入",
            },
        ),
        migrations.AddField(
            model_name="place",
            name="imported",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="places",
                to="places.placeimport",
                verbose_name="导入批次",
            ),
        ),
        migrations.CreateModel(
            name="PlaceName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="曾用名")),
                ("valid_to", models.DateField(verbose_name="用到")),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="former_names",
                        to="places.place",
                        verbose_name="地点",
                    ),
                ),
            ],
            options={
                "verbose_name": "曾用名",
                "verbose_name_plural": "曾用名",
            },
        ),
        migrations.CreateModel(
            name="PlaceSuccessor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "new",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="predecessor_links",
                        to="places.place",
                        verbose_name="承接地点",
                    ),
                ),
                (
                    "old",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="successor_links",
                        to="places.place",
                        verbose_name="原地点",
                    ),
                ),
            ],
            options={
                "verbose_name": "地点承接",
                "verbose_name_plural": "地点承接",
            },
        ),
        migrations.CreateModel(
            name="PlaceTerms",
            fields=[
                (
                    "place",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="terms",
                        serialize=False,
                        to="places.place",
                        verbose_name="地点",
                    ),
                ),
                ("terms", django.contrib.postgres.search.SearchVectorField(verbose_name="检索词")),
            ],
            options={
                "verbose_name": "地点检索词",
                "verbose_name_plural": "地点检索词",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=["terms"], name="place_terms_gin")
                ],
            },
        ),
        migrations.AddIndex(
            model_name="place",
            index=django.contrib.postgres.indexes.GistIndex(fields=["path"], name="place_path_gist"),
        ),
        migrations.AddIndex(
            model_name="place",
            index=models.Index(fields=["path"], name="place_path_btree"),
        ),
        migrations.AddIndex(
            model_name="place",
            index=models.Index(
                condition=models.Q(("imported__isnull", False)), fields=["imported"], name="place_of_import"
            ),
        ),
        migrations.AddConstraint(
            model_name="place",
            constraint=models.UniqueConstraint(
                condition=models.Q(("valid_to", None)), fields=("code",), name="place_code_current"
            ),
        ),
        migrations.AddConstraint(
            model_name="place",
            constraint=models.UniqueConstraint(
                condition=models.Q(("tag__isnull", False)), fields=("tag",), name="place_tag_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="place",
            constraint=models.UniqueConstraint(
                condition=models.Q(("code", None), ("valid_to", None)),
                fields=("parent", "kind", "name"),
                name="place_name_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="place",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        (
                            "province",
                            "city",
                            "district",
                            "street",
                            "community",
                            "grid",
                            "compound",
                            "building",
                            "entrance",
                            "household",
                        ),
                    )
                ),
                name="place_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="place",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_to", None), ("valid_to__gt", models.F("valid_from")), _connector="OR"),
                name="place_ends_after_it_began",
            ),
        ),
        migrations.AddConstraint(
            model_name="place",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("code__regex", "^[0-9]{2}$"), ("kind", "province"), ("path__depth", 1)),
                    models.Q(("code__regex", "^[0-9]{4}$"), ("kind", "city"), ("path__depth", 2)),
                    models.Q(("code__regex", "^[0-9]{6}$"), ("kind", "district"), ("path__depth", 3)),
                    models.Q(("code__regex", "^[0-9]{9}$"), ("kind", "street"), ("path__depth", 4)),
                    models.Q(("code__regex", "^[0-9]{12}$"), ("kind", "community"), ("path__depth", 5)),
                    models.Q(
                        models.Q(("kind__in", ("province", "city", "district", "street", "community")), _negated=True),
                        ("code", None),
                        ("path__depth__gte", 6),
                    ),
                    _connector="OR",
                ),
                name="place_code_fits_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="place",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "path__label",
                        django.db.models.functions.comparison.Coalesce(
                            "code",
                            django.db.models.functions.text.Concat(
                                models.Value("p"), django.db.models.functions.comparison.Cast("id", models.TextField())
                            ),
                        ),
                    )
                ),
                name="place_path_ends_in_itself",
            ),
        ),
        migrations.AddConstraint(
            model_name="place",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "province"), ("parent", None)),
                    models.Q(models.Q(("kind", "province"), _negated=True), ("parent__isnull", False)),
                    _connector="OR",
                ),
                name="place_parent_unless_province",
            ),
        ),
        migrations.AddConstraint(
            model_name="place",
            constraint=models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="place_has_a_name"),
        ),
        migrations.AddConstraint(
            model_name="place",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lat", None), ("lng", None)),
                    models.Q(
                        ("lat__gte", -90),
                        ("lat__isnull", False),
                        ("lat__lte", 90),
                        ("lng__gte", -180),
                        ("lng__isnull", False),
                        ("lng__lte", 180),
                    ),
                    _connector="OR",
                ),
                name="place_point_on_earth",
            ),
        ),
        migrations.AddConstraint(
            model_name="placesuccessor",
            constraint=models.UniqueConstraint(fields=("old", "new"), name="successor_once"),
        ),
        migrations.AddConstraint(
            model_name="placesuccessor",
            constraint=models.CheckConstraint(
                condition=models.Q(("old", models.F("new")), _negated=True), name="successor_is_another"
            ),
        ),
    ]
