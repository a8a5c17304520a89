-- The two roles of Sunmao. Run as a superuser; running it again changes nothing.
-- sunmao_owner owns the tables and runs migrations; sunmao_app serves requests and is bound by row-level security.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sunmao_owner') THEN
    CREATE ROLE sunmao_owner;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sunmao_app') THEN
    CREATE ROLE sunmao_app;
  END IF;
END
$$;
ALTER ROLE sunmao_owner LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION;
ALTER ROLE sunmao_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;
