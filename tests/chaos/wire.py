"""Single requests of the engine to the broker are cut, held, or delivered after their sender has given up."""

import itertools

from proxy import INTO_THE_NEXT, KINDS, Fault

APIS = ("Produce", "AddPartitionsToTxn", "EndTxn", "TxnOffsetCommit")
SHORT_SECONDS = (0.1, 1.5)
INSIDE_SECONDS = (0.0, 0.03)
LONG_SECONDS = (6.0, 8.0)  # longer than the engine waits for an answer
LONG = "request held, long", "reply held, long"
CASES = (*itertools.product(APIS, KINDS), *itertools.product(("EndTxn",), LONG),
         *(("EndTxn", INTO_THE_NEXT),) * 3)
A_CALL = 13
DIES = 0.25  # how often the engine is killed while a request of its is on its way
WAIT_SECONDS = 60


def wire(field):
    """Some cases, each once before any comes again, on the one instance."""
    field.kill("a")
    field.proxied = True
    field.start("a")
    field.wait_ready("a")
    for _ in range(A_CALL):
        if not field.cases_left:
            field.cases_left = field.choice.sample(CASES, len(CASES))
        befall(field, *field.cases_left.pop())
    field.kill("a")
    field.proxied = False
    field.start("a")


def befall(field, api, kind):
    bounds = LONG_SECONDS if kind in LONG else INSIDE_SECONDS if kind == INTO_THE_NEXT else SHORT_SECONDS
    seconds = field.choice.uniform(*bounds)
    fault = Fault(api, kind.partition(", long")[0], seconds)
    field.brokers.proxy.arm(fault)
    try:
        if not fault.begun.wait(WAIT_SECONDS):
            field.violate(f"no request {api} came within {WAIT_SECONDS} s: {kind}")
            return
    finally:
        field.brokers.proxy.arm(None)
    if kind != INTO_THE_NEXT and not kind.endswith(" cut") and field.choice.random() < DIES:
        field.pause(0.0, seconds)
        field.kill("a")
        field.start("a")
    if not fault.done.wait(WAIT_SECONDS):
        field.violate(f"{api}: {kind}: did not end within {WAIT_SECONDS} s")
    field.requests[f"{api}: {kind}"] += 1
    what = "held for long" if kind in LONG else "cut or held"
    field.measure(f"request or reply {what}, all partitions go on", fault.begun_ms, field.partitions,
                  named=f"{api}: {kind}, {seconds:.2f} s")
    field.check_alive("a")
