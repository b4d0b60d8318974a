"""Events without end, by a seed: charges, logins with lockouts, rejects, and the same events again."""

import json
import random
import subprocess
import threading

SLICE = 150  # events of one `ingest`
PAUSE_SECONDS = 0.2
SUBSCRIBERS = 240
AGAIN = 0.02  # how many events come a second time
VERIFIER = "scrypt$16384$8$1$0101$abababababababababababababababab"
TRAFFIC, SERVICE, BONUS, LOGIN, PASSWORD, ACTIVATION, OPTION, PAYMENT = range(8)
WEIGHTS = (60, 12, 4, 10, 3, 2, 5, 4)


def events(seed):
    """JSON lines."""
    choice = random.Random(f"load {seed}")
    recent = []
    number = 0
    while True:
        if recent and choice.random() < AGAIN:
            yield choice.choice(recent)
            continue
        number += 1
        line = json.dumps(event(choice, number))
        recent.append(line)
        del recent[:-1000]
        yield line


def event(choice, number):
    made = {"id": f"00000000-0000-4000-8000-{number:012}",
            "subscriber": str(353_850_100_000 + choice.randrange(SUBSCRIBERS)),
            "occurred_at": f"2014-11-{1 + number % 28:02}T10:15:00Z", "channel": "web"}
    kind = choice.choices(range(len(WEIGHTS)), WEIGHTS)[0]
    if kind == TRAFFIC:
        made |= {"type": "traffic_used", "channel": "network", "bytes_up": choice.randrange(1, 10**6),
                 "bytes_down": choice.randrange(1, 10**7), "session": f"s{number % 7}"}
    elif kind == SERVICE:
        made |= {"type": "service_used", "channel": "network", "units": choice.randrange(1, 300),
                 "service": choice.choice(("call", "sms", "locator"))}
    elif kind == BONUS:
        made |= {"type": "bonus_granted", "channel": "operator", "bytes": 50_000, "reason": "gift"}
    elif kind == LOGIN:
        made |= {"type": "login_attempted", "outcome": choice.choice(("correct", "wrong"))}
    elif kind == PASSWORD:
        made |= {"type": "password_set", "channel": "sms", "method": "chosen", "verifier": VERIFIER}
    elif kind == ACTIVATION:
        made |= {"type": "assistant_activated", "channel": "ussd"}
    elif kind == OPTION:
        made |= {"type": choice.choice(("option_connected", "option_disconnected")), "channel": "operator",
                 "option": choice.choice(("data-boost", "data-max", "locator", "none-such"))}
    else:
        made |= {"type": "payment_received", "channel": "operator", "money": "1.50",
                 "reference": f"receipt {number}"}
    return made


class Feeder(threading.Thread):
    """Sends events, a slice after another. A slice that failed is sent again as a whole: what was in the log
    by then is dropped as a duplicate, or rejected once more, so the log itself says what was sent."""

    def __init__(self, ledger, seed):
        super().__init__(daemon=True)
        self.ledger = ledger
        self.lines = events(seed)
        self.ended = threading.Event()
        self.sent = []  # ids, in order, of what `ingest` said yes to
        self.failures = 0
        self.unexpected = None

    def run(self):
        while not self.ended.is_set():
            self.send([next(self.lines) for _ in range(SLICE)])
            self.ended.wait(PAUSE_SECONDS)

    def send(self, lines):
        while True:
            done = subprocess.run(self.ledger.command("ingest"), input="\n".join(lines) + "\n", text=True,
                                  capture_output=True, check=False)
            if done.returncode == 0:
                break
            self.failures += 1
            if done.returncode != 5:
                self.unexpected = f"ingest: exit {done.returncode}: {done.stderr}"
            if self.ended.wait(PAUSE_SECONDS):
                return
        self.sent += [json.loads(line)["id"] for line in lines]

    def end(self):
        self.ended.set()
        self.join()
