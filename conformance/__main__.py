"""`python -m conformance`: every case over Tocsin's engine; names what does not conform. Exit code 1 if any."""

import sys

from conformance.cases import Alert, Case, load_rules, read_cases
from conformance.tocsin import Run


def run(case: Case, batch_size: int = 1) -> set[Alert]:
    """The alerts that Tocsin gives where ``case`` arrives in batches, with a restart after each."""
    engine = Run(load_rules(case.rules), case.lateness_us)
    for start in range(0, len(case.events), batch_size):
        engine.send(case.events[start : start + batch_size])
    engine.finish()
    return set(engine.alerts.values())


def main() -> int:
    """Run all cases, as single events and as one batch."""
    failed = count = 0
    for case in read_cases():
        count += 1
        for batch_size in (1, len(case.events)):
            got = run(case, batch_size)
            if got != case.alerts:
                failed += 1
                print(f"{case.name}: {case.checks}")
                print(f"    missing: {sorted(case.alerts - got)}")
                print(f"    too many: {sorted(got - case.alerts)}")
    print(f"{count} cases, {failed} runs that do not conform")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
