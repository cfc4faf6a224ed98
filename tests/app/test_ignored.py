from app import ignored
from app.ignored import OTHERS, IgnoredFields


def test_fields_are_counted_by_name() -> None:
    fields = IgnoredFields()
    fields.note(["a", "b"])
    fields.note(["a"])

    assert fields.counts() == {"a": 2, "b": 1}


def test_names_without_end_are_counted_together() -> None:
    fields = IgnoredFields()
    fields.note([str(n) for n in range(ignored.NAMES_MOST + 5)])
    fields.note(["0", "new"])

    assert len(fields.counts()) == ignored.NAMES_MOST + 1
    assert (fields.counts()["0"], fields.counts()[OTHERS]) == (2, 6)
