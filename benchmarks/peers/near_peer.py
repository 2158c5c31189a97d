"""Near duplicates by a peer.

near_peer.py faiss|semhash VECTORS.npy THRESHOLD OUT.npz

faiss: all pairs by a flat inner product (range_search, blocks of 1,024 rows so that its results
fit). semhash: from_embeddings and self_deduplicate with the default backend; its rows that stay.
Prints CPU and wall seconds of the work alone, without loading.
"""

import json
import sys
import time

import numpy as np


def faiss_pairs(vectors: np.ndarray, threshold: float) -> dict[str, np.ndarray]:
    """Return all pairs i > j that faiss finds."""
    import faiss  # noqa: PLC0415 - each peer loads its own

    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    found = []
    for start in range(0, len(vectors), 1024):
        limits, _, other = index.range_search(vectors[start : start + 1024], threshold)
        row = np.repeat(np.arange(len(limits) - 1) + start, np.diff(limits).astype(np.intp))
        found.append(np.column_stack([row, other])[other < row])
    return {"pairs": np.concatenate(found)}


def semhash_kept(vectors: np.ndarray, threshold: float) -> dict[str, np.ndarray]:
    """Return the rows that semhash keeps."""
    from semhash import SemHash  # noqa: PLC0415

    class Unused:
        """Stands for the model: vectors are given."""

        def encode(self, *_: object, **__: object) -> np.ndarray:
            raise AssertionError

    # Every text is another, so that its exact duplicates play no part.
    names = [str(n) for n in range(len(vectors))]
    found = SemHash.from_embeddings(vectors, names, Unused()).self_deduplicate(threshold)
    return {"kept": np.sort(np.array([int(name) for name in found.selected]))}


def main() -> None:
    name, path, threshold, out = sys.argv[1:]
    vectors = np.load(path)
    work = {"faiss": faiss_pairs, "semhash": semhash_kept}[name]
    __import__(name)  # importing is not the work
    wall, cpu = time.perf_counter(), time.process_time()
    result = work(vectors, float(threshold))
    spent = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    np.savez(out, **result)
    print(json.dumps(spent))


if __name__ == "__main__":
    main()
