#!/usr/bin/env bash
# Makes the two roles, the database and the extension on any PostgreSQL with pgvector; running it again changes
# nothing but the passwords. Connects as a superuser with psql's own variables (PGHOST, PGUSER, PGPASSWORD).
# The SQL is the one that the embedded database uses.
set -euo pipefail

: "${SUNMAO_DB_OWNER_PASSWORD:?}" "${SUNMAO_DB_APP_PASSWORD:?}"
export SUNMAO_DATABASE=${SUNMAO_DATABASE:-sunmao}
export PGUSER=${PGUSER:-${POSTGRES_USER:-postgres}}
sql=${SUNMAO_SQL:-$(dirname "${BASH_SOURCE[0]}")/../../apps/config/supervisor/sql}

run() {
    psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 "$@"
}

run -d postgres -f "$sql/roles.sql"
run -d postgres <<'SQL'
\getenv owner_password SUNMAO_DB_OWNER_PASSWORD
\getenv app_password SUNMAO_DB_APP_PASSWORD
\getenv database SUNMAO_DATABASE
ALTER ROLE sunmao_owner PASSWORD :'owner_password';
ALTER ROLE sunmao_app PASSWORD :'app_password';
SELECT format('CREATE DATABASE %I OWNER sunmao_owner', :'database')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database')
\gexec
SQL
for database in template1 "$SUNMAO_DATABASE"; do
    run -d "$database" -f "$sql/extensions.sql"
done
