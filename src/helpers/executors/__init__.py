"""Where work runs: in threads of this process, or on the workers of a Dask scheduler.

Both are ``concurrent.futures`` executors behind one small class, so that callers have one code
path. What is sent carries everything it needs but the project itself, which every worker has,
and is refused where a worker has another one; what comes back is bytes.
"""

from helpers.executors.builds import make_records
from helpers.executors.engines import Engine, EngineError, engine, result_of
from helpers.executors.identity import Identity, OtherProjectError, identity_of
from helpers.executors.records import Order, make_record, pack, release, unpack

__all__ = [
    "Engine",
    "EngineError",
    "Identity",
    "Order",
    "OtherProjectError",
    "engine",
    "identity_of",
    "make_record",
    "make_records",
    "pack",
    "release",
    "result_of",
    "unpack",
]
