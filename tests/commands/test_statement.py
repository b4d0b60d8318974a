"""`subledger statement` and `subscribers`: months to the last digit, pages, lists of accounts."""
import decimal
import html.parser
import json

import harness
from harness import CommandTest, catalog, event, published, records

SUBSCRIBER = "79161234567"
RULES = [{"rule": "night", "when": {"hours": [0, 8]}, "tiers": [
             {"from": 0, "price": "0.001", "unit": 3, "increment": 1}], "rounding": {"decimals": 6}},
         {"rule": "day", "scope": "day", "tiers": [{"from": 0, "price": "0.10", "unit": 7, "increment": 1}]}]
BOOK = catalog(tariffs={"classic": {"traffic": RULES, "switch_fee": "3.00"}, "super": {"traffic": RULES}},
               options={"locator": {"connect_fee": "5.00", "disconnect_fee": "1.00"}},
               services={"locator": {"rates": [
                   {"rule": "each", "tiers": [{"from": 0, "price": "10.00", "unit": 1, "increment": 1}]}]}})
STORY = [event(1, "assistant_activated", channel="ussd"),
         event(2, "bonus_granted", channel="operator", money="4.00", reason="<welcome> & \"more\""),
         event(3, "bonus_granted", channel="operator", bytes=10, reason="ten bytes"),
         event(4, bytes_up=20, bytes_down=3),
         event(5, bytes_up=20, bytes_down=3, occurred_at="2015-01-10T23:00:00Z"),
         event(6, "option_connected", channel="web", option="locator"),
         event(7, "service_used", channel="sms", service="locator", units=3),
         event(8, "payment_received", channel="operator", money="20.00", reference="cash"),
         event(9, bytes_up=5, bytes_down=5),
         event(10, "tariff_switched", channel="sms", tariff="super"),
         event(11, "option_disconnected", channel="sms", option="locator"),
         event(12, bytes_up=700, bytes_down=0)]


class Text(html.parser.HTMLParser):
    """What a page shows, and whether its elements are closed in order."""

    def __init__(self, page):
        super().__init__()
        self.open, self.shown = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        self.shown.append(data)


