"""A certificate's words, the same on the page, on paper and where its number is checked."""

import datetime as dt

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from huying.callouts import rules_volunteers as numbers
from huying.callouts.models import Certificate


def duration(minutes: int | None) -> str:
    """Minutes as hours and minutes, '—' for none."""
    if minutes is None:
        return "—"
    hours, left = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)d 分钟") % {"minutes": left}
    if not left:
        return _("%(hours)d 小时") % {"hours": hours}
    return _("%(hours)d 小时 %(minutes)d 分") % {"hours": hours, "minutes": left}


def day_words(text: str) -> str:
    """A day as it was kept, in the reader's way."""
    return date_format(dt.date.fromisoformat(text), "DATE_FORMAT")


def address_of(certificate: Certificate) -> str:
    """Where anybody checks it."""
    return settings.BASE_URL + reverse("certificate-verify", args=[certificate.number])


def name_of(certificate: Certificate, *, whole: bool) -> str:
    """The name on the paper, or for whoever checks it only its first sign; '' once erased."""
    if certificate.name_sealed is None:
        return ""
    name = certificate.name_sealed.open()
    return name if whole else numbers.masked(name)


def paper_of(certificate: Certificate, *, whole: bool) -> dict:
    """All that stands on the paper in words; `whole`: with the name, for the holder and the community."""
    facts = certificate.facts
    first, last = (date_format(day, "DATE_FORMAT") for day in (certificate.first, certificate.last))
    given = {
        "name": name_of(certificate, whole=whole),
        "number": numbers.grouped(facts["volunteer"]),
        "first": first,
        "last": last,
        "issuer": facts["issuer"],
    }
    contact = facts["contact"] or settings.BASE_URL + reverse("boards:place", args=[facts["slug"]])
    return {
        "title": _("服务记录"),
        "number": numbers.grouped(certificate.number),
        "issuer": facts["issuer"],
        "name": given["name"],
        "volunteer": given["number"] if whole else "",
        "lead": (
            _("兹证明 %(name)s（志愿者编号 %(number)s）于 %(first)s至 %(last)s在%(issuer)s参加志愿服务，情况如下：")
            if whole
            else _("%(name)s 于 %(first)s至 %(last)s在%(issuer)s参加志愿服务，情况如下：")
        )
        % given,
        "columns": [_("日期"), _("活动"), _("地点"), _("签到签退时长"), _("另外认定时长")],
        "columns_words": _("签到签退时长按到场和离场计；另外认定时长由组织者写明理由后记入，两栏分开，不相加。"),
        "rows": [
            [
                day_words(row["day"]),
                f"{row['what']} · {row['post']}" + (f"（{row['done']}）" if row["done"] else ""),
                row["where"],
                duration(row["measured"]),
                duration(row["granted"]),
            ]
            for row in facts["rows"]
        ],
        "total": [_("合计"), "", "", duration(facts["measured"]), duration(facts["granted"])],
        "trainings": [
            _("培训和凭据：%(skill)s，%(basis)s，%(day)s记入。")
            % {"skill": one["skill"], "basis": one["basis"], "day": day_words(one["day"])}
            for one in facts["trainings"]
        ],
        "foot": [
            _("出具单位：%(issuer)s") % given,
            _("负责人：%(names)s") % {"names": "、".join(facts["in_charge"]) or "—"},
            _("联系方式：%(contact)s") % {"contact": contact},
            _("出具日期：%(day)s") % {"day": date_format(timezone.localdate(certificate.issued_at), "DATE_FORMAT")},
        ],
        "address": address_of(certificate),
        "check_words": _(
            "这是本社区的服务记录，还没有和全国志愿服务系统联网。扫二维码，或在 %(address)s 输入编号，谁都能核对。"
        )
        % {"address": settings.BASE_URL + reverse("certificate-check")},
        "revoked": _("这张证明已于 %(day)s收回：%(reason)s")
        % {
            "day": date_format(timezone.localdate(certificate.revoked_at), "DATE_FORMAT"),
            "reason": certificate.revoked_reason,
        }
        if certificate.revoked_at
        else "",
    }
