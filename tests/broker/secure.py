"""The engine on a broker that demands TLS and a password and gives each user exactly the rights that are
named here. The rights and the settings file are those of docs/guarantees.md."""

import json
import os
import pathlib
import subprocess
import time

import ledger
from ledger import Failure, Ledger

OPS = pathlib.Path(__file__).resolve().parents[2] / "ops"
PREFIX = "subledger."
OUTPUTS = ("charges", "access", "rejects")
PASSWORD = "pass-word-of-a-test"
WRONG_PASSWORD = "another-pass-word"
# What the engine needs, and what it says where one is missing.
RIGHTS = {
    "read-events": (("--operation", "Read", "--topic", PREFIX + "events"),
                    ("topic subledger.events", "authorization", "Read on all four")),
    "configuration-of-events": (("--operation", "DescribeConfigs", "--topic", PREFIX + "events"),
                                ("properties of subledger.events", "DescribeConfigs")),
    "group": (("--operation", "Read", "--group", "subledger", "--resource-pattern-type", "prefixed"),
              ("Group authorization failed", "Read on the consumer group")),
    "transactional-id": (("--operation", "Write", "--transactional-id", "subledger-",
                          "--resource-pattern-type", "prefixed"),
                         ("subledger-engine-0", "Write on transactional ids")),
    **{f"read-{topic}": (("--operation", "Read", "--topic", PREFIX + topic),
                         (f"subledger.{topic}", "authorization", "Read on all four")) for topic in OUTPUTS},
    **{f"write-{topic}": (("--operation", "Write", "--topic", PREFIX + topic),
                          ("opic authorization failed", "Write on what it writes")) for topic in OUTPUTS},
}


def event(number, **fields):
    return {"id": f"00000000-0000-4000-8000-{number:012}", "subscriber": "353850000001",
            "occurred_at": "2014-11-02T10:15:00Z", "channel": "operator"} | fields


# One record for each output, so that each right to write is needed in the first transaction.
EVENTS = (event(1, type="assistant_activated"),
          event(2, type="payment_received", money="10.00", reference="receipt 1"),
          event(2, type="payment_received", money="11.00", reference="receipt 1"))


class SecureBroker:
    """A broker of its own, with one user who has all RIGHTS and one without each of them."""

    def __init__(self, folder):
        self.folder = folder
        self.users = ["engine", *(f"without-{right}" for right in RIGHTS)]
        self.certificate = make_certificate(folder, "broker")

    def __enter__(self):
        words = [word for user in self.users for word in ("--user", f"{user}={PASSWORD}")]
        self.call("start", "--heap", "256m", "--secure", self.folder / "broker-with-key.pem", *words)
        return self

    def __exit__(self, *_):
        self.call("stop")

    def call(self, command, *words):
        done = subprocess.run([OPS / "kafka", command, self.folder / "kafka", *words], capture_output=True,
                              text=True, check=False, timeout=300)
        if done.returncode != 0:
            raise Failure(f"ops/kafka {command} {words[:2]}: {done.stderr}{done.stdout}")

    def address(self, name):
        return (self.folder / "kafka" / name).read_text(encoding="utf-8").strip()

    def give_rights(self):
        for right, (words, _) in RIGHTS.items():
            allowed = [user for user in self.users if user != f"without-{right}"]
            principals = [word for user in allowed for word in ("--allow-principal", f"User:{user}")]
            self.call("tool", "org.apache.kafka.tools.AclCommand", "--add", *principals, *words)


def make_certificate(folder, name):
    """A key and a certificate for 127.0.0.1, signed by itself."""
    key, certificate = folder / f"{name}-key.pem", folder / f"{name}.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out",
                    certificate, "-days", "2", "-subj", f"/CN={name}", "-addext",
                    "subjectAltName=IP:127.0.0.1"], capture_output=True, check=True)
    together = key.read_text(encoding="ascii") + certificate.read_text(encoding="ascii")
    (folder / f"{name}-with-key.pem").write_text(together, encoding="ascii")
    return certificate


class SecureEngine:
    """`subledger run --until-end` under the name of one user."""

    def __init__(self, program, broker, scratch):
        self.program = str(program)
        self.broker = broker
        self.scratch = scratch

    def settings(self, **changes):
        """The settings file of docs/guarantees.md; a change of None leaves the property out."""
        secret = self.scratch / "password"
        secret.write_text(PASSWORD + "\n", encoding="utf-8")
        properties = {"security.protocol": "SASL_SSL", "ssl.ca.location": str(self.broker.certificate),
                      "sasl.mechanism": "PLAIN", "sasl.username": "engine",
                      "sasl.password": {"file": str(secret)}}
        properties |= {name.replace("_", "."): value for name, value in changes.items()}
        lines = ["[kafka]"]
        for name, value in properties.items():
            if isinstance(value, dict):
                lines.append(f'"{name}" = {{ file = {json.dumps(value["file"])} }}')
            elif value is not None:
                lines.append(f'"{name}" = {json.dumps(value)}')
        path = self.scratch / "secure.toml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def run(self, *words, host=None, variables=None, store="store", instance="engine", **changes):
        """The exit code and what it said, in which no password may stand."""
        log = self.broker.address("secure")
        if host is not None:
            log = host + log[log.index(":"):]
        command = [self.program, "run", "--until-end", "--log", f"kafka://{log}", "--store",
                   self.scratch / store, "--instance", instance, "--wait-ms", "4000", "--log-level", "debug",
                   "--config", self.settings(**changes), *words]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60,
                                  env=os.environ | (variables or {}))
        except subprocess.TimeoutExpired as never:
            raise Failure(f"{changes}: it does not end") from never
        said = done.stdout + done.stderr
        for secret in (PASSWORD, WRONG_PASSWORD):
            if secret in said:
                raise Failure(f"a password was shown: {said}")
        return done.returncode, said

    def must_end(self, expected, words, *arguments, **options):
        started = time.monotonic()
        status, said = self.run(*arguments, **options)
        last = said[said.rfind("subledger run:"):].strip()
        missing = [word for word in words if word not in last]
        print(f"{options}: exit {status} after {time.monotonic() - started:.1f} s: {last[-600:]}")
        if status != expected or missing:
            raise Failure(f"{options}: exit {status}, expected {expected} and {missing} in: {said}")


