"""Which datasets of a project are watched. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from apps.common.errors import near
from apps.connections.engines.errors import DatabaseMissing


def choose(
    there: Mapping[str, str], *, wanted: Sequence[str], location: str, project: str, account: str
) -> dict[str, str]:
    """The `wanted` datasets (none: all) in `location` (empty: anywhere) of those that are `there` with their locations.

    Raises DatabaseMissing where nothing is left to watch, or something that was named is not to be had.
    """
    here = location.lower()
    for dataset in wanted:
        if dataset not in there:
            raise DatabaseMissing(
                f"Project {project} has no dataset {dataset} that {account} can see. "
                f"{near(dataset, there) or 'Check its name, and that the account may read it.'}"
            )
        if here and there[dataset].lower() != here:
            raise DatabaseMissing(
                f"The dataset {dataset} is in {there[dataset]}, and the connection says {location}. "
                "Correct the location, or leave it empty."
            )
    if not there:
        raise DatabaseMissing(
            f"Project {project} has no dataset that {account} can see. Give it the role BigQuery Data Viewer on the "
            "datasets to watch."
        )
    chosen = {name: there[name] for name in wanted or there if not here or there[name].lower() == here}
    if not chosen:
        raise DatabaseMissing(
            f"The connection says {location}, and the datasets that {account} can see are in "
            f"{', '.join(sorted(set(there.values())))}. Correct the location, or leave it empty."
        )
    return chosen
