CREATE TABLE app.since_15 (id int, x int, UNIQUE NULLS NOT DISTINCT (x));
CREATE VIEW app.invoker WITH (security_invoker = true) AS SELECT * FROM app.since_15;
CREATE TABLE app.pairs (parent int, more int, PRIMARY KEY (parent, more));
CREATE TABLE app.kept (id int PRIMARY KEY, parent int, more int, FOREIGN KEY (parent, more) REFERENCES app.pairs ON DELETE SET NULL (more));
CREATE PUBLICATION narrow FOR TABLE app.since_15 (id) WHERE (id > 5);
CREATE PUBLICATION schemas FOR TABLES IN SCHEMA "select", public;
GRANT SET ON PARAMETER work_mem TO reader;
