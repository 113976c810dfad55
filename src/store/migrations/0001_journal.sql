CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    firm TEXT NOT NULL,
    seq BIGINT NOT NULL,
    time BIGINT NOT NULL,
    fact TEXT NOT NULL,
    UNIQUE (firm, seq)
);
CREATE TABLE snapshots (
    hash TEXT PRIMARY KEY,
    html BLOB NOT NULL
);
CREATE TABLE legs (
    id INTEGER PRIMARY KEY,
    call TEXT NOT NULL,
    started BIGINT NOT NULL,
    record TEXT NOT NULL
);
CREATE INDEX legs_call ON legs (call);
