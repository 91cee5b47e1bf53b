"""Proving the log: every event is hashed again and every seal recomputed; what is wrong is named."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction

from huying.kernel import merkle, seals
from huying.kernel.log import START, Cursor
from huying.kernel.models import Event, Seal

Progress = Callable[[int, int], None]
_SEALS_AT_ONCE = 500
_TOLD = 20_000  # events between two calls of `progress`


@dataclass(frozen=True)
class Flaw:
    """One thing that is wrong: `what` is a code, `event` and `seal` say where, `words` say it to a person."""

    what: str  # altered | moved | removed | inserted | unexplained | seal altered | seal missing | root | unreadable
    words: str
    event: int | None = None
    seal: int | None = None


@dataclass
class Report:
    """What `verify` found. ok: nothing is wrong."""

    events: int = 0
    seals: int = 0
    unsealed: int = 0
    seconds: float = 0.0
    root: str = ""
    flaws: list[Flaw] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.flaws

    def __str__(self):
        head = f"{self.events:,} events under {self.seals:,} seals, {self.unsealed:,} not sealed yet"
        speed = f"{self.seconds:.1f} s, {self.events / self.seconds:,.0f} events/s" if self.seconds else ""
        if self.ok:
            return f"The log is whole: {head} ({speed}).\nNewest root: {self.root or 'none yet'}"
        shown = [f"  - {flaw.words}" for flaw in self.flaws[:50]]
        if len(self.flaws) > 50:
            shown.append(f"  - and {len(self.flaws) - 50} more")
        return f"THE LOG WAS TAMPERED WITH ({len(self.flaws)} findings; {head}):\n" + "\n".join(shown)


def verify(progress: Progress | None = None, *, roots: Sequence[str] = ()) -> Report:
    """Recompute every seal over the log as it is, in one snapshot.

    progress: called with (done, total) events. roots: printed roots ('12:9f86…') that must still hold. Raises ValueError
    for a root that cannot be read.
    """
    expected = [("a printed root", *seals.parse_root(text)) for text in roots]
    report = Report()
    started = time.monotonic()
    outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if outermost:  # one snapshot for seals and events; inside a caller's transaction its level holds
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT coalesce(sum(count), 0) FROM kernel_seal")
        total = int(cursor.fetchone()[0])
        last, end = _Proof(report, progress, total).run()
        cursor.execute(
            "SELECT count(*) FROM kernel_event WHERE (txid, id) > (%s::text::xid8, %s)", [str(end.txid), end.id]
        )
        report.unsealed = cursor.fetchone()[0]
        _hold_against(report, last, expected)
    moved = {flaw.event for flaw in report.flaws if flaw.what == "moved"}
    report.flaws = [flaw for flaw in report.flaws if flaw.what != "inserted" or flaw.event not in moved]
    report.seconds = time.monotonic() - started
    return report


def _hold_against(report: Report, last: int, expected: list[tuple[str, int, str]]) -> None:
    """Compare the seals with roots that were kept outside of the database."""
    try:
        if kept := seals.read_witness():
            expected.append((f"the root kept in {seals.witness_file().name}", *kept))
    except (ValueError, KeyError, OSError) as error:
        report.flaws.append(Flaw("unreadable", f"{seals.witness_file()} cannot be read: {error}"))
    for name, number, digest in expected:
        if number > last:
            words = (
                f"{name} is of seal {number}, but the log ends at seal {last}: its end was cut off, or an older backup"
            )
            report.flaws.append(Flaw("root", f"{words} was restored", seal=number))
            continue
        found = Seal.objects.filter(number=number).values_list("chain", flat=True).first()
        if found is None or bytes(found).hex() != digest:
            words = f"{name} does not match seal {number}: the log was rewritten up to there"
            report.flaws.append(Flaw("root", words, seal=number))


class _Proof:
    """Walks seals and events side by side in commit order."""

    def __init__(self, report: Report, progress: Progress | None, total: int):
        self.report = report
        self.progress = progress or (lambda done, total: None)
        self.total = total
        self.chains = {seals.GENESIS}  # what the next seal may be chained to
        self.doubt = False
        self.suspects: list[tuple[Seal, dict[int, bytes], bool]] = []
        self.number = 0
        self.after = START

    def run(self) -> tuple[int, Cursor]:
        """Check everything; returns the last seal's number and where it ends."""
        while batch := list(
            Seal.objects.filter(number__gt=self.number).order_by("number").defer("leaves")[:_SEALS_AT_ONCE]
        ):
            # The farthest end of all: an altered seal may end anywhere.
            events = self._events(max(Cursor(seal.last_txid, seal.last_id) for seal in batch))
            ahead = next(events, None)
            for seal in batch:
                end = (seal.last_txid, seal.last_id)
                ids, leaves = [], []
                while ahead is not None and ahead[0] <= end:
                    ids.append(ahead[0][1])
                    leaves.append(ahead[1])
                    ahead = next(events, None)
                self._check(seal, ids, leaves)
                self.after = max(self.after, Cursor(*end))
            for _rest in events:
                pass
            # Only now is the connection free to be asked something else.
            for seal, found, besides in self.suspects:
                self.report.flaws += _explain(seal, found, besides=besides)
            self.suspects.clear()
        self.progress(self.report.events, self.total)
        return self.number, self.after

    def _events(self, until: Cursor) -> Iterator[tuple[tuple[int, int], bytes]]:
        """((txid, id), leaf) of each event up to a cursor."""
        leaf, report = merkle.leaf, self.report
        for row in seals.lines(self.after, until):
            pk, txid, _rest = row.split(b"\t", 2)
            report.events += 1
            if not report.events % _TOLD:
                self.progress(report.events, self.total)
            yield (int(txid), int(pk)), leaf(row)

    def _check(self, seal: Seal, ids: list[int], leaves: list[bytes]) -> None:
        report, trusted = self.report, not self.doubt
        self.doubt = False
        missing = range(self.number + 1, seal.number)
        if missing:
            gone = f"seal {missing[0]} is" if len(missing) == 1 else f"seals {missing[0]} to {missing[-1]} are"
            report.flaws.append(Flaw("seal missing", f"{gone} missing", seal=missing[0]))
        chains = {seals.chain(before, seal) for before in self.chains}
        if bytes(seal.chain) not in chains and not missing:
            report.flaws.append(Flaw("seal altered", f"seal {seal.number} was altered", seal=seal.number))
            # Its end may be wrong, so neither its events nor the next one's can be told apart.
            trusted, self.doubt = False, True
        if trusted and (len(leaves) != seal.count or merkle.root(leaves) != bytes(seal.root)):
            self.suspects.append((seal, dict(zip(ids, leaves, strict=True)), bool(missing)))
        # When a chain value itself was altered, the next seal still follows from the right one.
        self.chains = {bytes(seal.chain), *(chains if self.doubt else ())}
        self.number = seal.number
        report.seals += 1
        report.root = f"{seal.number}:{bytes(seal.chain).hex()}"


