"""`subledger export`: what is in the file, what its manifest says, and going on after an interruption."""
import csv
import decimal
import fcntl
import hashlib
import io
import json
import shutil

import harness
from harness import LOG, CommandTest, event, published, records
from test_explain import BOOK, STORY


class Export(CommandTest):
    def prepare_story(self):
        self.create_topics(2)
        self.ingest([published(900, BOOK)])
        self.ingest([*STORY, event(100, subscriber="79160000003", zone="roaming"),
                     event(101, "payment_received", subscriber="79160000003", channel="operator",
                           money="1.00", reference='a "quoted", reference')])
        self.record_at("2015-02-01T00:00:00+00:00")
        self.run_to_end()

    def export(self, what, form="ndjson", *arguments, code=0, name=None):
        name = f"{what}.{form}" if name is None else name
        source = ["--store", "store"] if what == "accounts" else ["--log", LOG]
        return self.run_program("export", "--what", what, "--format", form, "--to", name, *source, *arguments,
                                code=code)

    def read(self, name):
        return (self.directory / name).read_bytes()

    def manifest(self, name):
        return json.loads(self.read(f"{name}.manifest.json"))

    def test_as_kept(self):
        self.prepare_story()
        for what in ["charges", "access", "accounts", "rejects"]:
            for form in ["csv", "ndjson"]:
                self.export(what, form)
                self.expect(f"export-{what}.{form}", self.read(f"{what}.{form}").decode())

    def test_ndjson_is_what_the_topics_and_queries_say(self):
        self.prepare_story()
        for what in ["charges", "access", "rejects"]:
            self.export(what)
            in_order = sorted(self.tail(what), key=lambda each: (each["source"]["partition"],
                                                                 each["source"]["offset"]))
            self.assertEqual(records(self.read(f"{what}.ndjson").decode()), in_order)
        self.export("accounts")
        listed = self.run_program("subscribers", "--store", "store").stdout
        self.assertEqual(self.read("accounts.ndjson").decode(), listed)

    def test_csv_has_the_same_values(self):
        self.prepare_story()
        self.export("charges")
        self.export("charges", "csv")
        rows = list(csv.DictReader(io.StringIO(self.read("charges.csv").decode(), newline="")))
        lines = records(self.read("charges.ndjson").decode())
        self.assertEqual(len(rows), len(lines))
        for row, line in zip(rows, lines):
            source = line.pop("source")
            line |= {"partition": source["partition"], "offset": source["offset"]}
            self.assertEqual({name: value for name, value in row.items() if value},
                             {name: str(value) for name, value in line.items()})

    def test_the_manifest_says_what_is_in_the_file(self):
        self.prepare_story()
        printed = json.loads(self.export("charges").stdout)
        manifest = self.manifest("charges.ndjson")
        self.assertEqual(printed, manifest)
        content = self.read("charges.ndjson")
        self.assertEqual((manifest["bytes"], manifest["sha256"], manifest["complete"]),
                         (len(content), hashlib.sha256(content).hexdigest(), True))
        lines = records(content.decode())
        self.assertEqual(manifest["records"], len(lines))
        for field, total in manifest["sums"].items():
            self.assertEqual(decimal.Decimal(total), sum(decimal.Decimal(each[field]) for each in lines))
        self.assertTrue(all(part["done"] and part["next"] <= part["end"] for part in manifest["partitions"]))

    def test_recorded_times_bound_it(self):
        self.prepare_story()
        everything = len(self.tail("charges"))
        middle = "2015-02-01T00:08:00Z"
        self.export("charges", "ndjson", "--from", middle, name="late")
        self.export("charges", "ndjson", "--until", middle, name="early")
        late, early = (records(self.read(name).decode()) for name in ["late", "early"])
        self.assertTrue(all(each["recorded_at"] >= middle for each in late))
        self.assertTrue(all(each["recorded_at"] < middle for each in early))
        self.assertEqual(len(late) + len(early), everything)

    def interrupt(self, name, lines_kept, partition):
        """Leaves the file as a crash would: saved after some lines of a partition, with more behind it."""
        content, manifest = self.read(name), self.manifest(name)
        first = [line for line in content.splitlines(keepends=True)
                 if json.loads(line)["source"]["partition"] == partition][:lines_kept]
        before = [line for line in content.splitlines(keepends=True)
                  if json.loads(line)["source"]["partition"] < partition]
        kept = b"".join(before + first)
        manifest |= {"complete": False, "records": len(before + first), "bytes": len(kept),
                     "sha256": hashlib.sha256(kept).hexdigest()}
        for field in manifest["sums"]:
            total = sum(decimal.Decimal(json.loads(line)[field]) for line in before + first)
            manifest["sums"][field] = f"{total:.6f}"
        part = manifest["partitions"][partition]
        part |= {"done": False, "next": lines_kept}
        (self.directory / name).write_bytes(content[:len(kept) + 17])
        self.write(f"{name}.manifest.json", json.dumps(manifest, separators=(",", ":")))
        return content

    def test_it_goes_on_where_it_was(self):
        self.prepare_story()
        self.export("charges")
        complete = self.manifest("charges.ndjson")
        whole = self.interrupt("charges.ndjson", 3, 1)
        # What came since the export began is not in it.
        self.ingest([event(200)])
        self.run_to_end()
        self.export("charges")
        self.assertEqual(self.read("charges.ndjson"), whole)
        self.assertEqual(self.manifest("charges.ndjson"), complete)

    def test_killed_and_begun_again_is_the_same_file(self):
        """Killed as soon as there is a manifest, wherever it is by then."""
        self.create_topics(1)
        self.publish()
        self.ingest([event(number) for number in range(20_000)])
        self.run_to_end()
        self.export("charges", name="whole")
        program = self.start_program("export", "--what", "charges", "--format", "ndjson", "--to", "killed",
                                     "--log", LOG)
        while not (self.directory / "killed.manifest.json").exists() and program.process.poll() is None:
            pass
        program.kill()
        self.export("charges", name="killed")
        self.assertEqual(self.read("killed"), self.read("whole"))
        self.assertEqual(self.manifest("killed"), self.manifest("whole"))

    def test_a_complete_export_stays_as_it_is(self):
        self.prepare_story()
        self.export("rejects")
        before = self.read("rejects.ndjson")
        self.ingest([event(1)])
        self.run_to_end()
        again = self.export("rejects", code=1)
        self.assertIn("is complete already", again.stderr)
        self.assertEqual(json.loads(again.stdout), self.manifest("rejects.ndjson"))
        self.assertEqual(self.read("rejects.ndjson"), before)

    def test_killed_before_its_first_manifest_it_begins_anew(self):
        self.prepare_story()
        self.write("charges.ndjson", "")
        self.export("charges")
        self.assertTrue(self.manifest("charges.ndjson")["complete"])

    def test_one_at_a_time_writes_a_file(self):
        self.prepare_story()
        self.export("charges", name="whole")
        self.export("charges", name="shared")
        self.interrupt("shared", 3, 1)
        before = self.read("shared")
        with open(self.directory / "shared", "rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)  # as another export does
            refused = self.export("charges", name="shared", code=1)
        self.assertIn("another export is writing it", refused.stderr)
        self.assertEqual(self.read("shared"), before)
        self.export("charges", name="shared")
        self.assertEqual(self.read("shared"), self.read("whole"))

    def test_what_is_not_as_the_manifest_says_is_not_touched(self):
        self.prepare_story()
        self.export("charges", name="some")
        whole = self.interrupt("some", 3, 1)
        kept = self.manifest("some")["bytes"]
        before = whole[:kept - 1]
        for content in [b"", before, before + b"!", before + b"!" + whole[kept:]]:
            (self.directory / "some").write_bytes(content)
            refused = self.export("charges", name="some", code=1)
            self.assertIn("is not what its manifest says", refused.stderr)
            self.assertEqual(self.read("some"), content)
        (self.directory / "some").unlink()
        self.assertIn("is not there", self.export("charges", name="some", code=1).stderr)
        self.assertFalse((self.directory / "some").exists())

    def test_partitions_that_are_elsewhere_are_named(self):
        self.prepare_story()
        self.assertNotIn("holds", self.export("accounts").stderr)
        shutil.rmtree(self.directory / "store" / "partition-0000")
        told = "store holds 1 of 2 partitions; not in it, nor in what follows: 0"
        self.assertIn(told, self.export("accounts", name="part").stderr)
        self.assertIn(told, self.run_program("subscribers", "--store", "store").stderr)

    def test_files_that_are_not_this_export(self):
        self.prepare_story()
        self.write("mine", "precious")
        self.export("charges", name="mine", code=1)
        self.assertEqual(self.read("mine"), b"precious")
        self.export("charges", name="some")
        self.export("access", name="some", code=2)
        self.export("charges", "csv", name="some", code=2)
        self.export("charges", "ndjson", "--from", "2015-02-01T00:00:00Z", name="some", code=2)
        self.write("other.manifest.json", "nonsense")
        self.export("charges", name="other", code=1)

    def test_accounts_of_a_store_that_has_gone_on_are_not_mixed(self):
        self.prepare_story()
        self.export("accounts")
        manifest = self.manifest("accounts.ndjson")
        for part in manifest["partitions"]:
            part |= {"next": 0, "done": False}
        manifest |= {"complete": False, "records": 0, "bytes": 0, "sha256": hashlib.sha256().hexdigest()}
        self.write("accounts.ndjson.manifest.json", manifest)
        self.ingest([event(200)])
        self.run_to_end()
        self.assertIn("has gone on", self.export("accounts", code=1).stderr)

    def test_another_log_is_5(self):
        self.prepare_story()
        self.export("charges")
        self.run_program("topics", "create", "--log", "sqlite:other.db")
        self.run_program("export", "--what", "charges", "--format", "ndjson", "--to", "charges.ndjson",
                         "--log", "sqlite:other.db", code=5)

    def test_wrong_words(self):
        self.prepare_story()
        self.export("nonsense", code=2)
        self.export("charges", "xml", code=2)
        self.export("charges", name="", code=2)
        self.export("accounts", "csv", "--from", "2015-02-01T00:00:00Z", code=2)
        self.export("charges", "csv", "--from", "2015-02-01T00:00:00Z", "--until", "2015-01-01T00:00:00Z",
                    code=2)
        self.export("charges", name="no/such/directory", code=1)

    def test_a_log_and_a_store_that_do_not_belong_together(self):
        self.prepare_story()
        other = "sqlite:other.db"
        self.run_program("topics", "create", "--log", other)
        environment = {"SUBLEDGER_LOG": other, "SUBLEDGER_STORE": "store"}
        for what, sources, code in [("charges", ["--log", LOG, "--store", "store"], 0),
                                    ("accounts", ["--log", LOG, "--store", "store"], 0),
                                    ("accounts", ["--log", LOG], 0), ("accounts", ["--log", other], 5),
                                    ("accounts", ["--store", "store"], 0),
                                    ("access", ["--store", "store"], 5), ("access", ["--log", LOG], 0)]:
            to = f"{what}{len(sources)}{code}{sources[0]}.csv"
            ended = self.run_program("export", "--what", what, "--format", "csv", "--to", to, *sources,
                                     code=code, **environment)
            self.assertEqual((self.directory / to).exists(), code == 0)
            self.assertEqual("another log" in ended.stderr, code == 5)
        self.run_program("export", "--what", "accounts", "--format", "csv", "--to", "no.csv",
                         "--store", "store", "--log", "sqlite:missing.db", code=5)

    def test_beside_a_running_engine_and_nothing_changes_the_store(self):
        self.prepare_story()
        before = self.fingerprint("store")
        self.export("accounts", "csv")
        self.assertEqual(self.fingerprint("store"), before)
        engine = self.start_program("run", "--log", LOG, "--store", "store")
        engine.wait_for("partition ready")
        engine.wait_for("partition ready")
        self.export("accounts", name="beside")
        self.export("charges", name="charges-beside")
        self.assertTrue(self.manifest("beside")["complete"])


if __name__ == "__main__":
    harness.main()
