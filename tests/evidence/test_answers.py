"""Runs that are summed together say what each says alone, whatever they change, to the last bit."""

from dataclasses import replace

import numpy as np
import pytest

from evidence.answers import Under, answer, p_over_under, perturbed_rates
from evidence.inference import LEFT_OUT_SOURCES
from evidence.pipeline import Run
from evidence.rules.dwelling import law_of


@pytest.mark.parametrize("at_once", [3, 60, 4_000])
def test_runs_summed_together_are_the_runs(at_once: int, tiny_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evidence.answers.ROWS_AT_ONCE", at_once)
    assessment, settings = tiny_run.assessment, tiny_run.settings
    model, fitted = assessment.model, assessment.fitted
    table = tiny_run.linked.dwellings.table
    facts = assessment.situations.table.select("dwelling_id").join(
        table, on="dwelling_id", how="left", maintain_order="left"
    )
    law = law_of(tiny_run.answered[0].pack, facts)
    asked = np.arange(len(model.is_case)) % 3 > 0
    middle = replace(settings, coverage_shifts=((0.0,), (1.0,)))
    runs = [Under(fitted, settings, 1.7, source) for source in LEFT_OUT_SOURCES]
    runs += [Under(moved, middle, 1.7) for _, moved in perturbed_rates(fitted)]
    together = p_over_under(model, law, asked, [*runs, Under(fitted, settings)])
    for run, found in zip(runs, together, strict=False):
        alone = answer(model, run.fitted, law, run.settings, asked, run.complaint, run.leave_out)
        np.testing.assert_array_equal(found, alone.p_over)
    np.testing.assert_array_equal(together[-1], answer(model, fitted, law, settings, asked).p_over)


def test_nobody_asked_and_nothing_run(tiny_run: Run) -> None:
    assessment = tiny_run.assessment
    law = law_of(tiny_run.answered[0].pack)
    nobody = np.zeros(len(assessment.model.is_case), dtype=bool)
    runs = [Under(assessment.fitted, tiny_run.settings)]
    assert [found.shape for found in p_over_under(assessment.model, law, nobody, runs)] == [(0,)]
    assert p_over_under(assessment.model, law, ~nobody, []) == []
