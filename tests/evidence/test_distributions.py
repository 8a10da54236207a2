"""The closed forms of `evidence.distributions` against scipy's, over the grids that the engine uses."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import gammaln

from evidence.distributions import beta_binomial, beta_density, binomial, log_factorial, log_gamma, poisson

COUNTS = np.arange(-2, 40)


@pytest.mark.parametrize("p", [0.0, 1e-9, 0.04, 0.5, 0.96, 0.999])
def test_binomials(p: float) -> None:
    trials = np.arange(367)[:, None]
    found = binomial(np.arange(-1, 367)[None, :], trials, p)
    np.testing.assert_allclose(found, stats.binom.pmf(np.arange(-1, 367)[None, :], trials, p), rtol=1e-10, atol=1e-200)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-12)


def test_many_rates_at_once() -> None:
    rates = np.array([0.0, 0.1, 0.9])
    found = binomial(COUNTS[None, :], np.array([[7]]), rates[:, None])
    np.testing.assert_allclose(found, stats.binom.pmf(COUNTS[None, :], 7, rates[:, None]), rtol=1e-12, atol=1e-200)


@pytest.mark.parametrize(("a", "b"), [(9.0, 1.5), (1.0, 1.0), (0.4, 3.0)])
def test_beta_binomials_and_beta_densities(a: float, b: float) -> None:
    trials = np.arange(0, 367, 6)[:, None]
    found = beta_binomial(np.arange(367)[None, :], trials, a, b)
    expected = stats.betabinom.pmf(np.arange(367)[None, :], trials, a, b)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-200)
    inside = np.linspace(0.01, 0.99, 23)
    np.testing.assert_allclose(beta_density(inside, a, b), stats.beta(a, b).pdf(inside), rtol=1e-12)


@pytest.mark.parametrize("mean", [0.05, 0.9, 12.0])
def test_poisson_numbers(mean: float) -> None:
    np.testing.assert_allclose(poisson(COUNTS, mean), stats.poisson.pmf(COUNTS, mean), rtol=1e-12, atol=1e-300)


def test_log_gammas() -> None:
    counts = np.array([[0, 3], [170, 9]])
    np.testing.assert_allclose(log_gamma(0.3, counts), gammaln(0.3 + counts), rtol=1e-13)
    np.testing.assert_allclose(log_factorial(counts), gammaln(1.0 + counts), rtol=1e-13, atol=1e-300)
