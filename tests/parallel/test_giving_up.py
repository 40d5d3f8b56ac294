"""Work that nobody wants any more is given up; all other work goes on."""

from __future__ import annotations

import pytest

from lgpgan.parallel.giving_up import GivenUpError, go_on, unless


def test_work_is_given_up_once_nobody_wants_it() -> None:
    wanted = iter([False, False, True])
    go_on()  # nobody has a say in it
    with unless(lambda: next(wanted)):
        go_on()
        with unless(lambda: False):
            go_on()
        go_on()
        with pytest.raises(GivenUpError):
            go_on()
    go_on()
