-- Runs once, when the volume of the database is new. The house and the engine log in as `puhui`, which owns its databases
-- and is no superuser: what the database refuses its role (to change or delete the audit trail) it does refuse. The
-- superuser has no password and is reached from inside the container only.
\getenv password POSTGRES_PASSWORD
create role puhui login createdb password :'password';
create database puhui owner puhui;
alter role postgres password null;
