"""Quantiles without scipy are those of scipy."""

import pytest
from scipy import special

from dataaug import quantiles


@pytest.mark.parametrize("freedom", [1, 1.7, 4, 29, 999, 1000, 1e9])
@pytest.mark.parametrize("share", [0.501, 0.95, 0.975, 1 - 1e-6])
def test_student_t(freedom, share):
    found = quantiles.student_t(freedom, share)
    assert found == pytest.approx(special.stdtrit(freedom, share), rel=1e-9)


@pytest.mark.parametrize("a", [1, 3, 351, 20_000])
@pytest.mark.parametrize("b", [1, 29, 100_000])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_beta(a, b, share):
    assert quantiles.beta(a, b, share) == pytest.approx(special.betaincinv(a, b, share), rel=1e-9)


@pytest.mark.parametrize("x", [-1, 0, 1e-6, 0.3, 0.999999, 1, 2])
def test_incomplete_beta(x):
    inside = min(max(x, 0), 1)
    assert quantiles.incomplete_beta(3.5, 40, x) == pytest.approx(
        special.betainc(3.5, 40, inside), rel=1e-9
    )
