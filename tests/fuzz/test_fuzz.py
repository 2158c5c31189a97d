"""Whatever comes from outside: the grammars' values, what was kept, and the mends taken out."""

import importlib

import pytest
from holding import TARGETS, explore, kept, usual_depth
from hypothesis.errors import HypothesisException
from removed import MENDS


@pytest.mark.parametrize("name", TARGETS)
def test_what_must_hold_holds_of_what_a_grammar_gives(name, tmp_path):
    explore(name, tmp_path, TARGETS[name].quick)


@pytest.mark.parametrize("name", TARGETS)
def test_what_once_found_a_fault_finds_none(name, tmp_path):
    for value in kept(name):
        with usual_depth():
            TARGETS[name].check(value, tmp_path)


@pytest.mark.parametrize("mend", MENDS)
def test_a_mend_that_is_taken_out_is_missed(mend, tmp_path, monkeypatch):
    target, where, name, before = MENDS[mend]
    where = importlib.import_module(where) if isinstance(where, str) else where
    assert getattr(where, name) is not before
    monkeypatch.setattr(where, name, before)
    with pytest.raises(BaseException) as raised:  # noqa: PT011 - whatever the fault raises
        explore(target, tmp_path, TARGETS[target].quick)
    assert not isinstance(raised.value, HypothesisException | KeyboardInterrupt)
