"""What it costs to send a point to a scheduler, and how many workers one scheduler keeps busy.

A sweep's points are simulated by tasks that only sleep, through the same executor interface that
``manuscript sweep --scheduler`` uses. Workers are threads of one process of their own, so that
hundreds of them could be tried on a laptop: what is measured is the scheduler and the line to it.

    python benchmarks/scheduler.py                 10,000 points, 1, 2, 4 and 8 workers
    python benchmarks/scheduler.py --points 1000   fewer
    python benchmarks/scheduler.py --workers 2 --milliseconds 0 10
"""

from __future__ import annotations

import argparse
import time

from helpers.executors import engine, result_of

WORKERS = (1, 2, 4, 8)
MILLISECONDS = (0, 10, 100)
#: A length that would take longer than this is tried with fewer points.
LONGEST_SECONDS = 20.0


def point(milliseconds: float, number: int) -> int:
    """Stand for the work of one point."""
    time.sleep(milliseconds / 1000)
    return number


def seconds(address: str | None, workers: int, points: int, milliseconds: float) -> float:
    """Return how long it takes until every point has come back, each once and in full."""
    with engine(address, workers) as running:
        running.submit(point, 0, 0).result()
        began = time.perf_counter()
        futures = [running.submit(point, milliseconds, number) for number in range(points)]
        came = sorted(result_of(future) for future in running.finished(futures))
        took = time.perf_counter() - began
    assert came == list(range(points))
    return took


def main() -> None:
    """Print a table: by workers and length of a point, its overhead and how busy workers were."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--workers", type=int, nargs="+", default=WORKERS)
    parser.add_argument("--milliseconds", type=float, nargs="+", default=MILLISECONDS)
    given = parser.parse_args()
    points = given.points
    from distributed import LocalCluster

    print("| workers | point, ms | points | seconds | points/s | overhead a point, ms | busy |")
    print("|--:|--:|--:|--:|--:|--:|--:|")
    for workers in given.workers:
        with LocalCluster(
            n_workers=1, threads_per_worker=workers, dashboard_address=None
        ) as cluster:
            for length in given.milliseconds:
                fits = LONGEST_SECONDS * workers / (length / 1000) if length else points
                count = max(1, min(points, int(fits)))
                took = seconds(cluster.scheduler_address, workers, count, length)
                work = count * length / 1000 / workers
                overhead = 1000 * (took - work) / count
                print(
                    f"| {workers} | {length:g} | {count:,} | {took:.1f} | {count / took:,.0f} "
                    f"| {overhead:.2f} | {work / took:.0%} |",
                    flush=True,
                )
    took = seconds(None, max(given.workers), points, 0)
    overhead = 1000 * took / points
    print(f"\nthreads of this process, 0 ms: {points / took:,.0f} points/s, {overhead:.3f} ms each")


if __name__ == "__main__":
    main()
