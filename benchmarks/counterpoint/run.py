"""How long counterpoint takes and how often it is found: every mode and species, cantus firmi of 8 to 16 bars.

Run: python benchmarks/counterpoint/run.py [--most N]. Seconds are of the processor; results.json holds the table.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from statistics import median

from partimento.theory.counterpoint.as_piece import piece_of
from partimento.theory.counterpoint.ask import problem_of
from partimento.theory.counterpoint.cantus import cantus_firmus
from partimento.theory.counterpoint.solve import solve
from partimento.theory.counterpoint.tones import SPECIES_MODES
from partimento.theory.rules.species import species_breaches

LENGTHS = (8, 11, 16)


def measured(voices: int, species: int, most: int) -> dict[str, object]:
    """Seconds, verdicts and the checker's breaches over modes, lengths and both sides."""
    seconds, verdicts, errors, warnings = [], {"found": 0, "impossible": 0, "undecided": 0}, 0, 0
    jobs = [(mode, length, above) for mode in SPECIES_MODES for length in LENGTHS for above in (True, False)]
    for index, (mode, length, above) in enumerate(jobs[:most]):
        problem = problem_of(cantus_firmus(mode, length, index), mode, species, voices, above)
        start = time.process_time()
        outcome = solve(problem)
        seconds.append(time.process_time() - start)
        verdicts[outcome.verdict] += 1
        for solution in outcome.solutions:
            found = species_breaches(piece_of(problem, solution), species, problem.cantus_voice)
            errors += sum(breach.severity == "error" for breach in found)
            warnings += sum(breach.severity == "warning" for breach in found)
    return {
        "voices": voices, "species": species, "median_s": round(median(seconds), 2), "most_s": round(max(seconds), 2),
        **verdicts, "checker_errors": errors, "checker_warnings": warnings,
    }  # fmt: skip


def main() -> None:
    """Print the table and write results.json beside this file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=36, help="cantus firmi a row (36: all)")
    most = parser.parse_args().most
    rows = [measured(voices, species, most) for voices in (2, 3, 4) for species in range(1, 6)]
    for row in rows:
        print("  ".join(f"{name} {value}" for name, value in row.items()))
    Path(__file__).with_name("results.json").write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
