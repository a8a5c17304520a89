"""The usual way's table: every base in one, one HNSW index, one full-text index.

`base_id` has the index that an object-relational mapper would give it; `plain_base_id` says the same without
one, so that a filter on it can only be applied after the search.
"""

from __future__ import annotations

from apps.config.bench.corpus.clusters import DIMENSIONS

EF_CONSTRUCTION, M = 128, 16

CREATE = f"""
    CREATE TABLE bench_usual (
        id uuid PRIMARY KEY, base_id uuid NOT NULL, plain_base_id uuid NOT NULL,
        dense halfvec({DIMENSIONS}) NOT NULL, words tsvector NOT NULL);
    CREATE UNLOGGED TABLE bench_words (id uuid PRIMARY KEY, words text NOT NULL);
    GRANT SELECT ON bench_usual TO sunmao_app;
"""
# Rows of many bases arrive mixed, so they lie mixed.
FILL = """
    INSERT INTO bench_usual
    SELECT v.passage_id, v.base_id, v.base_id, e.dense, w.words::tsvector
    FROM knowledge_passage_vector v JOIN bench_words w ON w.id = v.passage_id
    JOIN embedding_vector e ON e.passage_id = v.passage_id
    ORDER BY md5(v.passage_id::text)
"""
INDEX = (
    "SET maintenance_work_mem = '512MB'",
    "SET max_parallel_maintenance_workers = 0",  # the shared memory of a container is small
    "CREATE INDEX ON bench_usual (base_id)",
    "CREATE INDEX ON bench_usual USING gin (words)",
    f"""CREATE INDEX ON bench_usual USING hnsw (dense halfvec_ip_ops)
        WITH (m = {M}, ef_construction = {EF_CONSTRUCTION})""",
    "DROP TABLE bench_words",
    "VACUUM ANALYZE",
    "CHECKPOINT",
)
