"""Every folder of tests/vectors through the commands, compared as its README says."""
import harness
from harness import LOG, CommandTest, records

VECTORS = harness.SOURCE_DIR / "tests" / "vectors"
NOT_COMPARED = {"recorded_at", "detail", "key_base64", "payload_base64", "headers"}


def lines_of(path):
    return records(path.read_text(encoding="utf-8"))


class Vectors(CommandTest):
    def check(self, folder):
        self.create_topics(1)
        for document in sorted(folder.glob("catalog*.json")):
            self.run_program("catalog", "publish", "--log", LOG, document)
        self.run_program("ingest", "--log", LOG, folder / "events.ndjson")
        self.run_to_end()
        # What the log's offsets are counts in the vectors from 0 without gaps.
        recorded_at = {each["source"]["offset"]: each["recorded_at"] for each in self.tail("events")}
        place = {offset: count for count, offset in enumerate(sorted(recorded_at))}
        for topic in ["charges", "access", "rejects"]:
            found = self.tail(topic)
            expected = lines_of(folder / f"expected_{topic}.ndjson")
            for record, line in zip(found, expected):
                offset = record["source"]["offset"]
                self.assertEqual(record["recorded_at"], recorded_at[offset])
                record["source"]["offset"] = place[offset]
                shown = {name: value for name, value in record.items() if name not in NOT_COMPARED}
                self.assertEqual(shown, line, f"{folder.name} {topic}")
            self.assertEqual(len(found), len(expected), f"{folder.name} {topic}")


def add_tests():
    """One for each folder, so that each can be run by its name."""
    for folder in sorted(each for each in VECTORS.iterdir() if each.is_dir()):
        name = "test_" + folder.name.replace("-", "_")
        setattr(Vectors, name, lambda self, folder=folder: self.check(folder))


add_tests()

if __name__ == "__main__":
    harness.main()
