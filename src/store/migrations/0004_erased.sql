-- A row whose person was erased has another text; this is the digest that it was linked by (erase.rs).
ALTER TABLE journal ADD COLUMN digest BLOB;