def check_connection(engine):
    """What does not get in: exit 5, and a word about what to look at."""
    engine.must_end(5, ["sasl.password"], variables={"SUBLEDGER_KAFKA_SASL_PASSWORD": WRONG_PASSWORD})
    engine.must_end(5, ["sasl.password"], sasl_username="nobody")
    engine.must_end(5, ["check sasl.mechanism"], sasl_mechanism="SCRAM-SHA-256")
    other = make_certificate(engine.scratch, "other")
    engine.must_end(5, ["not trusted", "ssl.ca.location"], ssl_ca_location=str(other))
    engine.must_end(5, ["another name", "ssl.ca.location"], host="localhost")
    engine.must_end(1, ["ssl.ca.location"], ssl_ca_location=str(engine.scratch / "none.pem"))
    engine.must_end(5, ["security.protocol"], security_protocol="PLAINTEXT")


def check_without(engine, rights, *words):
    """Without any one of the rights nothing is written: exit 1, and a word about which is missing."""
    for right in rights:
        engine.must_end(1, RIGHTS[right][1], *words, sasl_username=f"without-{right}",
                        store=f"without-{right}")


def check_masked(engine):
    variables = {"SUBLEDGER_KAFKA_SSL_KEY_PASSWORD": WRONG_PASSWORD}
    done = subprocess.run([engine.program, "config", "show", "--config", engine.settings()], check=True,
                          capture_output=True, text=True, env=os.environ | variables)
    shown = {each["setting"]: each["value"] for each in map(json.loads, done.stdout.splitlines())}
    masked = [shown[f"kafka.{name}"] for name in ("sasl.password", "ssl.key.password", "sasl.username")]
    if masked != ["***"] * 3 or shown["kafka.security.protocol"] != "SASL_SSL":
        raise Failure(f"config show: {shown}")


def check_scram(engine, group):
    """It works with the library of ops/build-librdkafka. Debian's is too old for Kafka 4, and run says so."""
    newer = {"LD_LIBRARY_PATH": library_folder()}
    engine.must_end(0, [], "--group", group, sasl_mechanism="SCRAM-SHA-512", store="scram", variables=newer)
    engine.must_end(5, ["sasl.password"], sasl_mechanism="SCRAM-SHA-512",
                    variables=newer | {"SUBLEDGER_KAFKA_SASL_PASSWORD": WRONG_PASSWORD})
    if old_library(engine):
        engine.must_end(5, ["cannot do SCRAM with Kafka 4, which takes 2.6.1"],
                        sasl_mechanism="SCRAM-SHA-512")


def library_folder():
    done = subprocess.run([OPS / "build-librdkafka"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"ops/build-librdkafka: {done.stderr}")
    return str(pathlib.Path(done.stdout.strip()) / "lib")


def old_library(engine):
    said = subprocess.run([engine.program, "--version"], capture_output=True, text=True, check=True).stdout
    version = next(line.split()[1] for line in said.splitlines() if line.startswith("librdkafka"))
    return tuple(map(int, version.split("."))) < (2, 6, 1)


def check_takeover(engine):
    """Another instance ends what the first could have left open, by the same rights."""
    status, said = engine.run(instance="another", store="another")
    if status != 0 or "gone fenced id=subledger-engine-0" not in said:
        raise Failure(f"another instance: exit {status}: {said}")


def require_counts(admin, expected):
    counts = {topic: len(admin.tail(topic)) for topic in OUTPUTS}
    if counts != expected:
        raise Failure(f"records: {counts}, expected {expected}")


def check_secure(program, scratch, catalog):
    with SecureBroker(scratch) as broker:
        admin = Ledger(program, "kafka://" + broker.address("bootstrap"), scratch / "none", PREFIX)
        admin.create(1)
        admin.publish(catalog)
        admin.call("ingest", feed="".join(json.dumps(each) + "\n" for each in EVENTS))
        broker.give_rights()
        engine = SecureEngine(program, broker, scratch)
        check_masked(engine)
        check_connection(engine)
        reading = [f"read-{topic}" for topic in OUTPUTS]
        check_without(engine, [right for right in RIGHTS if right not in reading])
        for topic in OUTPUTS:
            ledger.require_equal([], admin.tail(topic), topic)
        engine.must_end(0, [], "--session-timeout-ms", "1000")
        check_takeover(engine)
        expected = {"charges": 2, "access": 1, "rejects": 1}
        require_counts(admin, expected)
        # The password from the environment; a group without a position, which goes by the outputs.
        variables = {"SUBLEDGER_KAFKA_SASL_PASSWORD": PASSWORD}
        engine.must_end(0, [], "--group", "subledger-second", sasl_password=None, store="again",
                        variables=variables)
        for number, right in enumerate(reading):
            check_without(engine, [right], "--group", f"subledger-without-{number}")
        check_scram(engine, "subledger-third")
        require_counts(admin, expected)
