#!/usr/bin/env python3
"""numpy, faiss and usearch as peers of the comparison bench: started by it, one thread.

Told on standard input, a line each, and answered on standard output:

    data ROWS_FILE DIMENSIONS PROBES_FILE   loads 32-bit floats; answers "ok"
    time CASE TIMES                         runs a case; answers nanoseconds of processor time

The first line says which versions answer. faiss brings an OpenBLAS that takes newer processors
for old ones and is then four times slower: it must be told the processor's type (run does).
"""

import os
import sys
import time

import faiss
import numpy as np
import usearch
from usearch.index import MetricKind, search

faiss.omp_set_num_threads(1)


def aligned(path, dimensions):
    """The rows of a file, at a cache line as everybody else's are."""
    count = os.path.getsize(path) // 4
    raw = np.empty(4 * count + 64, np.uint8)
    start = -raw.ctypes.data % 64
    values = raw[start:start + 4 * count].view(np.float32)
    with open(path, "rb") as file:
        file.readinto(values)
    return values.reshape(-1, dimensions)


def cases(rows, probes):
    """What can be timed with this gallery and these probes."""
    probe = probes[0]
    flat = faiss.IndexFlatIP(rows.shape[1])
    flat.add(rows)
    found = {
        "numpy-best": lambda: int((rows @ probe).argmax()),
        "faiss-best": lambda: flat.search(probes[:1], 1),
        "usearch-best": lambda: search(rows, probe, 1, MetricKind.IP, exact=True, threads=1),
    }
    if len(probes) > 1:
        scores = np.zeros((len(rows), len(probes)), np.float32)
        found["numpy-scores"] = lambda: np.matmul(rows, probes.T, out=scores)
        found["faiss-top"] = lambda: by_matrix(flat, probes, 10)
    return found


def by_matrix(flat, probes, count):
    """At its best: from one probe on by products of matrices, which few probes do not get."""
    faiss.cvar.distance_compute_blas_threshold = 1
    flat.search(probes, count)


def main():
    blas = np.show_config("dicts")["Build Dependencies"]["blas"]
    print(f"numpy={np.__version__} ({blas['name']} {blas['version']})\t"
          f"faiss-cpu={faiss.__version__} ({faiss.get_compile_options().strip()}, OpenBLAS told "
          f"{os.environ.get('OPENBLAS_CORETYPE', 'nothing')})\tusearch={usearch.__version__}",
          flush=True)
    known = {}
    for line in sys.stdin:
        command, *arguments = line.rstrip("\n").split("\t")
        if command == "data":
            rows, dimensions, probes = arguments
            known = {}  # Before the next gallery: two may not fit.
            known = cases(aligned(rows, int(dimensions)), aligned(probes, int(dimensions)))
            print("ok", flush=True)
        elif command == "time":
            run, times = known[arguments[0]], int(arguments[1])
            start = time.thread_time_ns()
            for _ in range(times):
                run()
            print(time.thread_time_ns() - start, flush=True)


if __name__ == "__main__":
    main()
