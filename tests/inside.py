"""Runs Python inside an installation for the tests of the whole system: code comes in as lines of JSON, answers go out.

One process serves many questions, for starting one takes longer than most of them.
"""

import contextlib
import io
import json
import sys
import traceback


def answer(code: str) -> dict:
    """What the code printed, and the error that ended it, if any."""
    from django.db import connection

    printed, error = io.StringIO(), ""
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "<test>", "exec"), {"__name__": "__main__"})
    except BaseException:
        error = traceback.format_exc()
    finally:
        # The database may be stopped or killed before the next question.
        connection.close()
        connection.close_pool()
    return {"printed": printed.getvalue(), "error": error}


def main() -> None:
    """Answer until the questions end."""
    import django

    django.setup()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
