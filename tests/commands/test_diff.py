"""`subledger diff` and `whatif`: what differs, record by record and in sum."""
import csv
import io
import os
import shutil
from decimal import Decimal

import harness
from harness import LOG, CommandTest, catalog, event, records

FIRST, SECOND, THIRD = "79161234567", "79160000001", "79160000002"


def priced(price, version="2014-11", **fields):
    rule = {"rule": "all", "tiers": [{"from": 0, "price": price, "unit": 1, "increment": 1}]}
    return catalog(version, tariffs={"classic": {"traffic": [rule]}}, **fields)


def work():
    events = [event(number, subscriber=subscriber, bytes_up=number,
                    occurred_at=f"2015-01-{number:02}T10:00:00Z")
              for number in range(1, 20) for subscriber in (FIRST, SECOND)]
    return [*events, event(30, "payment_received", channel="operator", money="5.00", reference="cash"),
            event(31, "assistant_activated", subscriber=THIRD, channel="ussd"),
            event(34, "password_set", subscriber=THIRD, channel="sms", method="issued", verifier="hash"),
            event(32, "login_attempted", subscriber=THIRD, channel="web", outcome="wrong"),
            event(33, "option_connected", subscriber=THIRD, option="extra")]


class Differences(CommandTest):
    def diff(self, left="store", right="other", *arguments, code=4):
        return self.run_program("diff", "--store", left, "--store", right, *arguments, code=code)

    def what_if(self, *arguments, code=4):
        return self.run_program("whatif", "--log", LOG, *arguments, code=code)

    def prepare_other(self, document=None):
        self.prepare(work())
        self.write("other.json", document or priced("1.50"))
        self.run_program("replay", "--log", LOG, "--into", "other", "--catalog", "other.json")

    def check_totals(self, lines):
        totals = lines[-1]["totals"]
        differences = [Decimal(line["difference"]) for line in lines[:-1]]
        self.assertEqual(sum(differences), Decimal(totals["difference"]))
        self.assertEqual(Decimal(totals["right"]) - Decimal(totals["left"]), Decimal(totals["difference"]))
        self.assertEqual(totals["records"], len(differences))
        self.assertEqual(totals["subscribers"], len({line["subscriber"] for line in lines[:-1]}))
        return totals

    def test_equal_stores_are_0(self):
        self.prepare(work())
        self.run_program("replay", "--log", LOG, "--into", "other")
        lines = records(self.diff(code=0).stdout)
        live = sum(Decimal(each["amount"]) for each in self.tail("charges"))
        self.assertEqual(lines, [{"totals": {"left": f"{live:.2f}", "right": f"{live:.2f}",
                                             "difference": "0.00", "records": 0, "subscribers": 0}}])

    def test_what_differs_is_4_also_where_nobody_reads_it(self):
        self.prepare_other()
        for form in ["json", "csv", "table"]:
            for code, *arguments in [(4, "diff", "--store", "store", "other"),
                                     (4, "whatif", "--log", LOG, "--catalog", "other.json"),
                                     (0, "diff", "--store", "store", "store")]:
                self.assertEqual(self.run_unread(*arguments, "--output", form), code)

    def test_more_than_a_pipe_holds_is_not_compared_to_its_end(self):
        """The first lines that are not taken end it."""
        self.prepare([event(number) for number in range(1, 1_000)])
        self.write("other.json", priced("1.50"))
        self.run_program("replay", "--log", LOG, "--into", "other", "--catalog", "other.json")
        self.assertEqual(self.run_unread("diff", "--store", "store", "--store", "other"), 4)

    def test_several_values_behind_one_option(self):
        self.prepare_other()
        self.write("second.json", priced("2.00", "2015-01", effective_from="2015-01-10T00:00:00Z"))
        one_each = self.what_if("--catalog", "other.json", "--catalog", "second.json").stdout
        self.assertEqual(self.what_if("--catalog", "other.json", "second.json").stdout, one_each)
        self.assertEqual(self.run_program("diff", "--store", "store", "other", code=4).stdout,
                         self.diff().stdout)

    def test_a_line_for_each_record_as_interfaces_has_it(self):
        self.prepare_other()
        lines = records(self.diff().stdout)
        live = {each["event_id"] + each["subscriber"]: each for each in self.tail("charges")}
        for line in lines[:-1]:
            self.assertEqual(list(line), ["subscriber", "event_id", "kind", "left", "right", "difference"])
            self.assertEqual(line["left"], live[line["event_id"] + line["subscriber"]])
            self.assertEqual(Decimal(line["right"]["amount"]) - Decimal(line["left"]["amount"]),
                             Decimal(line["difference"]))
        totals = self.check_totals(lines)
        self.assertEqual(Decimal(totals["left"]) * Decimal("1.5") + Decimal("2.50"), Decimal(totals["right"]))
        self.assertNotIn(THIRD, {line["subscriber"] for line in lines[:-1]})

    def test_the_other_way_round_the_signs_change(self):
        self.prepare_other()
        one = records(self.diff().stdout)[-1]["totals"]
        other = records(self.diff("other", "store").stdout)[-1]["totals"]
        self.assertEqual((one["left"], one["right"]), (other["right"], other["left"]))
        self.assertEqual(Decimal(one["difference"]), -Decimal(other["difference"]))

    def test_records_of_one_side_only(self):
        extra = priced("1.00", options={"extra": {"connect_fee": "7.00"}})
        self.prepare_other(extra)
        lines = records(self.diff().stdout)
        self.assertEqual([(line["kind"], "left" in line, line["right"]["amount"], line["difference"])
                          for line in lines[:-1]], [("option_connect", False, "7.00", "7.00")])
        self.check_totals(lines)

    def test_access_decisions_differ(self):
        self.prepare_other(priced("1.00", lockout_threshold=1))
        lines = records(self.diff().stdout)
        self.assertEqual([(line["kind"], line["left"]["locked"], line["right"]["locked"], line["difference"])
                          for line in lines[:-1]], [("login_attempted", False, True, "0.00")])

    def test_amounts_only_leaves_out_what_follows(self):
        self.prepare_other()
        lines = records(self.diff("store", "other", "--amounts-only").stdout)
        self.assertNotIn("payment", {line.get("kind") for line in lines})
        self.assertEqual(lines[-1], records(self.diff().stdout)[-1])

    def test_csv_has_a_line_each(self):
        self.prepare_other()
        rows = list(csv.DictReader(io.StringIO(self.diff("store", "other", "--output", "csv").stdout)))
        lines = records(self.diff().stdout)
        self.assertEqual([(row["subscriber"], row["event_id"], row["difference"]) for row in rows],
                         [(line["subscriber"], line["event_id"], line["difference"]) for line in lines[:-1]])
        self.run_program("digest", "--store", "store", "--output", "csv", code=2)

    def test_tables_by_kind_rule_and_subscriber(self):
        self.prepare_other()
        text = self.diff("store", "other", "--output", "table").stdout
        totals = records(self.diff().stdout)[-1]["totals"]
        self.assertIn("+" + totals["difference"], text)
        self.assertRegex(text, r"traffic +classic +all +38 +38 ")
        self.assertRegex(text, rf"(?m)^{FIRST} ")

    def test_up_to_the_smaller_position_and_it_says_so(self):
        self.prepare(work())
        shutil.copytree(self.directory / "store", self.directory / "earlier")
        self.ingest([event(50), event(51, subscriber=SECOND)])
        self.run_to_end()
        done = self.diff("earlier", "store", code=0)
        self.assertIn("compared up to offset", done.stderr)

    def test_a_replay_of_one_subscriber_is_compared_with_that_one(self):
        self.prepare(work())
        self.run_program("replay", "--log", LOG, "--into", "other", "--subscriber", FIRST)
        self.assertIn("is a replay", self.diff(code=0).stderr)
        self.run_program("replay", "--log", LOG, "--into", "second", "--subscriber", SECOND)
        self.diff("other", "second", code=2)

    def test_stores_that_cannot_be_compared(self):
        self.prepare(work())
        self.run_program("diff", "--store", "store", code=2)
        self.diff("store", "none", code=5)
        (self.directory / "log.db").rename(self.directory / "first.db")
        self.create_topics()
        self.run_program("run", "--log", LOG, "--store", "other", "--until-end")
        self.diff(code=5)

    def test_what_if_says_what_replay_and_diff_say(self):
        self.prepare_other()
        (self.directory / "scratch").mkdir()
        asked = self.what_if("--catalog", "other.json", "--scratch", "scratch")
        self.assertEqual(sorted(asked.stdout.splitlines()), sorted(self.diff().stdout.splitlines()))
        self.assertEqual(os.listdir(self.directory / "scratch"), [])
        self.check_totals(records(asked.stdout))

    def test_what_if_ends_with_a_summary(self):
        self.prepare_other()
        asked = self.what_if("--catalog", "other.json", "--output", "table")
        self.assertRegex(asked.stdout, r"pay more +2 subscribers\npay less +0 subscribers\n"
                                       r"pay the same +1 subscriber\n")
        self.assertRegex(asked.stdout, r"100 to 1000 +2 +#+\n")
        self.assertLess(len(asked.stdout.splitlines()), 50)
        self.assertIn("pay more", self.what_if("--catalog", "other.json").stderr)

    def test_what_if_of_the_same_catalog_is_0(self):
        self.prepare(work())
        self.write("same.json", catalog())
        lines = records(self.what_if("--catalog", "same.json", code=0).stdout)
        self.assertEqual(lines[-1]["totals"]["difference"], "0.00")

    def test_dates_bound_event_time(self):
        self.prepare_other()
        whole = records(self.what_if("--catalog", "other.json").stdout)
        early = records(self.what_if("--catalog", "other.json", "--to", "2015-01-10").stdout)
        late = records(self.what_if("--catalog", "other.json", "--from", "2015-01-10T00:00:00Z").stdout)
        self.check_totals(early)
        self.check_totals(late)
        self.assertEqual(len(early) + len(late) - 1, len(whole))
        self.assertTrue(all(line["left"]["occurred_at"] < "2015-01-10" for line in early[:-1]))
        for words in (["--from", "soon"], ["--from", "2015-02-01", "--to", "2015-01-01"]):
            self.what_if("--catalog", "other.json", *words, code=2)

    def test_what_if_beside_an_engine_that_lags(self):
        self.prepare_other()
        self.ingest([event(60, bytes_up=1000)])
        before = records(self.diff().stdout)[-1]
        self.assertEqual(records(self.what_if("--catalog", "other.json").stdout)[-1], before)

    def test_what_if_needs_a_catalog_that_checks(self):
        self.prepare(work())
        self.what_if(code=2)
        self.write("wrong.json", priced("free"))
        self.assertIn("/price", self.what_if("--catalog", "wrong.json", code=2).stderr)

    def test_what_if_without_a_position_goes_by_the_outputs(self):
        self.prepare_other()
        asked = self.what_if("--catalog", "other.json").stdout
        self.assertEqual(self.what_if("--catalog", "other.json", "--group", "nobody").stdout, asked)


if __name__ == "__main__":
    harness.main()
