"""Tables spread over a cluster's shards, from the same statements as those of one server.

Of a table `raw_x` each shard holds `raw_x_shard`, replicated; `raw_x` is a Distributed table over them, which views
read and the writer fills. All of a learner's rows, of a window's and of a forecast's lie on one shard, so that copies
meet there.
"""

import re

SUFFIX = "_shard"
_TABLE = re.compile(
    r"CREATE TABLE IF NOT EXISTS (?P<database>\w+)\.(?P<name>raw_\w+)(?P<cluster> ON CLUSTER (?P<on>\w+)) \(\n"
    r"(?P<columns>.*?)\n\)\nENGINE = .*\nCOMMENT (?P<comment>'(?:[^']|'')*')",
    re.DOTALL,
)
_ALTER = re.compile(r"(?P<head>ALTER TABLE \w+\.)(?P<name>raw_\w+)(?P<rest>\b.*)", re.DOTALL)
_STORAGE = re.compile(r" CODEC\((?:[^()]|\([^()]*\))*\)| TTL toDateTime\(ingested_at\) \+ INTERVAL \d+ DAY")


def sharded(statement: str) -> list[str]:
    """The statements that do on a sharded cluster what `statement` does on one server.

    Raises `ValueError` for a raw table that is made in a way this does not know.
    """
    made = _TABLE.fullmatch(statement)
    if made is not None:
        local = statement.replace(f".{made['name']} ON CLUSTER", f".{made['name']}{SUFFIX} ON CLUSTER", 1)
        return [local, _distributed(made)]
    if statement.startswith("CREATE TABLE") and ".raw_" in statement.split("(")[0]:
        raise ValueError(f"no table to shard: {statement[:100]}")
    altered = _ALTER.fullmatch(statement)
    if altered is not None:
        name = altered["name"]
        return [f"{altered['head']}{name}{SUFFIX}{altered['rest']}", _STORAGE.sub("", statement)]
    return [statement]


def _distributed(made: re.Match[str]) -> str:
    # A materialized column is worked out where the row is stored.
    lines = [line.rstrip(",") for line in made["columns"].split("\n") if " MATERIALIZED " not in line]
    columns = ",\n".join(_STORAGE.sub("", line) for line in lines)
    names = {line.split()[0] for line in lines}
    for key in (("tenant_id", "kind", "dimension"), ("tenant_id", "learner_id"), ("kind", "made_at"), ("event_id",)):
        if names.issuperset(key):
            break
    return (
        f"CREATE TABLE IF NOT EXISTS {made['database']}.{made['name']}{made['cluster']} (\n{columns}\n)\n"
        f"ENGINE = Distributed({made['on']}, {made['database']}, {made['name']}{SUFFIX}, "
        f"cityHash64({', '.join(key)}))\n"
        f"COMMENT {made['comment']}"
    )
