CREATE TABLE app.other_root (id int) PARTITION BY LIST (id) USING heap_too;
CREATE TABLE app.other_leaf PARTITION OF app.other_root FOR VALUES IN (1);
CREATE TABLE app.stored (doc text STORAGE MAIN, id int GENERATED ALWAYS AS IDENTITY) PARTITION BY RANGE (id);
CREATE EVENT TRIGGER on_login ON login EXECUTE FUNCTION app.watch();
GRANT MAINTAIN ON app.a TO reader;
