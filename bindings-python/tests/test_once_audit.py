"""The audit of `cargo xtask once` finds each kind of violation in a journal."""

from __future__ import annotations

from pathlib import Path

import pytest
from journal import LINE, Audit, Journal

GENUINE = ["1 begin a", "1 returned a", "1 completed a", "0 acknowledged a"]


def test_a_journal_has_the_lines_of_all_its_writers_in_order(tmp_path: Path) -> None:
    first, second = (Journal(tmp_path / "journal") for _ in range(2))
    first.write("begin", "a", process=1)
    second.write("killed", process=1)
    first.write("begin", "a", process=2)
    lines = (tmp_path / "journal").read_text().splitlines()
    assert [line.rstrip() for line in lines] == ["1 begin a", "1 killed -", "2 begin a"]


def test_no_line_goes_beyond_the_end_of_a_page(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    for what in ("begin", "returned"):
        journal.write(what, "pivotal_fc151bb927959bdc3bacb19b6b608607")
    assert (tmp_path / "journal").stat().st_size == 2 * LINE
    assert 4096 % LINE == 0
    with pytest.raises(ValueError, match="is longer than 128 bytes"):
        journal.write("begin", LINE * "a")


def test_a_line_that_is_malformed_is_named() -> None:
    with pytest.raises(ValueError, match="line 2 of the journal is malformed: '1 beg2 begin a'"):
        Audit.of(["1 begin a", "1 beg2 begin a"])


def test_a_run_that_is_completed_breaks_nothing() -> None:
    audit = Audit.of(GENUINE)
    assert audit.runs.total() == audit.completions.total() == audit.most_at_a_time == 1
    assert (audit.after_acknowledgement, audit.failed_runs, audit.killed_runs) == (0, 0, 0)


def test_two_runs_at_a_time_are_found() -> None:
    assert Audit.of(["1 begin a", "2 begin b", "3 begin a"]).most_at_a_time == 2


def test_runs_one_after_the_other_are_not_at_a_time() -> None:
    for end in ("1 returned a", "1 raised a", "1 killed -"):
        audit = Audit.of(["1 begin a", end, "2 begin a"])
        assert audit.most_at_a_time == 1
        assert audit.runs["a"] == 2
        assert audit.killed_runs == (end == "1 killed -")


def test_a_run_after_the_acknowledgement_is_found() -> None:
    assert Audit.of([*GENUINE, "2 begin a"]).after_acknowledgement == 1
    assert Audit.of([*GENUINE, "2 begin b"]).after_acknowledgement == 0


def test_a_second_completion_is_found() -> None:
    assert Audit.of([*GENUINE, "2 begin a", "2 returned a", "2 completed a"]).completions["a"] == 2


def test_only_what_ends_a_run_without_a_completion_explains_another_run() -> None:
    assert Audit.of(["1 begin a", "1 raised a"]).failed_runs == 1
    assert Audit.of(["1 begin a", "1 returned a", "1 store_failed a"]).failed_runs == 1
    # The store failed before the handler ran.
    assert Audit.of(["1 store_failed a", "2 begin a", "2 returned a"]).failed_runs == 0


def test_a_kill_inside_a_transaction_is_counted() -> None:
    before = ["1 begin a", "1 transaction a"]
    assert Audit.of([*before, "1 killed -"]).killed_in_transactions == 1
    assert Audit.of([*before, "1 completed a", "1 killed -"]).killed_in_transactions == 0
