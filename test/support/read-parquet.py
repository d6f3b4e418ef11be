"""Reads Parquet files as one table with pyarrow, polars and DuckDB, and prints, as JSON, what each of them makes of it."""
import json
import sys

import duckdb
import polars
import pyarrow
import pyarrow.parquet

files = sys.argv[1:]


def plain(rows):
    """Rows with times as ISO 8601 text."""
    return [
        {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in row.items()} for row in rows
    ]


# Without promotion: both files must have the very same schema.
arrow = pyarrow.concat_tables([pyarrow.parquet.read_table(file) for file in files])
frame = polars.concat([polars.read_parquet(file) for file in files])
duckdb.sql("SET TimeZone = 'UTC'")
duck = duckdb.read_parquet(files)
print(
    json.dumps(
        {
            "pyarrow": {
                "types": {field.name: str(field.type) for field in arrow.schema},
                "rows": plain(arrow.to_pylist()),
            },
            "polars": {
                "types": {name: str(kind) for name, kind in frame.schema.items()},
                "rows": plain(frame.to_dicts()),
            },
            "duckdb": {
                "types": dict(zip(duck.columns, (str(kind) for kind in duck.types))),
                "rows": plain(duck.to_arrow_table().to_pylist()),
            },
        }
    )
)