def _explain(seal: Seal, found: dict[int, bytes], *, besides: bool) -> list[Flaw]:
    """Which events make a seal's root differ, by the short hashes kept with the seal.

    besides: events of a missing seal stand among them, and are no flaw of their own.
    """
    index = bytes(Seal.objects.values_list("leaves", flat=True).get(number=seal.number))
    kept = {int.from_bytes(index[n : n + 8], "big"): index[n + 8 : n + 16] for n in range(0, len(index), 16)}
    if besides:
        found = {pk: hashed for pk, hashed in found.items() if pk in kept}
        if len(found) == seal.count and merkle.root(list(found.values())) == bytes(seal.root):
            return []
    flaws = []
    elsewhere = set(Event.objects.filter(pk__in=kept.keys() - found.keys()).values_list("pk", flat=True))
    for pk in sorted(kept.keys() | found.keys()):
        if pk not in found and pk in elsewhere:
            flaws.append(Flaw("moved", f"event {pk} was altered: its transaction id was changed", pk, seal.number))
        elif pk not in found:
            flaws.append(Flaw("removed", f"event {pk} was removed", pk, seal.number))
        elif pk not in kept:
            flaws.append(Flaw("inserted", f"event {pk} was inserted after seal {seal.number}", pk, seal.number))
        elif found[pk][:8] != kept[pk]:
            flaws.append(Flaw("altered", f"event {pk} was altered", pk, seal.number))
    if not flaws:
        words = f"the events under seal {seal.number} do not give its root, and its index does not tell which one"
        flaws.append(Flaw("unexplained", words, seal=seal.number))
    return flaws
