"""An option of pytest, ``--expected-skips FILE``: any other skip makes the run fail.

A machine that lacks a program skips what needs it. That is right for a person who tries the tests,
and wrong where they are the gate: there a test that nobody runs is no test.
"""

from pathlib import Path

import pytest


def add_option(parser):
    parser.addoption("--expected-skips", metavar="FILE", default="",
                     help="fail on a skip whose reason is no line of this file")  # fmt: skip


def register(config):
    file = config.getoption("--expected-skips")
    if file and not hasattr(config, "workerinput"):  # workers report to the process that has them
        config.pluginmanager.register(_Skips(Path(file)))


class _Skips:
    def __init__(self, file):
        self._file = file
        lines = file.read_text(encoding="utf-8").splitlines()
        self._expected = {line for line in lines if line and not line.startswith("#")}
        self._others = {}

    def _note(self, report):
        if report.skipped and isinstance(report.longrepr, tuple):  # else an expected failure
            path, _, reason = report.longrepr
            reason = reason.removeprefix("Skipped: ")
            if reason not in self._expected:
                self._others.setdefault(reason, path)

    pytest_runtest_logreport = _note
    pytest_collectreport = _note

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session):
        if self._others and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        if self._others:
            terminalreporter.section(f"skips that {self._file} does not name", red=True)
            for reason, path in sorted(self._others.items()):
                terminalreporter.line(f"{path}: {reason}")
