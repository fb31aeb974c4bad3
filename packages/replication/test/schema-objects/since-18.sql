CREATE TABLE app.since_18 (
  id int,
  valid daterange,
  virtual int GENERATED ALWAYS AS (id * 2) VIRTUAL,
  CONSTRAINT "named; not null" NOT NULL id,
  CONSTRAINT history PRIMARY KEY (id, valid WITHOUT OVERLAPS)
);
ALTER TABLE app.since_18 ADD CONSTRAINT wanted NOT NULL virtual NOT VALID;
CREATE TABLE app.temporal (id int, valid daterange, CONSTRAINT in_time FOREIGN KEY (id, PERIOD valid) REFERENCES app.since_18);
ALTER TABLE app.temporal ADD CONSTRAINT unenforced CHECK (id > 0) NOT ENFORCED;
CREATE PUBLICATION generated FOR TABLE app.since_18 WITH (publish_generated_columns = stored);
CREATE TABLE app.halves (id int, half int) PARTITION BY LIST (half);
CREATE TABLE app.upper_half PARTITION OF app.halves FOR VALUES IN (1);
CREATE TABLE app.no_half PARTITION OF app.halves DEFAULT;
INSERT INTO app.halves VALUES (1, 1), (2, NULL);
ALTER TABLE app.halves ADD CONSTRAINT "not yet" NOT NULL half NOT VALID;
