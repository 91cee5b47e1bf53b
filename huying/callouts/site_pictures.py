"""The pictures of a site as SVG geometry: the queue over the day, and the waits of each half hour. No script, no style."""

import datetime as dt
from dataclasses import dataclass

WIDE, HIGH = 360, 190
LEFT, RIGHT, TOP, BOTTOM = 38, 10, 12, 26
_STEPS = (1, 2, 3, 4, 5, 8, 10)


def round_up(most: float) -> int:
    """A round number at or above, for the top of a scale; at least 4."""
    most = max(4, most)
    power = 10 ** (len(str(int(most))) - 1)
    return next(int(step * power) for step in _STEPS if step * power >= most)


@dataclass(frozen=True)
class Scale:
    """Minutes after opening across, an amount upwards."""

    minutes: float
    most: float

    def x(self, minute: float) -> float:
        """Across."""
        return round(LEFT + (WIDE - LEFT - RIGHT) * min(1, minute / self.minutes), 1)

    def y(self, amount: float) -> float:
        """Upwards."""
        return round(HIGH - BOTTOM - (HIGH - TOP - BOTTOM) * min(1, amount / self.most), 1)

    def marks(self) -> list[dict]:
        """The lines of the amount."""
        return [{"y": self.y(self.most * part / 4), "label": f"{self.most * part / 4:g}"} for part in range(0, 5, 2)]


def clock(opens: dt.time, minute: float) -> str:
    """The time of the day so many minutes after opening."""
    total = opens.hour * 60 + opens.minute + int(minute)
    return f"{total // 60 % 24}:{total % 60:02d}"


def _hours(opens: dt.time, scale: Scale) -> list[dict]:
    """Labels of the time below, as many as have room: the first and the last stay inside."""
    every = next(step for step in (30, 60, 120, 180, 240, 480) if scale.minutes / step <= 6)
    start = -(opens.hour * 60 + opens.minute) % every
    found = []
    minute = start
    while minute <= scale.minutes:
        x = scale.x(minute)
        anchor = "start" if x < LEFT + 12 else "end" if x > WIDE - RIGHT - 12 else "middle"
        found.append({"x": x, "label": clock(opens, minute), "anchor": anchor})
        minute += every
    return found


def length_of(outcome: dict) -> float:
    """The minutes that a picture of this outcome needs."""
    return max(outcome["halves"][-1]["until"], outcome["queue"][-1][0])


def most_waiting(outcome: dict) -> float:
    """The top of the picture of the queue."""
    return max(ninth for _minute, _mean, ninth in outcome["queue"])


def most_minutes(outcome: dict) -> float:
    """The top of the picture of the waits."""
    found = [half[who]["ninth"] for half in outcome["halves"] for who in ("first", "others")]
    return max(*found, outcome["target"], 0)


def _path(points: list[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in points)


def queue_picture(outcome: dict, opens: dt.time, *, most: float = 0, minutes: float = 0) -> dict:
    """How many wait over the day: a line for the average, above it what nine of ten days stay below."""
    scale = Scale(minutes or length_of(outcome), round_up(most or most_waiting(outcome)))
    mean = [(scale.x(minute), scale.y(value)) for minute, value, _ninth in outcome["queue"]]
    ninth = [(scale.x(minute), scale.y(value)) for minute, _mean, value in outcome["queue"]]
    floor = scale.y(0)
    return {
        "wide": WIDE,
        "high": HIGH,
        "area": _path([(mean[0][0], floor), *mean, (mean[-1][0], floor)]) + "Z",
        "band": _path([*ninth, *reversed(mean)]) + "Z",
        "line": _path(mean),
        "marks": scale.marks(),
        "hours": _hours(opens, scale),
        "left": LEFT,
        "right": WIDE - RIGHT,
        "floor": floor,
        "top": TOP,
        "closes": scale.x(outcome["halves"][-1]["until"]),
    }


def waits_picture(outcome: dict, opens: dt.time, *, most: float = 0, minutes: float = 0) -> dict:
    """How long people of each half hour wait: two columns, a stroke up to nine of ten, and the formula's mark."""
    scale = Scale(minutes or length_of(outcome), round_up(most or most_minutes(outcome)))
    floor = scale.y(0)
    columns = []
    for half in outcome["halves"]:
        left, right = scale.x(half["from"]), scale.x(half["until"])
        room = max(2.0, (right - left) * 0.36)
        middle = (left + right) / 2
        bars = []
        for at, who in enumerate(("others", "first")):
            waits = half[who]
            if not waits["people"]:
                continue
            x = middle - room + at * room
            bars.append(
                {
                    "who": who,
                    "x": round(x + 0.5, 1),
                    "width": round(room - 1, 1),
                    "y": scale.y(waits["mean"]),
                    "height": round(floor - scale.y(waits["mean"]), 1),
                    "middle": round(x + room / 2, 1),
                    "ninth": scale.y(waits["ninth"]),
                }
            )
        columns.append(
            {
                "x": left,
                "width": round(right - left, 1),
                "bars": bars,
                "beyond": half["holds"] in ("overload", "draining"),
                "formula": scale.y(half["formula"]),
                "from": round(middle - room, 1),
                "until": round(middle + room, 1),
            }
        )
    return {
        "wide": WIDE,
        "high": HIGH,
        "columns": columns,
        "marks": scale.marks(),
        "hours": _hours(opens, scale),
        "left": LEFT,
        "right": WIDE - RIGHT,
        "floor": floor,
        "top": TOP,
        "target": scale.y(outcome["target"]),
    }
