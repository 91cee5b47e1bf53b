"""Persons with logins, the posts they hold, and residents' identities, sealed and kept apart from what they said."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Func, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from huying.kernel.scopes import Actor
from huying.kernel.sealed import SealedTextField
from huying.people.rules import Role

ROLE_NAMES = {
    Role.BUILDING_HEAD: _("楼栋长"),
    Role.COMPOUND_SECRETARY: _("小区党支部书记"),
    Role.COMMUNITY_WORKER: _("社区工作者"),
    Role.COMMUNITY_SECRETARY: _("社区书记"),
    Role.STREET_STAFF: _("街道工作人员"),
    Role.DISTRICT_STAFF: _("区工作人员"),
    Role.CITY_STAFF: _("市工作人员"),
    Role.VOLUNTEER: _("志愿者"),
    Role.OPERATOR: _("系统管理员"),
}


class PersonManager(BaseUserManager):
    """Makes persons; a login needs no email."""

    def create_user(self, username: str, password: str | None = None, **fields) -> "Person":
        """A person who logs in with `username`; without a password they cannot log in yet."""
        person = self.model(username=self.model.normalize_username(username), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser):
    """Somebody with a login. `name` is what others see: a surname and a role, such as 芦楼长, never a full name."""

    # Log-in days are not kept (domain.md, 'What the system must never do').
    last_login = None
    username = models.CharField(
        _("用户名"),
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"^[\w.@+-]+\Z", _("用户名只用字母、数字和 . @ + - _。"))],
    )
    name = models.CharField(_("称呼"), max_length=40)
    phone_sealed = SealedTextField(null=True, blank=True)
    phone_index = models.BinaryField(null=True, editable=False)
    language = models.CharField(max_length=10, blank=True)
    elder = models.BooleanField(null=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now)
    left_at = models.DateTimeField(null=True, blank=True)
    # Raised by one to end every session of this person, wherever it is open.
    session_round = models.PositiveIntegerField(default=0)
    made_up = models.BooleanField(default=False)

    objects = PersonManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("人员")
        constraints = [
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(is_active=False), name="who_has_left_is_not_active"
            )
        ]

    def __str__(self):
        return self.name

    def _get_session_auth_hash(self, secret=None):
        return salted_hmac(
            "huying.people.Person.session", f"{self.password}:{self.session_round}", secret=secret, algorithm="sha256"
        ).hexdigest()


class PostQuerySet(models.QuerySet):
    """Posts, cut by day and by who looks."""

    def current(self, on=None) -> "PostQuerySet":
        """Posts in their term on that day (today), at places that stand on that day."""
        day = on or timezone.localdate()
        return self.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=day),
            Q(place__valid_to__isnull=True) | Q(place__valid_to__gt=day),
            valid_from__lte=day,
        )

    def visible_to(self, actor: Actor) -> "PostQuerySet":
        """The posts at or below the places where the actor holds one, and the actor's own."""
        wanted = Q(place__path__within_any=actor.paths())
        return self.filter(wanted if actor.id is None else wanted | Q(person_id=actor.id))


class Post(models.Model):
    """A role held by a person at a place for a term. Both days are dates; `valid_to` is the first day without it."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="posts")
    role = models.CharField(max_length=24, choices=list(ROLE_NAMES.items()))
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="posts")
    valid_from = models.DateField(default=timezone.localdate)
    valid_to = models.DateField(null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name = _("岗位")
        constraints = [
            ExclusionConstraint(
                name="one_post_of_a_kind_at_a_time",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("place", RangeOperators.EQUAL),
                    (
                        Func(F("valid_from"), F("valid_to"), function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="post_ends_after_it_begins"
            ),
        ]
        indexes = [models.Index(fields=["place", "role"], name="post_by_place")]

    def __str__(self):
        return f"{self.person_id} {self.role}@{self.place_id}"


class Purpose(models.TextChoices):
    """What an identity is held for; nothing else may be done with it."""

    CALL = "call", _("回复诉求")
    VISIT = "visit", _("走访后联系")
    WISH = "wish", _("实现心愿")


class Basis(models.TextChoices):
    """On what legal ground it is held (Personal Information Protection Law, article 13)."""

    CONSENT = "consent", _("本人同意")
    DUTY = "duty", _("履行法定职责")
    EMERGENCY = "emergency", _("紧急情况下保护生命财产")


class Identity(models.Model):
    """A resident's name and phone, sealed. Never shown, but for a masked number and what is unsealed for a reason.

    `phone_index` is a keyed hash, by which a caller's own number finds their calls. No row outlives `erase_on`.
    """

    name_sealed = SealedTextField(null=True, blank=True)
    phone_sealed = SealedTextField(null=True, blank=True)
    phone_index = models.BinaryField(null=True, editable=False)
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    basis = models.CharField(max_length=12, choices=Basis.choices)
    created_at = models.DateTimeField(default=timezone.now)
    erase_on = models.DateField()
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("联系信息")
        constraints = [
            models.CheckConstraint(
                condition=Q(phone_sealed__isnull=True, phone_index__isnull=True)
                | Q(phone_sealed__isnull=False, phone_index__isnull=False),
                name="a_phone_has_its_index",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(name_sealed__isnull=True, phone_sealed__isnull=True),
                name="the_erased_is_gone",
            ),
        ]
        indexes = [
            models.Index(fields=["phone_index"], name="identity_by_phone", condition=Q(phone_index__isnull=False)),
            models.Index(fields=["erase_on"], name="identity_to_erase", condition=Q(erased_at__isnull=True)),
        ]

    def __str__(self):
        return f"identity {self.pk}"


class Unsealing(models.Model):
    """Somebody looked at a name or a phone: who, when, what and why. It is told to the person it is about."""

    identity = models.ForeignKey(Identity, models.PROTECT, related_name="unsealings")
    by = models.ForeignKey(Person, models.PROTECT, related_name="unsealings")
    # Their role when they looked, since that is what the person is told.
    role = models.CharField(max_length=24, choices=list(ROLE_NAMES.items()))
    at = models.DateTimeField(default=timezone.now)
    fields = ArrayField(models.CharField(max_length=8))
    reason = models.CharField(max_length=200)
    # What it was looked at for, such as ("call", 12).
    subject_type = models.CharField(max_length=24)
    subject_id = models.BigIntegerField()

    class Meta:
        verbose_name = _("查看联系信息的记录")
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="unsealing_by_subject"),
            models.Index(fields=["by", "at"], name="unsealing_by_actor"),
        ]

    def __str__(self):
        return f"unsealing {self.pk}"


class Consent(models.Model):
    """A person agreed to something for a time; withdrawing it is as easy as giving it."""

    class How(models.TextChoices):
        PAGE = "page", _("在页面上")
        SPOKEN = "spoken", _("当面口头")
        PAPER = "paper", _("书面")
        PHONE = "phone", _("电话里")

    identity = models.ForeignKey(Identity, models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    how = models.CharField(max_length=8, choices=How.choices)
    # Which wording they agreed to, as the code of a policy text.
    wording = models.CharField(max_length=24)
    given_at = models.DateTimeField(default=timezone.now)
    until = models.DateField()
    recorded_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("同意")

    def __str__(self):
        return f"consent {self.pk}"


class Token(models.Model):
    """A program's way in, for a person and with part of what they may; only the hash of its text is kept."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="tokens")
    name = models.CharField(_("用途"), max_length=60)
    digest = models.BinaryField(unique=True)
    scopes = ArrayField(models.CharField(max_length=20))
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("接口令牌")

    def __str__(self):
        return self.name
