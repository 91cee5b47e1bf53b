"""The statements behind signup.py: lock what may have room, look again, give places in order of arrival."""

# Three statements in one transaction (kernel/prepared.py), because a statement sees what was committed before it began:
# whoever waits in it for a lock decides on what was. So the first two only lock, and the third, begun with the locks
# held, looks. The call-outs are held as a foreign key holds them, so that none is called off beneath us.
HOLD = """
SELECT id FROM callouts_callout WHERE id IN (SELECT callout_id FROM callouts_shift WHERE id = ANY (%(shifts)s))
ORDER BY id FOR KEY SHARE
"""
# Of the posts only those are locked that may have room: whoever wants a full one waits for nobody.
LOCK = """
SELECT id, set_config('huying.minutes_a_day', %(a_day)s, true), set_config('huying.minutes_a_week', %(a_week)s, true)
FROM callouts_shift WHERE id = ANY (%(shifts)s) AND taken < capacity
ORDER BY id FOR NO KEY UPDATE
"""

# What a person holds in the week of a post `s`, and next to it. `{person}` is whose.
LOAD = """
    SELECT bool_or(h.period && tstzrange(s.starts_at, s.ends_at)) AS overlaps,
        bool_or(h.guarded && tstzrange(s.starts_at, s.ends_at + s.rest * interval '1 minute')) AS unrested,
        min(h.shift_id) FILTER (
            WHERE h.guarded && tstzrange(s.starts_at, s.ends_at + s.rest * interval '1 minute')) AS other,
        coalesce(sum(extract(epoch FROM upper(h.period) - lower(h.period)) / 60) FILTER (
            WHERE lower(h.period) >= date_trunc('day', s.starts_at, %(zone)s)
            AND lower(h.period) < date_trunc('day', s.starts_at, %(zone)s) + interval '24 hours'), 0) AS day_minutes,
        coalesce(sum(extract(epoch FROM upper(h.period) - lower(h.period)) / 60) FILTER (
            WHERE lower(h.period) >= date_trunc('week', s.starts_at, %(zone)s)
            AND lower(h.period) < date_trunc('week', s.starts_at, %(zone)s) + interval '168 hours'), 0) AS week_minutes
    FROM callouts_signup h
    WHERE h.person_id = {person} AND h.state IN ('offered', 'confirmed')
        AND h.guarded && tstzrange(
            date_trunc('week', s.starts_at, %(zone)s),
            greatest(date_trunc('week', s.starts_at, %(zone)s) + interval '168 hours',
                s.ends_at + s.rest * interval '1 minute'))
"""
MINUTES = "extract(epoch FROM s.ends_at - s.starts_at) / 60"
# Until when an offer made at `{at}` stands: a share of the time that is left, between the least and the most.
EXPIRY = """{at} + least(%(offer_most)s * interval '1 minute', greatest(
    %(offer_least)s * interval '1 minute', %(offer_share)s * (s.starts_at - {at})))"""