class Statements(CommandTest):
    def prepare_story(self, events=(), begin="2015-01-31T20:55:00+00:00"):
        """A record a minute; the Moscow month ends at 21:00 UTC, after the fifth."""
        self.create_topics(1)
        self.ingest([published(900, BOOK)])
        self.ingest(events or STORY)
        self.record_at(begin, partitions=1)
        self.run_to_end()

    def reverse(self, number, charge_number):
        """An event that undoes the charge of another."""
        charge = next(each for each in self.tail("charges")
                      if each["event_id"] == harness.event_id(charge_number))
        return event(number, "charge_reversed", channel="operator", charge_id=charge["charge_id"],
                     reason="by mistake")

    def statement(self, month, *arguments, subscriber=SUBSCRIBER, code=0):
        return self.run_program("statement", subscriber, "--month", month, "--store", "store", *arguments,
                                code=code).stdout

    def both(self):
        return [json.loads(self.statement(month)) for month in ["2015-01", "2015-02"]]

    def test_as_kept(self):
        self.prepare_story()
        self.expect("statement.json", self.statement("2015-01") + self.statement("2015-02"))
        self.expect("statement.txt", self.statement("2015-01", "--output", "table") + "\n\n" +
                    self.statement("2015-02", "--output", "table"))

    def test_sums_agree_with_the_records_to_the_last_digit(self):
        self.prepare_story()
        self.ingest([self.reverse(20, 7), self.reverse(21, 4)])
        self.record_at("2015-01-31T20:55:00+00:00", partitions=1)
        self.run_to_end()
        charges = self.tail("charges")
        split = next(i for i, each in enumerate(charges) if each["recorded_at"] >= "2015-01-31T21:00:00Z")
        self.assertEqual(split, 4)
        opening = decimal.Decimal(0)
        for statement, some in zip(self.both(), [charges[:split], charges[split:]]):
            self.assertEqual(decimal.Decimal(statement["opening_balance"]), opening)
            for field in ["amount", "from_bonus", "from_account"]:
                total = sum(decimal.Decimal(each[field]) for each in some)
                self.assertEqual(decimal.Decimal(statement["total"][field]), total)
                parts = [each for part in ["lines", "bonuses", "payments", "reversals"]
                         for each in statement[part]]
                self.assertEqual(sum(decimal.Decimal(each[field]) for each in parts), total)
            opening += decimal.Decimal(statement["total"]["from_account"])
            self.assertEqual(decimal.Decimal(statement["closing_balance"]), opening)
            self.assertEqual(statement["closing_balance"], some[-1]["balance"])
            self.assertEqual(sum(each["count"] for each in statement["lines"]),
                             sum(each["kind"] not in ("bonus", "payment", "reversal") for each in some))
        self.assertEqual(len(self.both()[1]["reversals"]), 2)

    def test_an_issued_statement_never_changes(self):
        self.prepare_story()
        issued = self.statement("2015-01")
        self.assertTrue(json.loads(issued)["complete"])
        # Late events: they occurred in January and are recorded in February.
        self.ingest([event(30),
                     event(31, "payment_received", channel="operator", money="1.00", reference="x")])
        self.record_at("2015-01-31T20:55:00+00:00", partitions=1)
        self.run_to_end()
        self.assertEqual(self.statement("2015-01"), issued)
        self.assertFalse(json.loads(self.statement("2015-02"))["complete"])

    def test_a_clock_that_goes_back_reopens_no_month(self):
        self.prepare_story(STORY[:8])
        issued = self.statement("2015-01")
        self.ingest(STORY[8:])
        # The log's clock was wrong for two records: they have times of a month that is over.
        self.record_at("2015-01-31T20:55:00+00:00", partitions=1)
        self.sql('UPDATE "subledger.events-0" SET timestamp_ms = timestamp_ms - 3600000 '
                 'WHERE "offset" IN (9, 10)')
        self.run_to_end()
        times = [each["recorded_at"] for each in self.tail("charges")]
        self.assertNotEqual(times, sorted(times))
        self.assertEqual(self.statement("2015-01"), issued)
        february = json.loads(self.statement("2015-02"))
        self.assertEqual(february["opening_balance"], json.loads(issued)["closing_balance"])
        self.assertEqual(february["closing_balance"], self.tail("charges")[-1]["balance"])

    def test_months_without_records(self):
        self.prepare_story()
        before, after = json.loads(self.statement("2014-12")), json.loads(self.statement("2015-05"))
        self.assertEqual((before["opening_balance"], before["closing_balance"], before["lines"]),
                         ("0.00", "0.00", []))
        balance = self.tail("charges")[-1]["balance"]
        self.assertEqual((after["opening_balance"], after["closing_balance"]), (balance, balance))

    def test_each_owner_of_a_number_has_a_statement(self):
        closing = event(40, "subscriber_closed", channel="operator")
        self.prepare_story([event(1, bytes_up=70), closing, event(41, bytes_up=7)],
                           begin="2015-02-10T00:00:00+00:00")
        first, second = records(self.statement("2015-02"))
        self.assertEqual((first["closed"], first["opening_balance"], first["closing_balance"]),
                         (True, "0.00", "1.01"))
        self.assertEqual((second["closed"], second["opening_balance"], second["closing_balance"]),
                         (False, "0.00", "0.11"))
        self.assertEqual(self.statement("2015-02", "--output", "html").count("<article>"), 2)
        self.assertEqual(json.loads(self.statement("2015-03"))["opening_balance"], "0.11")

    def test_after_a_closing_nothing_is_carried_over(self):
        self.prepare_story([event(1, bytes_up=70), event(40, "subscriber_closed", channel="operator")],
                           begin="2015-02-10T00:00:00+00:00")
        self.assertEqual(json.loads(self.statement("2015-03"))["opening_balance"], "0.00")

    def test_the_page_is_whole_and_escapes_what_others_wrote(self):
        self.prepare_story()
        page = self.statement("2015-01", "--output", "html")
        self.expect("statement.html", page)
        text = Text(page)
        self.assertEqual(text.open, [])
        self.assertIn("<welcome> & \"more\"", "".join(text.shown))
        self.assertNotIn("<welcome>", page)
        self.assertNotIn("http", page.replace("<!DOCTYPE html>", ""))

    def test_wrong_words(self):
        self.prepare_story()
        for month in ["", "2015-13", "2015-00", "2015-1", "15-01", "2015/01", "2015-01-01"]:
            self.statement(month, code=2)
        self.run_program("statement", SUBSCRIBER, "--store", "store", code=2)
        self.statement("2015-01", subscriber="79990000000", code=3)
        self.statement("2015-01", subscriber="nonsense", code=2)
        self.run_program("charges", SUBSCRIBER, "--store", "store", "--output", "html", code=2)

    def test_nothing_changes_the_store(self):
        self.prepare_story()
        before = self.fingerprint("store")
        for form in ["json", "table", "html"]:
            self.statement("2015-01", "--output", form)
        self.run_program("subscribers", "--store", "store")
        self.assertEqual(self.fingerprint("store"), before)


