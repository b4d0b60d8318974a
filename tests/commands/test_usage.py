"""Exit codes, help, and words for what is wrong."""
import harness
from harness import LOG, CommandTest, event

COMMANDS = [["topics", "create"], ["catalog", "check"], ["catalog", "publish"], ["catalog", "show"],
            ["ingest"], ["run"], ["tail"], ["account"], ["charges"], ["access"], ["digest"], ["replay"],
            ["diff"], ["whatif"], ["verify"], ["config", "show"]]
WRONG = [[], ["nonsense"], ["replay"], ["replay", "--log", LOG],
         ["catalog"], ["catalog", "nonsense"], ["run", "--nonsense"],
         ["account"], ["tail", "charges", "access"], ["tail", "nonsense", "--log", LOG],
         ["tail", "charges"], ["run", "--log", LOG], ["digest"], ["verify"], ["diff"], ["whatif"],
         ["tail", "charges", "--log", "file.db"], ["tail", "charges", "--log", "sqlite:"],
         ["tail", "charges", "--log", "kafka://"], ["run", "--log", LOG, "--lanes", "many"],
         ["tail", "charges", "--log", LOG, "--output", "xml"],
         ["tail", "charges", "--log", LOG, "--from", "yesterday"],
         ["tail", "charges", "--log", LOG, "--limit", "-1"],
         ["topics", "create", "--log", LOG, "--partitions", "0"],
         ["topics", "create", "--log", LOG, "--topic-prefix", "a b"],
         ["topics", "create", "--log", "kafka://127.0.0.1:1", "--topic-prefix", "a b"],
         ["account", "0123456789", "--store", "store"], ["account", "+79161234567", "--store", "store"],
         ["charges", "79161234567", "--store", "store", "--from", "2015"]]


class Usage(CommandTest):
    def test_help_of_the_program_names_every_command(self):
        text = self.run_program("--help").stdout
        for command in COMMANDS:
            self.assertIn(f"  {command[0]} ", text)

    def test_help_of_every_command_says_how_to_call_it(self):
        for command in [*COMMANDS, ["topics"], ["catalog"], ["config"]]:
            done = self.run_program(*command, "--help")
            self.assertIn(f"Usage: subledger {' '.join(command)} ", done.stdout)
            self.assertEqual(done.stderr, "")

    def test_help_explains_every_option(self):
        for command in COMMANDS:
            lines = self.run_program(*command, "--help").stdout.splitlines()
            for at, line in enumerate(lines):
                if line.startswith("  --"):
                    explained = len(line.strip().split("  ")) > 1 or lines[at + 1].startswith(" " * 20)
                    self.assertTrue(explained, f"{command}: {line}")

    def test_version_names_what_decides_results(self):
        names = [line.split()[0] for line in self.run_program("--version").stdout.splitlines()]
        self.assertEqual(names, ["subledger", "tzdata", "librdkafka", "RocksDB", "SQLite"])

    def test_wrong_usage_is_2_and_says_where_help_is(self):
        for arguments in WRONG:
            done = self.run_program(*arguments, code=2)
            self.assertEqual(done.stdout, "")
            self.assertIn("--help`.", done.stderr)

    def test_what_is_empty_is_not_taken_as_left_out(self):
        """As where a script names a variable that is not set."""
        self.prepare([event(1)])
        for arguments in [["run", "--log", LOG, "--store", "store", "--until-end", "--group", ""],
                          ["run", "--log", LOG, "--store", "", "--until-end"],
                          ["verify", "--log", LOG, "--store", ""],
                          ["rejects", "redrive", "--log", LOG, "--reason", ""],
                          ["replay", "--log", LOG, "--into", ""],
                          ["replay", "--log", LOG, "--into", "other", "--to", ""],
                          ["tail", "charges", "--log", LOG, "--from", ""],
                          ["account", "", "--store", "store"]]:
            self.assertIn("is empty; give it a value or leave it out",
                          self.run_program(*arguments, code=2).stderr)
        self.assertFalse((self.directory / "other").exists())

    def test_an_unknown_command_is_named(self):
        self.assertIn("'verily'", self.run_program("verily", code=2).stderr)

    def test_an_absent_log_is_5_and_says_how_to_make_one(self):
        for arguments in [["tail", "charges"], ["ingest"], ["catalog", "show"], ["run", "--store", "store"]]:
            done = self.run_program(*arguments, "--log", "sqlite:none.db", code=5)
            self.assertIn("topics create", done.stderr)
        self.assertFalse((self.directory / "none.db").exists())

    def test_a_file_that_is_no_log_is_5(self):
        self.write("log.db", "not a database, but long enough to look like a file" * 100)
        self.run_program("tail", "charges", "--log", LOG, code=5)

    def test_another_topic_prefix_is_5(self):
        self.create_topics()
        done = self.run_program("tail", "charges", "--log", LOG, "--topic-prefix", "other.", code=5)
        self.assertIn("--topic-prefix", done.stderr)

    def test_an_unreachable_broker_is_5(self):
        done = self.run_program("tail", "charges", "--log", "kafka://127.0.0.1:1", "--wait-ms", "300", code=5)
        self.assertIn("127.0.0.1:1", done.stderr)

    def test_a_password_in_the_url_is_refused_and_not_shown(self):
        done = self.run_program("tail", "charges", "--log", "kafka://me:secret@host:9092", code=2)
        self.assertNotIn("secret", done.stderr)

    def test_an_absent_store_is_5(self):
        for command in ["account 79161234567", "charges 79161234567", "access 79161234567", "digest"]:
            self.run_program(*command.split(), "--store", "none", code=5)

    def test_absent_files_are_1(self):
        self.create_topics()
        for arguments in [["catalog", "check", "none.json"], ["catalog", "check", "."],
                          ["catalog", "publish", "--log", LOG, "none.json"],
                          ["ingest", "--log", LOG, "none.ndjson"],
                          ["ingest", "--log", LOG, "--bad", "none/bad"]]:
            done = self.run_program(*arguments, code=1)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)

    def test_topics_can_be_created_again_but_not_otherwise(self):
        self.create_topics(2)
        self.create_topics(2)
        done = self.run_program("topics", "create", "--log", LOG, "--partitions", 3, code=1)
        self.assertIn("2 partitions", done.stderr)

    def test_terminal_sequences_in_arguments_are_escaped(self):
        done = self.run_program("catalog", "check", "\x1b[31mred", code=1)
        self.assertNotIn("\x1b", done.stderr)

    def test_a_full_disk_is_1(self):
        self.prepare([event(1)])
        with open("/dev/full", "wb") as full:
            done = harness.subprocess.run(self.command("tail", "--log", LOG, "charges"), cwd=self.directory,
                                          stdout=full, stderr=harness.subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"No space left", done.stderr)


if __name__ == "__main__":
    harness.main()
