"""Where settings come from, which wins, and that no secret is shown."""
import harness
from harness import LOG, CommandTest, event, records


class Config(CommandTest):
    def shown(self, *arguments, **variables):
        lines = records(self.run_program("config", "show", *arguments, **variables).stdout)
        return {each["setting"]: (each["value"], each["from"]) for each in lines}

    def test_flags_over_environment_over_file_over_defaults(self):
        self.write("my.toml", 'group = "of-file"\nlanes = 3\nchunk_ms = 5\n')
        self.assertEqual(self.shown()["lanes"], ("0", "default"))
        shown = self.shown("--config", "my.toml", "--group", "of-flag",
                           SUBLEDGER_GROUP="of-env", SUBLEDGER_LANES="2")
        self.assertEqual(shown["group"], ("of-flag", "--group"))
        self.assertEqual(shown["lanes"], ("2", "SUBLEDGER_LANES"))
        self.assertEqual(shown["chunk_ms"], ("5", "my.toml:3"))
        self.assertEqual(shown["chunk_records"], ("20000", "default"))

    def test_which_file(self):
        self.write("subledger.toml", 'group = "usual"\n')
        self.write("env.toml", 'group = "env"\n')
        self.write("flag.toml", 'group = "flag"\n')
        self.assertEqual(self.shown()["group"][0], "usual")
        self.assertEqual(self.shown(SUBLEDGER_CONFIG="env.toml")["group"][0], "env")
        self.assertEqual(self.shown("--config", "flag.toml", SUBLEDGER_CONFIG="env.toml")["group"][0], "flag")

    def test_an_empty_variable_is_not_set(self):
        self.assertEqual(self.shown(SUBLEDGER_GROUP="")["group"], ("subledger", "default"))

    def test_what_the_file_has_empty_is_not_set(self):
        self.write("subledger.toml", 'group = ""\nlog = ""\ntopic_prefix = ""\n')
        self.assertEqual(self.shown()["group"], ("subledger", "default"))
        self.assertEqual(self.shown()["topic_prefix"], ("", "subledger.toml:3"))

    def test_settings_take_effect(self):
        self.write("subledger.toml",
                   f'log = "{LOG}"\ntopic_prefix = "mine."\nstore = "store"\npartitions = 2\n')
        self.run_program("topics", "create")
        self.run_program("ingest", stdin=harness.ndjson([event(1)]))
        self.run_program("run", "--until-end")
        self.assertEqual(len(records(self.run_program("tail", "rejects").stdout)), 1)
        self.run_program("tail", "rejects", "--topic-prefix", "subledger.", code=5)

    def test_wrong_files_are_2_and_name_the_place(self):
        for text, words in [('group = "a"\ncolour = "red"\n', ["my.toml:2", "colour"]),
                            ("group = \n", ["my.toml:1"]), ("lanes = 1.5\n", ["lanes"]),
                            ("lanes = 1000\n", ["my.toml:1", "0 to 256"]), ("kafka = 1\n", ["[kafka]"]),
                            ("[tables]\n", ["tables"])]:
            self.write("my.toml", text)
            done = self.run_program("config", "show", "--config", "my.toml", code=2)
            for word in words:
                self.assertIn(word, done.stderr)
        self.run_program("config", "show", "--config", "none.toml", code=2)

    def test_a_wrong_variable_is_2_and_named(self):
        done = self.run_program("config", "show", code=2, SUBLEDGER_LANES="many")
        self.assertIn("SUBLEDGER_LANES", done.stderr)

    def test_kafka_properties_with_secrets_masked(self):
        self.write("password", "from-a-file\n")
        self.write("subledger.toml", '[kafka]\n"security.protocol" = "SASL_SSL"\nsasl.username = "me"\n'
                                     '"sasl.password" = {file = "password"}\n'
                                     '"ssl.key.password" = "in-the-file"\n'
                                     '"socket.keepalive.enable" = true\n"fetch.wait.max.ms" = 20\n')
        done = self.run_program("config", "show")
        shown = {each["setting"]: each["value"] for each in records(done.stdout)}
        self.assertEqual(shown["kafka.security.protocol"], "SASL_SSL")
        self.assertEqual(shown["kafka.socket.keepalive.enable"], "true")
        self.assertEqual(shown["kafka.fetch.wait.max.ms"], "20")
        self.assertEqual(shown["kafka.sasl.password"], "***")
        self.assertEqual(shown["kafka.ssl.key.password"], "***")
        table = self.run_program("config", "show", "--output", "table").stdout
        for text in [done.stdout, done.stderr, table]:
            self.assertNotIn("from-a-file", text)
            self.assertNotIn("in-the-file", text)

    def test_the_connection_from_the_environment(self):
        self.write("subledger.toml", '[kafka]\nsasl.username = "of-file"\nsasl.password = "of-file"\n')
        done = self.run_program("config", "show", SUBLEDGER_KAFKA_SASL_PASSWORD="of-environment",
                                SUBLEDGER_KAFKA_SASL_USERNAME="", SUBLEDGER_KAFKA_SSL_CA_LOCATION="ca.pem",
                                SUBLEDGER_KAFKA_PORT="tcp://10.0.0.1:9092")
        shown = {each["setting"]: (each["value"], each["from"]) for each in records(done.stdout)}
        self.assertEqual(shown["kafka.sasl.password"], ("***", "SUBLEDGER_KAFKA_SASL_PASSWORD"))
        self.assertEqual(shown["kafka.sasl.username"], ("***", "subledger.toml:2"))
        self.assertEqual(shown["kafka.ssl.ca.location"], ("ca.pem", "SUBLEDGER_KAFKA_SSL_CA_LOCATION"))
        self.assertNotIn("kafka.port", shown)
        self.assertNotIn("of-environment", done.stdout + done.stderr)

    def test_an_absent_secret_is_2(self):
        self.write("subledger.toml", '[kafka]\n"sasl.password" = {file = "none"}\n')
        self.assertIn("none", self.run_program("config", "show", code=2).stderr)

    def test_a_parse_error_shows_no_secret(self):
        self.write("subledger.toml", '[kafka]\n"sasl.password" = hidden"\n')
        self.assertNotIn("hidden", self.run_program("config", "show", code=2).stderr)

    def test_properties_that_exactly_once_depends_on_are_2(self):
        self.write("subledger.toml", '[kafka]\n"isolation.level" = "read_uncommitted"\n')
        for arguments in [["tail", "charges", "--log", "kafka://127.0.0.1:1"], ["config", "show"]]:
            self.assertIn("isolation.level", self.run_program(*arguments, code=2).stderr)


if __name__ == "__main__":
    harness.main()
