"""For the rush: the database's own guard of a person's hours, and room beside each volunteer for a row written anew.

docs/adr/0021-signing-up-under-a-rush.md says why the guard is a trigger.
"""

from django.conf import settings
from django.db import migrations

from huying.callouts import rules

# Two sign-ups of one person that come at the same moment do not see each other: the second waits here for the first.
# The limits are the installation's (policy), told by whoever signs people up; without them those of rules.py hold.
HOURS = f"""
CREATE FUNCTION callouts_hours_of_a_person() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    zone CONSTANT text := '{settings.TIME_ZONE}';
    a_day CONSTANT int := coalesce(nullif(current_setting('huying.minutes_a_day', true), '')::int, {rules.MOST_MINUTES_A_DAY});
    a_week CONSTANT int := coalesce(nullif(current_setting('huying.minutes_a_week', true), '')::int, {rules.MOST_MINUTES_A_WEEK});
    monday CONSTANT timestamptz := date_trunc('week', lower(NEW.period), zone);
    midnight CONSTANT timestamptz := date_trunc('day', lower(NEW.period), zone);
    on_the_day numeric;
    in_the_week numeric;
BEGIN
    PERFORM pg_advisory_xact_lock((x'48594852'::bigint << 32) | NEW.person_id);
    SELECT
        coalesce(sum(minutes) FILTER (WHERE begins >= midnight AND begins < midnight + interval '24 hours'), 0),
        coalesce(sum(minutes), 0)
    INTO on_the_day, in_the_week
    FROM (
        SELECT lower(period) AS begins, extract(epoch FROM upper(period) - lower(period)) / 60 AS minutes
        FROM callouts_signup
        WHERE person_id = NEW.person_id AND state IN ('offered', 'confirmed')
            AND guarded && tstzrange(monday, monday + interval '168 hours')
    ) held
    WHERE begins >= monday AND begins < monday + interval '168 hours';
    IF on_the_day > a_day THEN
        RAISE EXCEPTION 'more than % minutes on one day', a_day
            USING ERRCODE = 'check_violation', CONSTRAINT = 'hours_a_day', TABLE = 'callouts_signup';
    END IF;
    IF in_the_week > a_week THEN
        RAISE EXCEPTION 'more than % minutes in one week', a_week
            USING ERRCODE = 'check_violation', CONSTRAINT = 'hours_a_week', TABLE = 'callouts_signup';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER callouts_signup_hours_of_a_place AFTER INSERT ON callouts_signup
    FOR EACH ROW WHEN (NEW.state IN ('offered', 'confirmed'))
    EXECUTE FUNCTION callouts_hours_of_a_person();
CREATE TRIGGER callouts_signup_hours_of_a_change AFTER UPDATE ON callouts_signup
    FOR EACH ROW WHEN (
        NEW.state IN ('offered', 'confirmed')
        AND (OLD.state NOT IN ('offered', 'confirmed') OR OLD.period <> NEW.period OR OLD.person_id <> NEW.person_id)
    )
    EXECUTE FUNCTION callouts_hours_of_a_person();
"""  # noqa: S608
AWAY = """
DROP TRIGGER callouts_signup_hours_of_a_place ON callouts_signup;
DROP TRIGGER callouts_signup_hours_of_a_change ON callouts_signup;
DROP FUNCTION callouts_hours_of_a_person();
"""
# When everybody is asked each row of a volunteer is written anew. `last_asked_at` is in no index: a row that finds room on
# its own page leaves all indexes as they are. Measured with 50,000 volunteers: 0.8 s instead of 3.2 s.
ROOM = "ALTER TABLE callouts_volunteer SET (fillfactor = 50)"
NO_ROOM = "ALTER TABLE callouts_volunteer RESET (fillfactor)"


class Migration(migrations.Migration):
    dependencies = [("callouts", "0003_sites_and_slips")]
    operations = [migrations.RunSQL(HOURS, AWAY), migrations.RunSQL(ROOM, NO_ROOM)]
