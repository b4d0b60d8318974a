"""Counts what the scenarios of seeds 1 to 50 reach, and checks on the way what must always hold.

    python3 coverage.py [--seeds 50] [--events 600]

Prints how often each kind, reason, decision row and feature occurred; exit 1 where one is 0.
"""

import argparse
import collections
import copy
import sys

import coverage_features
from fold import Fold
from forms import read_event, read_json
from generate import generate

KINDS = ("activation", "deactivation", "option_connect", "option_disconnect", "tariff_switch", "traffic",
         "service", "bonus", "payment", "reversal", "closing")
REASONS = ("invalid_subscriber", "time_out_of_range", "invalid_value", "id_conflict", "before_closing",
           "no_catalog", "access_denied", "unknown_option", "unknown_tariff", "unknown_service",
           "unknown_charge", "option_already_connected", "option_not_connected", "option_excluded",
           "same_tariff", "option_required", "already_reversed", "too_many_grants", "no_rate",
           "amount_overflow", "invalid_catalog")
DECISIONS = ("1 not_activated", "2 locked", "3 no_password", "4 stale_password", "5 granted",
             "6 wrong_password", "accepted", "transition locked", "transition unlocked")


def snapshot(fold, event):
    """A copy of the subscriber's account before the event, and when it was last closed."""
    subscriber = fold.subscribers.get(event.get("subscriber"))
    if subscriber is None:
        return None
    before = copy.copy(subscriber.account)
    for name in ("switches", "options", "accumulators", "charges"):
        setattr(before, name, copy.copy(getattr(before, name)))
    before.grants = copy.deepcopy(before.grants)
    before.closed_at = subscriber.closed_at
    return before


def decision_of(record):
    names = {name.split()[1]: name for name in DECISIONS[:6]}
    return names.get(record.get("reason", record["decision"]), "accepted")


def check_invariants(fold):
    """Counts, sequences and bounds. Rule: domain 6 and 7."""
    assert fold.records == fold.accepted + fold.duplicates + fold.rejected
    sequences = collections.Counter()
    for record in fold.charges:
        sequences[record["subscriber"]] += 1
        assert record["sequence"] == sequences[record["subscriber"]]
    for subscriber in fold.subscribers.values():
        account = subscriber.account
        assert len(account.accumulators) <= 32 and len(account.switches) <= 32
        assert len(account.grants) <= 64 and abs(account.balance) <= 10**15
        assert all(grant["left"] > 0 for grant in account.grants)


def count_seed(seed, events, counts):
    fold, seen = Fold(), {}
    for text in generate(seed, events).lines:
        members = read_json(text)
        event = read_event(members)
        before = snapshot(fold, event)
        charges, accesses = len(fold.charges), len(fold.access)
        outcome = fold.apply(event)
        counts["outcome"][outcome if outcome in ("accepted", "duplicate") else "rejected"] += 1
        counts["reason"][outcome] += outcome in REASONS
        for record in fold.charges[charges:]:
            counts["kind"][record["kind"]] += 1
        for record in fold.access[accesses:]:
            counts["decision"][decision_of(record)] += 1
            if "transition" in record:
                counts["decision"]["transition " + record["transition"]] += 1
        record = fold.charges[-1] if len(fold.charges) > charges else None
        features = coverage_features.features_of(fold, members, event, before, outcome, record, seen)
        counts["feature"].update(features)
        assert sum(fold.postings.values()) == 0  # Rule: domain 7, the trial balance at every offset
    check_invariants(fold)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--events", type=int, default=600)
    options = parser.parse_args()
    expected = {"outcome": ("accepted", "duplicate", "rejected"), "kind": KINDS, "reason": REASONS,
                "decision": DECISIONS, "feature": coverage_features.FEATURES}
    counts = {group: collections.Counter() for group in expected}
    for seed in range(1, options.seeds + 1):
        count_seed(seed, options.events, counts)
    missing = 0
    for group, names in expected.items():
        unlisted = [name for name in counts[group] if counts[group][name] and name not in names]
        assert not unlisted, unlisted
        for name in names:
            missing += counts[group][name] == 0
            print(f"{group:9} {counts[group][name]:8}  {name}")
    print(f"{missing} never occurred")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
