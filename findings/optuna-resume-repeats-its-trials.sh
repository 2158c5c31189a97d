#!/usr/bin/env bash
# A resumed Optuna study with the same seed tries the same values again.
#
# Pinned: optuna 5.0.0.
# One would expect: load_if_exists=True goes on where the study ended, also with a seeded sampler.
# What happens: the sampler's state is not stored. A second process starts its generator from the seed
#   anew: random search repeats all trials of the first, and TPE its random start-up trials, which
#   then count twice as evidence. Nothing says so. Without a seed it does not happen, but then
#   nothing can be repeated. A seed made of (seed, trials so far) avoids it.
# Output seen, 2026-11-30:
#   random: [0.417, 0.7203, 0.0001] + [0.417, 0.7203, 0.0001]; TPE the same
# Who meets it: searches over augmentation settings that run in slices on a shared machine.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet optuna==5.0.0
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)


def slice_of_trials(storage, sampler):
    study = optuna.create_study(
        study_name="s", storage=storage, load_if_exists=True, sampler=sampler
    )
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)
    return [round(trial.params["x"], 4) for trial in study.trials]


for kind in (optuna.samplers.RandomSampler, optuna.samplers.TPESampler):
    kept = optuna.storages.InMemoryStorage()  # two samplers as of two processes, one storage
    first = slice_of_trials(kept, kind(seed=1))
    values = slice_of_trials(kept, kind(seed=1))
    print(kind.__name__, values)
    if values != first + first:
        raise SystemExit("changed: the second slice has trials of its own")
    other = slice_of_trials(optuna.storages.InMemoryStorage(), kind(seed=4))
    if set(other) & set(first):
        raise SystemExit("changed: another seed does not help")
PY
