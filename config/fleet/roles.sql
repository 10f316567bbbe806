-- Roles for a fleet's PostgreSQL, 14 or later. Run it once, as a superuser, in the database that will
-- hold the store; running it again changes nothing but the passwords:
--
--   createdb feedsvc
--   FEEDSVC_BUILDER_PASSWORD=… FEEDSVC_REPLICA_PASSWORD=… psql -d feedsvc -f roles.sql
--
-- Then FEEDSVC_STORE is postgresql://feedsvc_builder@HOST/feedsvc for builders, and
-- postgresql://feedsvc_replica@HOST/feedsvc for replicas. Passwords belong into a file that
-- PGPASSFILE names, or into PGPASSWORD, rather than into the URL. The first builder that starts makes
-- the tables, and grants on each what is said here; a newer one brings them up to date in the same way.
--
--   feedsvc_owner     owns schema and tables; nobody logs in with it
--   feedsvc_builders  read and write rows; act as the owner to change tables, and only then
--   feedsvc_replicas  read what is public and what the status page shows, not sources (drafts, what is
--                     under embargo) nor letters (people's addresses); write only `servers` and
--                     `samples`: that they are there, and what they counted
\set ON_ERROR_STOP on
\getenv builder_password FEEDSVC_BUILDER_PASSWORD
\getenv replica_password FEEDSVC_REPLICA_PASSWORD

BEGIN;

SELECT format('CREATE ROLE %I NOLOGIN %s', name, rule)
FROM (VALUES ('feedsvc_owner', 'INHERIT'), ('feedsvc_builders', 'NOINHERIT'), ('feedsvc_replicas', 'NOINHERIT'))
     AS wanted (name, rule)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec

SELECT format('CREATE ROLE %I LOGIN INHERIT', name)
FROM (VALUES ('feedsvc_builder'), ('feedsvc_replica')) AS wanted (name)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec

\if :{?builder_password}
ALTER ROLE feedsvc_builder PASSWORD :'builder_password';
\endif
\if :{?replica_password}
ALTER ROLE feedsvc_replica PASSWORD :'replica_password';
\endif

-- The group does not inherit: its members must ask for the owner's rights by SET ROLE.
GRANT feedsvc_owner TO feedsvc_builders;
GRANT feedsvc_builders TO feedsvc_builder;
GRANT feedsvc_replicas TO feedsvc_replica;

CREATE SCHEMA IF NOT EXISTS feedsvc AUTHORIZATION feedsvc_owner;
REVOKE ALL ON SCHEMA feedsvc FROM PUBLIC;
GRANT USAGE ON SCHEMA feedsvc TO feedsvc_builders, feedsvc_replicas;

SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database())
UNION ALL
SELECT format('GRANT CONNECT ON DATABASE %I TO feedsvc_builders, feedsvc_replicas', current_database())
UNION ALL
SELECT format('ALTER ROLE %I IN DATABASE %I SET search_path = feedsvc', name, current_database())
FROM (VALUES ('feedsvc_builder'), ('feedsvc_replica')) AS roles (name)
\gexec

COMMIT;
