"""The script that makes a service account which can only read."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from apps.connections.engines.bigquery_catalogue import SQL

READER = "midwatch-reader"
DATASET = "your_dataset"


def grant_script(project: str, datasets: Sequence[str]) -> str:
    """Commands for Google's Cloud Shell: an account, what it may read, and its key."""
    account = f"{READER}@{project.rpartition(':')[2]}.iam.gserviceaccount.com"
    lines = [
        "# Run this in Cloud Shell as an owner of the project.",
        f"gcloud iam service-accounts create {READER} --project='{project}' --display-name='Midwatch (only reads)'",
        "# It may run queries, and read the datasets that are named here, nothing else.",
        f"gcloud projects add-iam-policy-binding '{project}' --member='serviceAccount:{account}' \\",
        "  --role=roles/bigquery.jobUser --condition=None",
    ]
    if not datasets:
        lines.append("# Put the name of a dataset in, and repeat these two lines for each further one.")
    for dataset in datasets or [DATASET]:
        grant = f'GRANT `roles/bigquery.dataViewer` ON SCHEMA {SQL.name(dataset)} TO "serviceAccount:{account}"'
        lines += [f"bq query --project_id='{project}' --use_legacy_sql=false \\", f"  {shlex.quote(grant)}"]
    lines += [
        "# The key to paste into Midwatch. Delete the file afterwards.",
        f"gcloud iam service-accounts keys create midwatch.json --iam-account='{account}'",
    ]
    return "\n".join(lines) + "\n"