class Subscribers(CommandTest):
    def subscribers(self, *arguments, code=0):
        return self.run_program("subscribers", "--store", "store", *arguments, code=code).stdout

    def numbers(self, *arguments):
        return [each["subscriber"] for each in records(self.subscribers(*arguments))]

    def prepare_some(self):
        self.create_topics(2)
        self.ingest([published(900, BOOK)])
        one, two, three = (f"7916000000{number}" for number in range(3))
        self.ingest([event(1, subscriber=one), event(2, "option_connected", subscriber=two, channel="sms",
                                                     option="locator"),
                     event(3, "tariff_switched", subscriber=two, channel="sms", tariff="super"),
                     event(4, "assistant_activated", subscriber=three, channel="ussd"),
                     event(5, "password_set", subscriber=three, channel="sms", method="chosen",
                           verifier="scrypt$hidden"),
                     *(event(6 + number, "login_attempted", subscriber=three, channel="web", outcome="wrong")
                       for number in range(3))])
        self.record_at("2015-02-01T00:00:00+00:00")
        self.run_to_end()
        return one, two, three

    def test_as_kept(self):
        self.prepare_some()
        self.expect("subscribers.txt", self.subscribers() + self.subscribers("--output", "table"))

    def test_filters(self):
        one, two, three = self.prepare_some()
        self.assertEqual(sorted(self.numbers()), [one, two, three])
        self.assertEqual(self.numbers("--locked"), [three])
        self.assertEqual(sorted(self.numbers("--tariff", "classic")), [one, three])
        self.assertEqual(self.numbers("--tariff", "super"), [two])
        self.assertEqual(self.numbers("--option", "locator"), [two])
        self.assertEqual(self.numbers("--option", "locator", "--locked"), [])
        self.assertEqual(self.numbers("--tariff", "nonsense"), [])
        self.assertEqual(self.numbers("--limit", "2"), self.numbers()[:2])
        self.assertEqual(self.numbers("--limit", "0"), [])
        self.subscribers("--limit", "some", code=2)

    def test_each_is_the_account_and_no_verifier_is_shown(self):
        self.prepare_some()
        listed = self.subscribers()
        self.assertNotIn("hidden", listed)
        for each in records(listed):
            account = self.run_program("account", each["subscriber"], "--store", "store").stdout
            self.assertEqual(json.loads(account), each)


if __name__ == "__main__":
    harness.main()