# The rules in the order in which they are told. Whoever organises (`how` is not 'self') may sign somebody up after the
# closing time and from outside the range; what protects the person holds whoever asks.
SIGN_UP = f"""
WITH given AS (
    SELECT * FROM json_to_recordset(%(rows)s::json) AS given (
        n int, shift bigint, person bigint, asked bigint, wants text, how text, at timestamptz, actor_kind text,
        actor_id bigint)
), whose AS MATERIALIZED (
    SELECT g.n, g.shift, g.wants, g.how, g.at, g.actor_kind, g.actor_id, g.asked, a.callout_id AS asked_to,
        CASE WHEN g.asked IS NULL THEN g.person WHEN g.person IS NULL OR g.person = a.person_id THEN a.person_id END AS person
    FROM given g LEFT JOIN callouts_asked a ON a.id = g.asked
), judged AS (
    SELECT w.*, s.callout_id, s.starts_at, s.ends_at, s.rest, s.capacity - s.taken AS room, c.place_id, c.made_up,
        {EXPIRY.format(at="w.at")} AS expires_at, load.other, u.id AS standing, u.state AS standing_state, s.min_age, s.max_age,
        load.day_minutes, load.week_minutes,
        CASE
        WHEN w.person IS NULL OR (w.asked IS NOT NULL AND w.asked_to <> s.callout_id) THEN 'gone'
        WHEN u.id IS NOT NULL AND (w.how = 'self' OR u.state <> 'waiting') THEN 'already'
        WHEN c.state IN ('called_off', 'finished') THEN c.state
        WHEN w.how = 'self' AND c.kind = 'roster' THEN 'roster'
        WHEN w.how = 'self' AND (c.state <> 'open' OR w.at >= c.closes_at) THEN 'closed'
        WHEN w.at >= CASE WHEN w.how = 'self' THEN s.starts_at ELSE s.ends_at END THEN 'started'
        WHEN w.how = 'self' AND v.id IS NULL AND NOT staff.here THEN 'not_registered'
        WHEN w.how = 'self' AND w.asked IS NULL AND NOT coalesce(v.path <@ c.reach_path, false) AND NOT staff.here
            AND NOT EXISTS (SELECT FROM callouts_asked WHERE callout_id = c.id AND person_id = w.person)
            THEN 'not_in_range'
        WHEN v.born > (own.day - %(adult)s * interval '1 year') AND v.guardian_agreed_at IS NULL THEN 'guardian'
        WHEN (s.min_age IS NOT NULL OR s.max_age IS NOT NULL) AND v.born IS NULL THEN 'age_unknown'
        WHEN extract(year FROM age(own.day, v.born)) < s.min_age THEN 'too_young'
        WHEN extract(year FROM age(own.day, v.born)) > s.max_age THEN 'too_old'
        WHEN s.skills <> '{{}}' AND NOT s.skills <@ coalesce(v.skills, '{{}}') THEN 'skill'
        WHEN s.skills && %(proven)s::varchar[] AND EXISTS (
            SELECT FROM unnest(s.skills) AS wanted (skill) WHERE skill = ANY (%(proven)s::varchar[]) AND NOT EXISTS (
                SELECT FROM callouts_proof p WHERE p.volunteer_id = v.id AND p.skill = wanted.skill
                AND p.withdrawn_at IS NULL AND (p.until IS NULL OR p.until >= own.day))) THEN 'proof'
        WHEN s.risky AND s.insured_at IS NULL THEN 'insurance'
        WHEN s.risky AND w.how = 'self' AND v.id IS NOT NULL AND v.confirmed_at IS NULL AND NOT staff.here THEN 'unconfirmed'
        WHEN load.overlaps THEN 'overlap'
        WHEN load.unrested THEN 'rest'
        WHEN load.day_minutes + {MINUTES} > %(a_day)s::int THEN 'day_hours'
        WHEN load.week_minutes + {MINUTES} > %(a_week)s::int THEN 'week_hours'
        END AS code
    FROM whose w
    JOIN callouts_shift s ON s.id = w.shift
    JOIN callouts_callout c ON c.id = s.callout_id
    CROSS JOIN LATERAL (SELECT (s.starts_at AT TIME ZONE %(zone)s::text)::date AS day) own
    LEFT JOIN callouts_volunteer v ON v.person_id = w.person
        AND v.valid_from <= (w.at AT TIME ZONE %(zone)s::text)::date
        AND (v.valid_to IS NULL OR v.valid_to > (w.at AT TIME ZONE %(zone)s::text)::date)
    LEFT JOIN LATERAL (
        SELECT id, state FROM callouts_signup
        WHERE shift_id = s.id AND person_id = w.person AND state IN ('waiting', 'offered', 'confirmed') LIMIT 1
    ) u ON true
    CROSS JOIN LATERAL ({LOAD.format(person="w.person")}) load
    CROSS JOIN LATERAL (
        SELECT CASE WHEN v.path <@ c.reach_path THEN false ELSE EXISTS (
            SELECT FROM people_post o JOIN places_place p ON p.id = o.place_id
            WHERE o.person_id = w.person AND o.role = ANY (%(organisers)s)
                AND o.valid_from <= (w.at AT TIME ZONE %(zone)s::text)::date
                AND (o.valid_to IS NULL OR o.valid_to > (w.at AT TIME ZONE %(zone)s::text)::date)
                AND (p.path @> c.path OR p.path <@ c.path)) END AS here
    ) staff
), one AS MATERIALIZED (
    -- Whether, besides what: a plan expects half of all to be so, and next to none to have no code.
    SELECT j.*, j.code IS NULL AS may, j.standing IS NOT NULL AS stands FROM judged j
), ranked AS (
    SELECT o.*, row_number() OVER (PARTITION BY o.shift ORDER BY o.n) AS rank
    FROM one o WHERE o.may
), decided AS MATERIALIZED (
    -- Nobody walks past those who wait; a place that nobody in the line can take is offered to the last of them too.
    SELECT c.*, c.state IS NOT NULL AS comes, c.state = 'waiting' AS waits FROM (SELECT r.*, CASE
        WHEN r.shift = ANY (%(free)s) AND r.rank <= r.room AND (r.how <> 'self' OR NOT EXISTS (
            SELECT FROM callouts_signup q WHERE q.shift_id = r.shift AND q.state = 'waiting')) THEN r.wants
        WHEN r.how = 'self' THEN 'waiting'
        END AS state
    FROM ranked r) c
), queue AS MATERIALIZED (
    SELECT line.shift, (
        SELECT count(*) FROM (
            SELECT FROM callouts_signup q WHERE q.shift_id = line.shift AND q.state = 'waiting' LIMIT %(counted)s) ahead
        ) AS ahead
    FROM (SELECT DISTINCT shift FROM decided WHERE waits) line
), came AS (
    INSERT INTO callouts_signup (
        shift_id, person_id, state, version, how, period, guarded, made_at, expires_at, confirmed_at, ended_at, made_up)
    SELECT d.shift, d.person, d.state, 0, d.how, tstzrange(d.starts_at, d.ends_at),
        tstzrange(d.starts_at, d.ends_at + d.rest * interval '1 minute'), d.at,
        CASE d.state WHEN 'offered' THEN d.expires_at END, CASE d.state WHEN 'confirmed' THEN d.at END, NULL, d.made_up
    FROM decided d WHERE d.comes AND NOT d.stands ORDER BY d.n
    ON CONFLICT DO NOTHING
    RETURNING id, shift_id, person_id, state, version
), raised AS (
    UPDATE callouts_signup u SET state = d.state, version = u.version + 1,
        expires_at = CASE d.state WHEN 'offered' THEN d.expires_at END,
        confirmed_at = CASE d.state WHEN 'confirmed' THEN d.at END
    FROM decided d WHERE u.id = d.standing AND d.comes AND d.stands AND u.state = 'waiting'
    RETURNING u.id, u.shift_id, u.person_id, u.state, u.version
), made AS (
    SELECT * FROM came UNION ALL SELECT * FROM raised
), moved AS (
    UPDATE callouts_shift s SET taken = s.taken + m.count
    FROM (SELECT shift_id, count(*) FROM made WHERE state <> 'waiting' GROUP BY shift_id) m WHERE s.id = m.shift_id
), event AS (
    INSERT INTO kernel_event (at, kind, subject_type, subject_id, actor_kind, actor_id, place_id, facts)
    SELECT d.at, CASE m.state WHEN 'waiting' THEN 'callouts.queued' WHEN 'offered' THEN 'callouts.offered'
            ELSE 'callouts.signed_up' END,
        'signup', m.id, d.actor_kind, d.actor_id, d.place_id,
        jsonb_build_object('version', m.version, 'callout', d.callout_id, 'shift', d.shift, 'person', d.person)
    FROM made m JOIN decided d ON d.shift = m.shift_id AND d.person = m.person_id
)
SELECT o.n,
    coalesce(o.code, m.state, CASE WHEN d.state IS NULL THEN 'full' ELSE 'again' END) AS code,
    coalesce(m.id, o.standing), coalesce(m.state, o.standing_state), o.shift, o.person,
    CASE
    WHEN m.state = 'waiting' THEN q.ahead + row_number() OVER (PARTITION BY o.shift, m.state ORDER BY m.id)
    WHEN o.standing_state = 'waiting' THEN 1 + (
        SELECT count(*) FROM (
            SELECT FROM callouts_signup p WHERE p.shift_id = o.shift AND p.state = 'waiting' AND p.id < o.standing
            LIMIT %(counted)s) ahead)
    END AS place_in_line,
    CASE WHEN NOT o.may AND o.code <> 'already' THEN jsonb_build_object('min_age', o.min_age, 'max_age', o.max_age, 'other', o.other,
        'day_minutes', o.day_minutes, 'week_minutes', o.week_minutes)::text END
FROM one o
LEFT JOIN decided d ON d.n = o.n
LEFT JOIN made m ON m.shift_id = o.shift AND m.person_id = o.person
LEFT JOIN queue q ON q.shift = o.shift
"""  # noqa: S608

