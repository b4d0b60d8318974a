"""`subledger catalog`: check, publish, repair, refuse, show."""
import json

import harness
from harness import LOG, CommandTest, catalog, event, records


class Catalogs(CommandTest):
    def events_raw(self):
        return self.tail("events", "--raw")

    def test_check_sums_up_a_good_document(self):
        name = self.write("catalog.json", catalog())
        shown = records(self.run_program("catalog", "check", name).stdout)
        self.assertEqual(shown, [{"version": "2014-11", "effective_from": "2014-11-01T00:00:00Z",
                                  "currency": "RUB", "tariffs": 1, "options": 0, "services": 0}])

    def test_check_names_the_field(self):
        for fields, pointer in [({"currency": "rub"}, "/currency"), ({"time_zone": "Moon"}, "/time_zone"),
                                ({"colour": 1}, "/colour"), ({"default_tariff": "gold"}, "/default_tariff")]:
            name = self.write("catalog.json", catalog(**fields))
            done = self.run_program("catalog", "check", name, code=1)
            self.assertIn(f"catalog.json: {pointer}: ", done.stderr)
            self.assertEqual(done.stdout, "")

    def test_check_of_what_is_no_json(self):
        self.run_program("catalog", "check", self.write("catalog.json", "{"), code=1)
        self.run_program("catalog", "check", self.write("catalog.json", ""), code=1)

    def test_check_of_a_document_that_is_too_long(self):
        self.run_program("catalog", "check", self.write("catalog.json", " " * (20 << 20)), code=1)

    def test_publish_goes_into_every_partition_and_again_is_harmless(self):
        self.create_topics(3)
        self.publish()
        before = self.events_raw()
        self.assertEqual([each["partition"] for each in before], [0, 1, 2])
        self.assertEqual(len({each["payload_base64"] for each in before}), 1)
        self.publish()
        # Members in another order, and white space, are the same document.
        self.publish(json.dumps(dict(reversed(catalog().items())), indent=4))
        self.assertEqual(self.events_raw(), before)
        self.run_to_end()
        self.assertEqual(self.tail("rejects"), [])

    def test_the_document_stands_verbatim_in_one_line(self):
        self.create_topics(1)
        text = json.dumps(catalog(), indent=2)
        self.publish(text)
        line = self.run_program("tail", "--log", LOG, "events").stdout
        self.assertIn(json.dumps(catalog(), separators=(",", ":")), line)

    def test_publish_repairs_partitions_that_lack_a_version_with_the_same_event(self):
        self.write_one_partition()
        self.run_program("catalog", "show", "--log", LOG, code=4)
        self.publish()
        raw = self.events_raw()
        self.assertEqual([each["partition"] for each in raw], [0, 1])
        self.assertEqual(len({each["payload_base64"] for each in raw}), 1)
        self.run_program("catalog", "show", "--log", LOG)

    def write_one_partition(self):
        """A log of two partitions in which only the first has the catalog."""
        self.create_topics(2)
        self.publish()
        rows = harness.sqlite3.connect(self.directory / "log.db")
        rows.execute('DELETE FROM "subledger.events-1"')
        rows.commit()
        rows.close()

    def test_other_content_under_a_known_name_is_refused_before_it_is_sent(self):
        self.create_topics()
        self.publish()
        before = self.events_raw()
        done = self.publish(catalog(lockout_threshold=5), code=1)
        self.assertIn("/version", done.stderr)
        self.assertEqual(self.events_raw(), before)

    def test_another_currency_is_refused_before_it_is_sent(self):
        self.create_topics()
        self.publish()
        done = self.publish(catalog("2015-01", currency="EUR"), code=1)
        self.assertIn("/currency", done.stderr)
        self.assertEqual(len(self.events_raw()), 2)

    def test_a_catalog_is_found_behind_other_events(self):
        self.create_topics()
        self.ingest([event(number) for number in range(3_000)])
        self.publish()
        self.publish()
        shown = records(self.run_program("catalog", "show", "--log", LOG).stdout)
        self.assertEqual([(each["version"], each["partitions"]) for each in shown], [("2014-11", [0, 1])])

    def test_show_gives_versions_in_order_with_their_documents(self):
        self.create_topics()
        self.publish()
        self.publish(catalog("2015-01"))
        shown = records(self.run_program("catalog", "show", "--log", LOG).stdout)
        self.assertEqual(shown, [{"version": version, "effective_from": "2014-11-01T00:00:00Z",
                                  "currency": "RUB", "partitions": [0, 1], "catalog": catalog(version)}
                                 for version in ["2014-11", "2015-01"]])
        table = self.run_program("catalog", "show", "--log", LOG, "--output", "table").stdout.splitlines()
        self.assertEqual(len(table), 3)
        self.assertTrue(table[1].endswith("2 of 2"))

    def test_show_of_a_log_without_catalogs(self):
        self.create_topics()
        self.assertEqual(self.run_program("catalog", "show", "--log", LOG).stdout, "")


if __name__ == "__main__":
    harness.main()
