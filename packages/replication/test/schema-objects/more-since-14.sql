-- Views
CREATE VIEW app.grouped AS SELECT id, name, count(*) AS n FROM app."Users" GROUP BY id;
CREATE VIEW app.checked WITH (security_barrier) AS SELECT * FROM app.a WHERE b > 0 WITH CASCADED CHECK OPTION;
ALTER VIEW app.checked ALTER id SET DEFAULT 42;
CREATE VIEW app.counting AS WITH RECURSIVE t (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT n FROM t;
CREATE VIEW app.first_of_two AS SELECT 1 AS x;
CREATE VIEW app.second_of_two AS SELECT x FROM app.first_of_two;
CREATE OR REPLACE VIEW app.first_of_two AS SELECT 1 AS x WHERE NOT EXISTS (SELECT FROM app.second_of_two);
CREATE FUNCTION app.of_view(app.grouped) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE MATERIALIZED VIEW app.summary TABLESPACE "Other space" AS SELECT room, app.many(room) FROM app.indexed;
CREATE UNIQUE INDEX summary_room ON app.summary (room);
CREATE MATERIALIZED VIEW app.a_of_summary AS SELECT * FROM app.summary;
CREATE MATERIALIZED VIEW app.empty AS SELECT 1 AS x WITH NO DATA;
ALTER MATERIALIZED VIEW app.summary OWNER TO app_owner;
GRANT SELECT ON app.indexed TO app_owner;
GRANT SELECT ON app.summary TO reader;

-- Triggers, rules, policies
CREATE TRIGGER on_user BEFORE INSERT OR UPDATE OF name ON app."Users" FOR EACH ROW WHEN (NEW.name <> '') EXECUTE FUNCTION app.on_change('a;''b');
CREATE TRIGGER disabled AFTER DELETE ON app."Users" REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION app.on_change();
ALTER TABLE app."Users" DISABLE TRIGGER disabled;
CREATE TRIGGER replica AFTER INSERT ON app."Users" FOR EACH ROW EXECUTE FUNCTION app.on_change();
ALTER TABLE app."Users" ENABLE REPLICA TRIGGER replica;
CREATE CONSTRAINT TRIGGER postponed AFTER INSERT ON app.a DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.on_change();
CREATE TRIGGER instead INSTEAD OF INSERT ON app.grouped FOR EACH ROW EXECUTE FUNCTION app.on_change();
CREATE TRIGGER on_partitions AFTER INSERT ON app.measure FOR EACH ROW EXECUTE FUNCTION app.on_change();
ALTER TABLE app.measure_2023 DISABLE TRIGGER on_partitions;
COMMENT ON TRIGGER on_user ON app."Users" IS 'trigger';
CREATE RULE no_delete AS ON DELETE TO app.b DO INSTEAD NOTHING;
ALTER TABLE app.b DISABLE RULE no_delete;
CREATE RULE "also;" AS ON INSERT TO app.parent DO ALSO NOTIFY heard;
ALTER TABLE app."Users" ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.a ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.a FORCE ROW LEVEL SECURITY;
CREATE POLICY "own;rows" ON app."Users" AS RESTRICTIVE FOR UPDATE TO reader, "weird ""role;" USING (name = current_user) WITH CHECK (age > 1);
COMMENT ON POLICY "own;rows" ON app."Users" IS 'policy';
CREATE EVENT TRIGGER watching ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION app.watch();
ALTER EVENT TRIGGER watching ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER watching IS 'watching';

-- Text search
CREATE TEXT SEARCH TEMPLATE app.template (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH PARSER app.parser (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH DICTIONARY app.dictionary (TEMPLATE = app.template, stopwords = english);
CREATE TEXT SEARCH CONFIGURATION app.configuration (PARSER = app.parser);
ALTER TEXT SEARCH CONFIGURATION app.configuration ADD MAPPING FOR asciiword, word WITH app.dictionary, simple;
ALTER TEXT SEARCH DICTIONARY app.dictionary OWNER TO app_owner;

-- Foreign data, with a secret
CREATE FOREIGN DATA WRAPPER "wrap;per" OPTIONS (debug 'true');
CREATE SERVER elsewhere TYPE 'x' VERSION '1' FOREIGN DATA WRAPPER "wrap;per" OPTIONS (host 'it''s');
CREATE USER MAPPING FOR app_owner SERVER elsewhere OPTIONS (user 'u', password 's;''ecret');
CREATE USER MAPPING FOR PUBLIC SERVER elsewhere;
CREATE FOREIGN TABLE app.far (id int OPTIONS (key 'true') NOT NULL, CONSTRAINT positive CHECK (id > 0)) SERVER elsewhere OPTIONS (name 'far;');
ALTER FOREIGN TABLE app.far ALTER id SET (n_distinct = 5);
CREATE TABLE app.scattered (id int) PARTITION BY LIST (id);
CREATE FOREIGN TABLE app.scattered_far PARTITION OF app.scattered FOR VALUES IN (7) SERVER elsewhere;
GRANT USAGE ON FOREIGN SERVER elsewhere TO reader;
GRANT USAGE ON FOREIGN DATA WRAPPER "wrap;per" TO reader;
GRANT SELECT ON app.far TO reader;

-- Replication
CREATE PUBLICATION everything FOR ALL TABLES WITH (publish = 'insert, truncate');
CREATE PUBLICATION "some;" FOR TABLE app.a, ONLY app.parent, app.measure WITH (publish_via_partition_root = true);
ALTER PUBLICATION "some;" OWNER TO "weird ""role;";
COMMENT ON PUBLICATION "some;" IS 'some tables';
CREATE SUBSCRIPTION "sub;" CONNECTION 'host=nowhere.invalid password=secret' PUBLICATION "some;", other WITH (connect = false, slot_name = 'the_slot');

-- Defaults of privileges
ALTER DEFAULT PRIVILEGES FOR ROLE app_owner IN SCHEMA app GRANT SELECT ON TABLES TO reader;
ALTER DEFAULT PRIVILEGES FOR ROLE "weird ""role;" REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- Large objects are no part of the schema's dump
SELECT lo_create(4711);
COMMENT ON LARGE OBJECT 4711 IS 'large';
GRANT SELECT ON LARGE OBJECT 4711 TO reader;
