"""Certificates of service, which the database lets nobody change; what a volunteer may say further."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import huying.kernel.sealed

# What a paper says is never changed: it may be revoked once, and erased as a whole, since its holder may be forgotten.
REFUSE = """
CREATE FUNCTION callouts_certificate_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
        AND (NEW.id, NEW.number, NEW.volunteer_id, NEW.place_id, NEW.first, NEW.last, NEW.issued_by_id, NEW.issued_at)
            IS NOT DISTINCT FROM
            (OLD.id, OLD.number, OLD.volunteer_id, OLD.place_id, OLD.first, OLD.last, OLD.issued_by_id, OLD.issued_at)
        AND ((NEW.facts IS NOT DISTINCT FROM OLD.facts AND NEW.name_sealed IS NOT DISTINCT FROM OLD.name_sealed
              AND NEW.erased_at IS NOT DISTINCT FROM OLD.erased_at)
             OR (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL))
        AND (OLD.revoked_at IS NULL
             OR (NEW.revoked_at, NEW.revoked_by_id) IS NOT DISTINCT FROM (OLD.revoked_at, OLD.revoked_by_id))
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
CREATE FUNCTION callouts_certificates_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER certificate_append_only BEFORE UPDATE OR DELETE ON callouts_certificate
    FOR EACH ROW EXECUTE FUNCTION callouts_certificate_stays();
CREATE TRIGGER certificate_not_emptied BEFORE TRUNCATE ON callouts_certificate
    FOR EACH STATEMENT EXECUTE FUNCTION callouts_certificates_stay();
"""
ALLOW = """
DROP TRIGGER certificate_append_only ON callouts_certificate;
DROP TRIGGER certificate_not_emptied ON callouts_certificate;
DROP FUNCTION callouts_certificate_stays();
DROP FUNCTION callouts_certificates_stay();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("callouts", "0004_hours_of_a_person"),
        ("places", "0001_place_tree"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Certificate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=20, unique=True, verbose_name="证明编号")),
                ("name_sealed", huying.kernel.sealed.SealedTextField(blank=True, null=True)),
                ("first", models.DateField()),
                ("last", models.DateField()),
                ("facts", models.JSONField(default=dict)),
                ("issued_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_reason", models.CharField(blank=True, max_length=200, verbose_name="为什么收回")),
                ("erased_at", models.DateTimeField(blank=True, null=True)),
                ("made_up", models.BooleanField(default=False)),
            ],
            options={
                "verbose_name": "服务证明",
            },
        ),
        migrations.CreateModel(
            name="Issuer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("contact", models.CharField(max_length=80, verbose_name="联系方式")),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "证明的出具单位",
            },
        ),
        migrations.AddField(
            model_name="volunteer",
            name="declined_reason",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=200, verbose_name="为什么没有接收"
            ),
        ),
        migrations.AddField(
            model_name="volunteer",
            name="erased_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="volunteer",
            name="paused_until",
            field=models.DateField(blank=True, null=True, verbose_name="到哪天以前不用问我"),
        ),
        migrations.AddConstraint(
            model_name="volunteer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("erased_at__isnull", True),
                    models.Q(
                        ("avoids__len", 0),
                        ("born__isnull", True),
                        ("declined_reason", ""),
                        ("guardian_sealed__isnull", True),
                        ("skills__len", 0),
                        ("valid_to__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="volunteer_erased_is_gone",
            ),
        ),
        migrations.AddField(
            model_name="certificate",
            name="issued_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="certificate",
            name="place",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.place"
            ),
        ),
        migrations.AddField(
            model_name="certificate",
            name="revoked_by",
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
            model_name="certificate",
            name="volunteer",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="certificates",
                to="callouts.volunteer",
            ),
        ),
        migrations.AddField(
            model_name="issuer",
            name="changed_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="issuer",
            name="place",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.place"
            ),
        ),
        migrations.AddIndex(
            model_name="certificate",
            index=models.Index(fields=["volunteer", "-id"], name="certificate_by_volunteer"),
        ),
        migrations.AddIndex(
            model_name="certificate",
            index=models.Index(fields=["place", "-id"], name="certificate_by_place"),
        ),
        migrations.AddConstraint(
            model_name="certificate",
            constraint=models.CheckConstraint(
                condition=models.Q(("last__gte", models.F("first"))), name="certificate_days_in_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="certificate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("revoked_at__isnull", True), ("revoked_by__isnull", True), ("revoked_reason", "")),
                    models.Q(
                        ("revoked_at__isnull", False),
                        ("revoked_by__isnull", False),
                        models.Q(("revoked_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="certificate_revoked_with_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="certificate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("erased_at__isnull", True), ("name_sealed__isnull", False)),
                    models.Q(("erased_at__isnull", False), ("facts", {}), ("name_sealed__isnull", True)),
                    _connector="OR",
                ),
                name="certificate_erased_is_gone",
            ),
        ),
        migrations.AddConstraint(
            model_name="issuer",
            constraint=models.CheckConstraint(
                condition=models.Q(("contact", ""), _negated=True), name="issuer_can_be_reached"
            ),
        ),
        migrations.RunSQL(REFUSE, ALLOW),
    ]
