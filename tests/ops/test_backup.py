"""A dump made as docs/operations.md says brings everything back, without the superuser."""

import os
import subprocess

from huying.kernel import embedded
from tests.running import system


def test_a_dump_is_restored_over_a_changed_database():
    with system() as huying:
        huying.move_in()
        embedded.start(huying.data, die_with_parent=True)
        given = embedded.django_settings(huying.data)
        access = {"PGHOST": given["HOST"], "PGUSER": given["USER"], "PGPASSWORD": given["PASSWORD"]}
        environment = {**os.environ, **access}
        dump = huying.data / "huying.dump"

        def call(program, *arguments):
            return subprocess.run(
                [embedded.program(program), *arguments], env=environment, capture_output=True, text=True
            )

        huying.python("from huying.people.models import Person; Person.objects.create(username='gao', name='高')")
        assert call("pg_dump", "-Fc", "-f", str(dump), "huying").returncode == 0
        huying.python("from huying.people.models import Person; Person.objects.all().delete()")
        restored = call("pg_restore", "--clean", "--if-exists", "-d", "huying", str(dump))
        assert restored.returncode == 0, restored.stderr
        assert huying.python("from huying.people.models import Person; print(Person.objects.get().username)") == "gao\n"
        assert huying.run("audit", "verify").returncode == 0
        embedded.stop(huying.data)
