"""`subledger run`: signals, two processes at once, stores of other logs, log lines."""
import json
import resource
import shutil
import signal

import harness
from harness import LOG, CommandTest, event, records


class Run(CommandTest):
    def start_engine(self, *arguments):
        engine = self.start_program("run", "--log", LOG, "--store", "store", *arguments)
        for _ in range(2):
            engine.wait_for("partition ready")
        return engine

    def stored_charges(self):
        return len(records(self.run_program("charges", "79161234567", "--store", "store").stdout))

    def test_sigterm_ends_a_service_with_0_and_everything_written(self):
        self.create_topics()
        self.publish()
        engine = self.start_engine()
        follower = self.start_program("tail", "--log", LOG, "charges", "--follow")
        self.ingest([event(1)])
        self.assertEqual(json.loads(follower.line())["sequence"], 1)
        self.assertEqual(engine.end(signal.SIGTERM), 0)
        self.assertEqual(self.stored_charges(), 1)
        self.assertEqual(follower.end(signal.SIGTERM), 0)

    def test_sigint_ends_with_130_and_everything_written(self):
        self.create_topics()
        self.publish()
        engine = self.start_engine()
        follower = self.start_program("tail", "--log", LOG, "charges", "--follow")
        self.ingest([event(1)])
        follower.line()
        self.assertEqual(engine.end(signal.SIGINT), 130)
        self.assertEqual(self.stored_charges(), 1)
        self.assertEqual(follower.end(signal.SIGINT), 130)

    def test_a_second_process_writes_and_follows_while_it_runs(self):
        self.create_topics()
        self.publish()
        self.start_engine()
        # From the beginning: where the end is when it starts would depend on who is faster.
        follower = self.start_program("tail", "--log", LOG, "charges", "--follow")
        for number in range(1, 6):
            self.ingest([event(number)])
            self.assertEqual(json.loads(follower.line())["sequence"], number)

    def test_it_goes_on_where_it_ended(self):
        self.prepare([event(1)])
        done = self.run_to_end()
        self.assertIn("0 records applied", done.stderr)
        self.ingest([event(2)])
        self.assertIn("1 record applied", self.run_to_end().stderr)
        self.assertEqual([each["sequence"] for each in self.tail("charges")], [1, 2])

    def test_a_store_that_was_lost_is_rebuilt_and_nothing_is_written_twice(self):
        self.prepare([event(number) for number in range(1, 100)])
        before = self.run_program("digest", "--store", "store").stdout
        shutil.rmtree(self.directory / "store")
        self.run_to_end()
        self.assertEqual(self.run_program("digest", "--store", "store").stdout, before)
        self.assertEqual(len(self.tail("charges")), 99)

    def test_the_store_of_another_log_is_5(self):
        self.prepare([event(1)])
        (self.directory / "log.db").rename(self.directory / "first.db")
        self.create_topics()
        done = self.run_to_end(code=5)
        self.assertIn("store", done.stderr)

    def test_a_store_of_another_number_of_partitions_is_5(self):
        self.prepare([event(1)])
        (self.directory / "log.db").unlink()
        self.create_topics(3)
        self.run_to_end(code=5)

    def test_a_store_that_cannot_be_opened_is_5(self):
        self.prepare([event(1)])
        for current in self.directory.glob("store/partition-*/CURRENT"):
            current.write_text("nonsense\n", encoding="utf-8")
        done = self.run_to_end(code=5)
        self.assertIn("partition 0 is stopped", done.stderr)

    def test_more_files_than_a_shell_allows_at_first(self):
        self.create_topics(16)
        self.publish()
        allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, allowed)
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, allowed[1]))
        self.run_to_end()

    def test_a_group_without_a_position_emits_nothing_again(self):
        self.prepare([event(1)])
        charges = self.run_program("tail", "--log", LOG, "charges").stdout
        for store in ("store", "empty"):
            done = self.run_program("run", "--log", LOG, "--store", store, "--until-end",
                                    "--group", "of-" + store)
            self.assertIn("outputs of earlier runs are in the log", done.stderr)
        self.assertEqual(self.run_program("tail", "--log", LOG, "charges").stdout, charges)

    def test_a_later_instance_of_the_same_name_fences_the_earlier(self):
        self.create_topics()
        first = self.start_engine("--instance", "one")
        self.start_program("run", "--log", LOG, "--store", "other", "--instance", "one")
        self.assertIn("another instance took over", first.wait_for("subledger run: "))
        self.assertEqual(first.end(), 1)

    def test_log_lines_have_partition_and_offset_and_no_full_number(self):
        self.create_topics()
        self.ingest([event(number) for number in range(20)])
        text = self.run_to_end("--log-level", "debug").stderr
        self.assertRegex(text, r"partition ready partition=\d offset=0")
        self.assertNotIn("79161234567", text)

    def test_log_lines_as_json(self):
        self.create_topics()
        lines = self.run_to_end("--log-format", "json").stderr.splitlines()
        first = json.loads(lines[0])
        self.assertEqual(list(first), ["time", "level", "message"])
        self.assertEqual(first["level"], "info")

    def test_log_level_error_says_nothing_of_the_usual(self):
        self.create_topics()
        self.assertEqual(len(self.run_to_end("--log-level", "error").stderr.splitlines()), 1, "the summary")


if __name__ == "__main__":
    harness.main()
