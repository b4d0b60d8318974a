"""The engine on a broker that stands still while a stop is asked for: it ends in time all the same, and what
it left open is neither lost nor doubled."""

import json
import os
import pathlib
import signal
import subprocess
import time

from ledger import Failure, Ledger, require_equal

OPS = pathlib.Path(__file__).resolve().parents[2] / "ops"
PATIENCE_SECONDS = 120  # far more than the stop may take: how long it takes is not what is tested here


class OwnBroker:
    """Nobody else's, so that it may stand still."""

    def __init__(self, folder):
        self.folder = folder

    def __enter__(self):
        self.call("start", "--heap", "256m")
        return self

    def __exit__(self, *_):
        self.send(signal.SIGCONT)
        self.call("stop")

    def call(self, command, *words):
        done = subprocess.run([OPS / "kafka", command, self.folder, *words], capture_output=True, text=True,
                              check=False, timeout=300)
        if done.returncode != 0:
            raise Failure(f"ops/kafka {command}: {done.stderr}{done.stdout}")

    def word(self, name):
        return (self.folder / name).read_text(encoding="utf-8").strip()

    def send(self, number):
        os.kill(int(self.word("pid")), number)


def check_silent(program, scratch, catalog, events):
    with OwnBroker(scratch / "kafka") as broker:
        made = Ledger(program, "kafka://" + broker.word("bootstrap"), scratch / "store", "subledger.")
        made.create(4)
        made.publish(catalog)
        made.ingest(events)
        with (scratch / "errors").open("w", encoding="utf-8") as errors:
            engine = made.start("--chunk-records", "100", "--lanes", "2", errors=errors)
            while not made.call("tail", "charges", "--limit", "1"):
                if engine.poll() is not None:
                    raise Failure("the engine ended: " + (scratch / "errors").read_text())
                time.sleep(0.05)
            broker.send(signal.SIGSTOP)
            engine.terminate()
            try:
                status = engine.wait(timeout=PATIENCE_SECONDS)
            finally:
                engine.kill()
        said = (scratch / "errors").read_text(encoding="utf-8")
        if status != 1 or "stopped while the log or a disk did not answer in time" not in said:
            raise Failure(f"the engine ended with {status} and said: {said}")
        broker.send(signal.SIGCONT)
        made.run()
        verified = made.call("verify", "--store", made.store).splitlines()
        require_equal([{"totals": {"findings": 0}}], [json.loads(verified[-1])], "verify")
        total = sum(json.loads(line)["events"] for line in verified[:-1])
        answered = sum(json.loads(line)["answered"] for line in verified[:-1])
        require_equal([total - 4], [answered], "events answered, but for the catalog in each partition")