# Behind a statement that put people in the line: a place that fell free beneath it is nobody's, and somebody waits.
FREE = """
SELECT s.id FROM callouts_shift s WHERE s.id = ANY (%(shifts)s) AND s.taken < s.capacity ORDER BY s.id
"""

# The line moves up: of those who wait for a post, the first whom nothing forbids it now. Others keep their place in it.
# Whoever's row somebody else is changing at this moment is leaving the line.
MOVE_UP = f"""
WITH free AS MATERIALIZED (
    SELECT s.id, s.callout_id, s.starts_at, s.capacity - s.taken AS room, c.place_id,
        {EXPIRY.format(at="%(at)s::timestamptz")} AS expires_at
    FROM callouts_shift s JOIN callouts_callout c ON c.id = s.callout_id
    WHERE s.id = ANY (%(free)s) AND s.taken < s.capacity AND c.state IN ('open', 'closed')
        AND %(at)s::timestamptz < s.starts_at - %(before_start)s * interval '1 minute'
        AND (NOT s.risky OR s.insured_at IS NOT NULL)
), first AS MATERIALIZED (
    SELECT f.*, w.id AS signup, w.person_id
    FROM free f CROSS JOIN LATERAL (
        SELECT q.id, q.person_id FROM callouts_signup q JOIN callouts_shift s ON s.id = q.shift_id
        CROSS JOIN LATERAL ({LOAD.format(person="q.person_id")}) load
        WHERE q.shift_id = f.id AND q.state = 'waiting' AND load.unrested IS NOT TRUE
            AND load.day_minutes + {MINUTES} <= %(a_day)s::int AND load.week_minutes + {MINUTES} <= %(a_week)s::int
        ORDER BY q.id LIMIT f.room FOR NO KEY UPDATE OF q SKIP LOCKED
    ) w
), next AS (
    -- Of two posts at once somebody is offered one; the other goes on in the round after this one.
    SELECT DISTINCT ON (person_id) * FROM first ORDER BY person_id, starts_at, id
), offered AS (
    UPDATE callouts_signup u SET state = 'offered', version = u.version + 1, expires_at = n.expires_at
    FROM next n WHERE u.id = n.signup
    RETURNING u.id, u.shift_id, u.person_id, u.version
), moved AS (
    UPDATE callouts_shift s SET taken = s.taken + o.count
    FROM (SELECT shift_id, count(*) FROM offered GROUP BY shift_id) o WHERE s.id = o.shift_id
), event AS (
    INSERT INTO kernel_event (at, kind, subject_type, subject_id, actor_kind, actor_id, place_id, facts)
    SELECT %(at)s::timestamptz, 'callouts.offered', 'signup', o.id, 'system', NULL, n.place_id,
        jsonb_build_object('version', o.version, 'callout', n.callout_id, 'shift', n.id, 'person', o.person_id)
    FROM offered o JOIN next n ON n.signup = o.id
)
SELECT id FROM offered ORDER BY id
"""  # noqa: S608

RELEASE = """
UPDATE callouts_shift s SET taken = s.taken - given.count
FROM (
    SELECT l.id, r.count FROM (
        SELECT id FROM callouts_shift WHERE id = ANY (%(shifts)s) ORDER BY id FOR NO KEY UPDATE
    ) l JOIN (SELECT id, count(*) FROM unnest(%(shifts)s::bigint[]) AS given (id) GROUP BY id) r ON r.id = l.id
) given
WHERE s.id = given.id
"""

# What stands still though it should not: after a crash between a commit and what was to follow it.
STUCK = """
SELECT s.id FROM callouts_shift s JOIN callouts_callout c ON c.id = s.callout_id
WHERE c.state IN ('open', 'closed') AND s.taken < s.capacity
    AND s.starts_at > %(at)s::timestamptz + %(before_start)s * interval '1 minute'
    AND EXISTS (SELECT FROM callouts_signup q WHERE q.shift_id = s.id AND q.state = 'waiting')
ORDER BY s.id
"""
