#!/usr/bin/env python3
"""What a campaign's result files say, asked with DuckDB: no database holds a campaign, and any tool can read its files.

    pip install duckdb
    deploy/fleet/analyse.py DIR [DIR...]
    deploy/fleet/analyse.py s3://bucket/campaign        (with DuckDB's httpfs, and its own credentials)

Each folder holds `campaign.json` and `units/*.jsonl`, as `claque campaign --out` writes them. Of several results of a unit
the first is counted. `claque campaign merge` says the same without DuckDB; this script is where a question of your own
begins: the views `seed`, `unit` and `rule` are all that there is.
"""
import sys

import duckdb

# A file has three kinds of lines: a head (campaign, unit, run), a line for each seed, and a trailer (digest, build, canary).
# All columns are named here: what a column holds must not depend on which lines were looked at first.
VIEWS = """
CREATE VIEW line AS
SELECT filename, parse_filename(filename) AS file, *
FROM read_json($units, format = 'newline_delimited', filename = true, union_by_name = true, columns = {
    unit: 'UBIGINT', campaign: 'VARCHAR', run: 'VARCHAR',
    seed: 'UBIGINT', hash: 'VARCHAR', users: 'UBIGINT', events: 'UBIGINT', class: 'VARCHAR', coverage: 'VARCHAR',
    digest: 'VARCHAR', build: 'STRUCT(target VARCHAR, profile VARCHAR, compiler VARCHAR)',
    canary: 'STRUCT(mutant VARCHAR, seed UBIGINT, found BOOLEAN)', processor_micros: 'UBIGINT', place: 'VARCHAR'});

-- One result of each unit: the first by the name of its file, wherever it lies. The number in the name is that of the unit.
CREATE TABLE counted AS
SELECT min_by(filename, (file, filename)) AS filename
FROM line WHERE digest IS NOT NULL AND canary.found GROUP BY split_part(file, '.', 1);

CREATE VIEW unit AS
SELECT split_part(file, '.', 1)::UBIGINT AS number, digest, build, canary, processor_micros, place
FROM line SEMI JOIN counted USING (filename) WHERE digest IS NOT NULL;

CREATE VIEW seed AS
SELECT split_part(file, '.', 1)::UBIGINT AS unit, seed, hash, users, events, class, coverage
FROM line SEMI JOIN counted USING (filename) WHERE seed IS NOT NULL;

-- The rules that decided something, a row for each seed and rule: the digit of a rule's place has a bit for it.
CREATE TABLE name AS
SELECT unnest(rules) AS rule, generate_subscripts(rules, 1) - 1 AS place
FROM (SELECT rules FROM read_json($record, columns = {rules: 'VARCHAR[]'}) LIMIT 1);

CREATE VIEW rule AS
SELECT seed.seed, seed.unit, name.rule FROM seed JOIN name
ON ((instr('0123456789abcdef', substr(seed.coverage, (name.place // 4 + 1)::INT, 1)) - 1) >> (name.place % 4)::INT) & 1 = 1;
"""

QUESTIONS = {
    "what was run": """
        SELECT (SELECT count(*) FROM unit) AS units, count(*) AS seeds, sum(users)::UBIGINT AS users,
               sum(events)::UBIGINT AS events, count(class) AS failed FROM seed""",
    "failures: how many, and the seed to begin with": """
        SELECT class, count(*) AS seeds, min_by(seed, (events, seed)) AS smallest, min(events) AS events
        FROM seed WHERE class IS NOT NULL GROUP BY class ORDER BY seeds DESC, class""",
    "detection: the first seed of each class": """
        SELECT class, min(seed) AS first FROM seed WHERE class IS NOT NULL GROUP BY class ORDER BY first""",
    "throughput of each machine and build": """
        SELECT place, build.target AS target, build.profile AS profile, count(*) AS units,
               round(sum(processor_micros) / 1e6, 1) AS core_seconds,
               (3600e6 * sum(seeds) / sum(processor_micros))::UBIGINT AS seeds_a_core_hour
        FROM unit JOIN (SELECT unit AS number, count(*) AS seeds FROM seed GROUP BY unit) USING (number)
        GROUP BY ALL ORDER BY units DESC, place""",
    "coverage growth: units that brought a rule for the first time, the last ten": """
        SELECT unit, string_agg(rule, ', ' ORDER BY rule) AS rules
        FROM (SELECT rule, min(unit) AS unit FROM rule GROUP BY rule) GROUP BY unit ORDER BY unit DESC LIMIT 10""",
    "rare rules: the ten that the fewest seeds reached": """
        SELECT rule, count(*) AS seeds, min(seed) AS first FROM rule GROUP BY rule ORDER BY seeds, rule LIMIT 10""",
}


def main():
    folders = [folder.rstrip("/") for folder in sys.argv[1:]]
    if not folders or folders[0].startswith("-"):
        sys.exit(__doc__)
    database = duckdb.connect()
    lists = {"$units": [f"{folder}/units/*.jsonl" for folder in folders], "$record": [f"{folders[0]}/campaign.json"]}
    script = VIEWS
    for name, paths in lists.items():
        quoted = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
        script = script.replace(name, f"[{quoted}]")
    database.execute(script)
    for title, question in QUESTIONS.items():
        print(f"-- {title}")
        answer = database.execute(question)
        print("\t".join(column[0] for column in answer.description))
        for row in answer.fetchall():
            print("\t".join("" if value is None else str(value) for value in row))
        print()


if __name__ == "__main__":
    main()
